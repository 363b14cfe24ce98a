-- last_run: up to which change each kind was compared, and whether its first load is over.
-- $1 shop, $2 light or full
select k.kind, r.through_at, r.began_at, coalesce(c.bulk_state = 'done' or c.stream = 'fulfillment-orders', false) as loaded
  from (values ('order', 'orders'), ('fulfillment_order', 'fulfillment-orders'), ('product', 'products')) k(kind, stream)
  left join shop_cursor c on c.shop = $1::text and c.stream = k.stream
  left join lateral (
       select r.through_at, r.began_at from reconcile_run r
        where r.shop = $1::text and r.kind = k.kind and r.sweep = $2::text
        order by r.began_at desc limit 1) r on true;
