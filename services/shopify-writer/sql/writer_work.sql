-- What waits in a shop.
--   $1  shop   $2  requests made before it are too old   $3  now
select old, repeats, parcels, rows, reads from writer_work($1::text, $2::timestamptz, $3::timestamptz)
