-- Where a stream of a shop stands.
-- $1 shop, $2 stream
select through_at, bulk_state, bulk_operation, bulk_started_at
  from shop_cursor
 where shop = $1::text and stream = $2::text
