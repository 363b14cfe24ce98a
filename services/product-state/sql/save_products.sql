-- save_products: whole products, newest version wins. One verdict each: applied, rival, duplicate, stale.
--   $1 text[]         shops
--   $2 bigint[]       product ids, no (shop, id) twice
--   $3 timestamptz[]  updated_at, first half of the version
--   $4 timestamptz[]  observed_at, second half
--   $5 text[]         SHA-256 of the bodies
--   $6 text[]         bodies, canonical JSON
--   $7 timestamptz    now
select ordinal, verdict from save_products($1::text[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::text[],
                                           $6::text[], $7::timestamptz) order by ordinal;
