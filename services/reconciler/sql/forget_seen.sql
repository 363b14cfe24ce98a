-- forget_seen: a full sweep begins, or is over.
-- $1 shop
delete from reconcile_seen where shop = $1::text;
