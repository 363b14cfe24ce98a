-- Parcels whose turn it is.
--   $1 shop  $2 how many at most  $3 when again if nothing comes of it  $4 now
select order_id, parcel, state, attempts, refusals, gone_at, known
  from take_parcels($1::text, $2::int, $3::timestamptz, $4::timestamptz)
