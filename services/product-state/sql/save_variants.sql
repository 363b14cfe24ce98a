-- save_variants: the variants of applied products, with the item each is linked to, and what follows from it.
--   $1 text[]         shops; $1 to $22 are aligned
--   $2 bigint[]       product ids
--   $3 bigint[]       variant ids
--   $4 bigint[]       inventory item ids
--   $5 text[]         items
--   $6 boolean[]      linked; false: the SKU belongs to another variant
--   $7 bigint[]       item to rename to $5, 0: none
--   $8 boolean[]      newly linked: lines and facts follow
--   $9 boolean[]      the promise must be computed again
--   $10 text[]        SKUs as in Shopify
--   $11 text[]        barcodes
--   $12 text[]        titles
--   $13 numeric[]     prices
--   $14 text[]        compare-at prices, decimal text or null
--   $15 bigint[]      positions
--   $16 text[]        image addresses
--   $17 text[]        options, JSON
--   $18 boolean[]     tracked
--   $19 boolean[]     requires shipping
--   $20 text[]        inventory policies
--   $21 text[]        why the SKU is a duplicate, null: it is not
--   $22 text[]        why the changed SKU is not followed, null: nothing changed
--   $23 text[]        shops of variants that are gone
--   $24 bigint[]      their ids
--   $25 timestamptz   now
select save_variants($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::boolean[], $7::bigint[],
                     $8::boolean[], $9::boolean[], $10::text[], $11::text[], $12::text[], $13::numeric[],
                     ($14::text[])::numeric[], $15::bigint[], $16::text[], $17::text[], $18::boolean[], $19::boolean[],
                     $20::text[], $21::text[], $22::text[], $23::text[], $24::bigint[], $25::timestamptz);
