-- bury: drift of what is known to be gone here as well.
-- $1 shop, $2 now
select reconcile_bury($1::text, $2::timestamptz);
