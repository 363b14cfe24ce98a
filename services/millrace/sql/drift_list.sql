-- drift_list: what differs from Shopify, the newest first.
-- $1 also what has healed, $2 at most
select shop || '/' || kind || '/' || object_id as object, difference, cause, theirs, ours, found_at, seen, healed_at, kind
  from drift
 where $1::boolean or healed_at is null
 order by healed_at is not null, found_at desc, shop, kind, object_id
 limit $2::bigint;
