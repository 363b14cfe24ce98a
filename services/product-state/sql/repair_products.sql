-- repair_products: asks for products again whose topic now ends with an older version; silent during a replay.
--   $1 text         consumer group
--   $2 text[]       topics, as Kafka names them; $2 to $5 are aligned
--   $3 int[]        partitions
--   $4 text[]       shops
--   $5 bigint[]     product ids
--   $6 text         reason
--   $7 timestamptz  now
select repair_products($1::text, $2::text[], $3::int[], $4::text[], $5::bigint[], $6::text, $7::timestamptz);
