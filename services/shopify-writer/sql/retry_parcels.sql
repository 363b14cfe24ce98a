-- A look at parcels came to nothing.
--   $1 shop  $2 orders  $3 parcels  $4 when again
select retry_parcels($1::text, $2::bigint[], $3::text[], $4::timestamptz)
