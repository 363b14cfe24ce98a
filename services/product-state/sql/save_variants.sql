-- save_variants: the variants of saved products, with the item each is linked to, and what follows from it.
--   $1 text[]         shops; $1 to $12 are aligned
--   $2 bigint[]       product ids
--   $3 bigint[]       variant ids
--   $4 boolean[]      former: it stands in earlier versions of its product only
--   $5 text[]         items
--   $6 boolean[]      linked; false: the item that it wants belongs to another variant
--   $7 text[]         that item, null: linked
--   $8 bigint[]       item to rename to $5, 0: none
--   $9 boolean[]      newly linked: lines and facts follow
--   $10 boolean[]     the promise must be computed again
--   $11 text[]        why the identifier is a duplicate, null: it is not
--   $12 text[]        why the changed identifier is not followed, null: nothing changed
--   $13 text[]        shops of variants that are gone
--   $14 bigint[]      their ids
--   $15 timestamptz   now
select save_variants($1::text[], $2::bigint[], $3::bigint[], $4::boolean[], $5::text[], $6::boolean[], $7::text[], $8::bigint[],
                     $9::boolean[], $10::boolean[], $11::text[], $12::text[], $13::text[], $14::bigint[],
                     $15::timestamptz);
