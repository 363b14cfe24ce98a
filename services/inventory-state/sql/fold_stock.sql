-- fold_stock: appends a batch of entries to the ledger, folds them, and settles what settings of the batch touched.
--   $1 text[]         items ('sku:ABC-1'), one per entry, in the order of the batch
--   $2 text[]         facilities
--   $3 text[]         sources
--   $4 text[]         event ids, unique within their source
--   $5 text[]         'movement' or 'count'
--   $6 bigint[]       quantities: a delta, or an absolute number
--   $7 timestamptz[]  as of
--   $8 text[]         facilities whose settings changed in this batch
--   $9 text[]         shops whose channel changed
--   $10 timestamptz   now
select ordinal, is_new from fold_stock($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                                       $7::timestamptz[], $8::text[], $9::text[], $10::timestamptz) order by ordinal;
