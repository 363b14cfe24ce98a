-- archive_products: tombstones. Answers with the products that were not archived before.
--   $1 text[]       shops
--   $2 bigint[]     product ids
--   $3 timestamptz  now
select shop, product_id from archive_products($1::text[], $2::bigint[], $3::timestamptz);
