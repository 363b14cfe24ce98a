-- Computes the promises of items, all terms from one snapshot, and keeps what changed under a new version: also when a
-- read of Shopify waits to be judged and the watermark has passed it. What is no longer sold there becomes a tombstone.
--   $1  item ids
--   $2  why each must be computed
--   $3  now
with w as materialized (
  select shop, through_at from shop_watermark_in_force
), t as materialized (
  select a.*, w.through_at as watermark, u.reason
    from unnest($1::bigint[], $2::text[]) u(item_id, reason)
   cross join lateral (select * from atp_figures f where f.item_id = u.item_id offset 0) a
    left join w on w.shop = a.shop
), kept as (
  insert into atp as o (shop, inventory_item_id, location_id, item_id, version, promise, level_min, level_max, watermark,
                        terms, reason, computed_at)
  select t.shop, t.inventory_item_id, t.location_id, t.item_id, next_version(0, $3::timestamptz), t.promise, t.level_min,
         t.level_max, t.watermark,
         jsonb_build_object('usable', t.usable, 'shortage', t.shortage, 'unallocated', t.unallocated, 'net', t.net,
                            'threshold', t.threshold, 'committed_min', t.committed_min,
                            'committed_max', t.committed_max, 'known', t.known),
         t.reason, $3::timestamptz
    from t order by t.shop, t.inventory_item_id, t.location_id
  on conflict (shop, inventory_item_id, location_id) do update
     set item_id = excluded.item_id, version = next_version(o.version, excluded.computed_at), gone = false,
         promise = excluded.promise, level_min = excluded.level_min, level_max = excluded.level_max,
         watermark = excluded.watermark, terms = excluded.terms, reason = excluded.reason,
         computed_at = excluded.computed_at
   where (o.promise, o.level_min, o.level_max, o.item_id, o.gone)
           is distinct from (excluded.promise, excluded.level_min, excluded.level_max, excluded.item_id, false)
      or exists (select from book_row b
                  where b.shop = o.shop and b.inventory_item_id = o.inventory_item_id and b.location_id = o.location_id
                    and b.read_until <= excluded.watermark
                    and b.read_until > coalesce(o.watermark, '-infinity'))
  returning 1
), gone as (
  update atp o set gone = true, version = next_version(o.version, $3::timestamptz), reason = 'no longer sold there',
                   computed_at = $3::timestamptz
   where o.item_id = any ($1::bigint[]) and not o.gone
     and not exists (select from t where t.shop = o.shop and t.inventory_item_id = o.inventory_item_id
                        and t.location_id = o.location_id)
  returning 1
)
select (select count(*) from t), (select count(*) from kept), (select count(*) from gone)
