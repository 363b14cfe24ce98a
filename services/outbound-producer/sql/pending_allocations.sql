-- Allocations of orders that changed, each order whole.
--   $1  how many at most
with p as (
  select o.key, o.version, o.at, split_part(o.key, '/', 1) as shop, split_part(o.key, '/', 2)::bigint as order_id
    from outbox o where o.topic = 'allocations' and o.version > o.published_version order by o.key limit $1::bigint
)
select p.key as id, p.key, p.version, p.at, 'millrace/' || p.shop as source,
       jsonb_build_object('shop', p.shop, 'order_id', p.order_id, 'version', p.version, 'allocations', a.lines)::text
         as value
  from p
 cross join lateral (
       select coalesce(jsonb_agg(jsonb_build_object('line_id', a.line_id, 'item', i.item, 'facility', a.facility,
                                                    'state', a.state, 'quantity', a.quantity)
                                 order by a.line_id, a.facility, a.state), '[]') as lines
         from allocation a join item i on i.item_id = a.item_id
        where a.shop = p.shop and a.order_id = p.order_id) a
