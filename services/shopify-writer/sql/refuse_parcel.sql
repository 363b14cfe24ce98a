-- Shopify has not got these units any more.
--   $1 shop  $2 order  $3 parcel  $4 the order was cancelled  $5 why  $6 now
select refuse_parcel($1::text, $2::bigint, $3::text, $4::boolean, $5::text, $6::timestamptz)
