-- compare: what Shopify showed of some objects against what is here.
-- $1 shop, $2 light or full, $3 kind, $4 ids, $5 what is read to heal each, $6 updated_at, $7 the words about each,
-- $8 compared up to this change, $9 now
select compared, different
  from reconcile_compare($1::text, $2::text, $3::text, $4::bigint[], $5::bigint[], $6::timestamptz[],
                         reconcile_theirs($1::text, $4::bigint[], $7::text[]), $8::timestamptz, $9::timestamptz);
