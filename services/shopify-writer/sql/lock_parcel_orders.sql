-- Orders are locked first, in order.
--   $1 shop  $2 orders
select lock_parcel_orders($1::text, $2::bigint[])
