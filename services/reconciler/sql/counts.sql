-- counts: how many open orders and live products are here.
-- $1 shop, $2 orders made since then, $3 everything made up to then
select reconcile_count($1::text, 'order', $2::timestamptz, $3::timestamptz),
       reconcile_count($1::text, 'product', $2::timestamptz, $3::timestamptz);
