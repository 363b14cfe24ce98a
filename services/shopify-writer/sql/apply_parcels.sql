-- Parcels of topic `fulfillments`; yields the places of those that are news.
--   $1 shops  $2 orders  $3 parcels  $4 each as JSON  $5 versions  $6 now
select * from apply_parcels($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz)
