-- The initial load is in Kafka.
-- $1 shop, $2 stream, $3 objects, $4 produced, $5 now
update shop_cursor
   set bulk_state = 'done', bulk_objects = $3::bigint, bulk_produced = $4::bigint, updated_at = $5::timestamptz
 where shop = $1::text and stream = $2::text
