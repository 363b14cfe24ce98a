-- Reports which fulfilments would be made.
--   $1 shop  $2 how many at most  $3 now
select observe_parcels($1::text, $2::int, $3::timestamptz)
