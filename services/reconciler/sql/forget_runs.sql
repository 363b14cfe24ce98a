-- forget_runs: the trend is kept for a while.
-- $1 shop, $2 nothing older than
delete from reconcile_run where shop = $1::text and began_at < $2::timestamptz;
