-- archive_channel: a tombstone ends the channel; Shopify keeps the last number that was written there.
--   $1 text         shop
--   $2 bigint       location id
--   $3 timestamptz  now
update channel set active = false, updated_at = $3::timestamptz
 where shop = $1::text and location_id = $2::bigint and active
returning shop;
