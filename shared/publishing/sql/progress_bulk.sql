-- How far an initial load has come, while it runs.
-- $1 shop, $2 stream, $3 objects so far, $4 in Kafka, $5 now
update shop_cursor
   set bulk_objects = $3::bigint, bulk_produced = $4::bigint, updated_at = $5::timestamptz
 where shop = $1::text and stream = $2::text and bulk_state = 'running'
