-- record_versions: versions of products take their places in the history. Answers with the products in which an earlier
-- one was new.
--   $1 text[]         shops; $1 to $6 are aligned
--   $2 bigint[]       product ids
--   $3 timestamptz[]  updated_at, first half of the version
--   $4 timestamptz[]  observed_at, second half
--   $5 text[]         SHA-256 of the bodies
--   $6 text[]         bodies, canonical JSON; null: it is the product's row now
--   $7 bigint         earlier versions that are kept of each product
select shop, product_id from record_versions($1::text[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::text[],
                                             $6::text[], $7::bigint);
