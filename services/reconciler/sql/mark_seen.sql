-- mark_seen: a full sweep met these.
-- $1 shop, $2 kind, $3 ids
insert into reconcile_seen (shop, kind, object_id)
select $1::text, $2::text, unnest($3::bigint[]) on conflict do nothing;
