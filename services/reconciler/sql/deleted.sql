-- deleted: what Shopify's log says was deleted and is still here; how many.
-- $1 shop, $2 kind, $3 ids, $4 when each was deleted, $5 now
select reconcile_deleted($1::text, $2::text, $3::bigint[], $4::timestamptz[], $5::timestamptz);
