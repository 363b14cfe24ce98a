-- What is known of a shop's orders, as the numbers that the rules in C name (tests/model/order_told.c).
with o as (
  select o.*, (select coalesce(sum(s.quantity), 0) from shipment_line s where s.shop = o.shop and s.order_id = o.order_id) as parcels
    from sales_order o where o.shop = %(shop)s
), section as (
  select o.order_id, s.kind, s.name, s.updated, s.observed, s.hash
    from o cross join lateral (values
           (0, 'order', o.updated_at, o.observed_at, o.body_hash),
           (1, 'fulfilment orders', o.fo_updated_at, o.fo_observed_at, o.fo_body_hash),
           (2, 'returns', o.ret_updated_at, o.ret_observed_at, o.ret_body_hash)) s(kind, name, updated, observed, hash)
), history as (
  select o.order_id, h.* from o cross join lateral order_history(o.shop, o.order_id) h
)
select o.order_id, x.name, 0 as of, x.value
  from o cross join lateral (values
         ('state', array_position('{placeholder,open,completed,cancelled}', o.state)::bigint - 1),
         ('archived', (o.archived_at is not null)::int::bigint),
         ('blocked', pg_temp.us(case when o.blocked_reason is not null then o.blocked_updated_at end)),
         ('units in parcels', o.parcels::bigint)) x(name, value)
union all
select s.order_id, x.name, x.of, x.value
  from section s cross join lateral (values
         (s.name, 0, pg_temp.us(s.updated)), ('observed', s.kind, pg_temp.us(s.observed)),
         ('hash', s.kind, coalesce(('x' || left(s.hash, 12))::bit(48)::bigint, 0))) x(name, of, value)
union all
select l.order_id, x.name, l.line_id, x.value
  from sales_order_line l
 cross join lateral (
       select coalesce(sum(f.units), 0)::bigint as units from stock_fact f
        where f.shop = l.shop and f.order_id = l.order_id and f.line_id = l.line_id and f.kind = 'restock') r
 cross join lateral (values
         ('quantity', l.quantity), ('current', l.current_quantity), ('fulfilled', l.fulfilled), ('cancelled', l.cancelled),
         ('returned', r.units), ('shipped', l.shipped), ('issued', l.issued), ('open', l.open),
         ('remaining', l.remaining), ('unallocated', l.unallocated)) x(name, value)
 where l.shop = %(shop)s
union all
select v.order_id, 'version', pg_temp.us(v.updated_at), pg_temp.us(v.observed_at) from order_version v where v.shop = %(shop)s
union all
select h.order_id, x.name, coalesce(h.id, 0), x.value
  from history h cross join lateral (
       select case h.what when 'added' then 'line added' when 'quantity' then 'quantity changed' else 'removed' end as name,
              case h.what when 'added' then 0 else coalesce(h.new::bigint, 0) end as value
        where h.part = 'line' and h.what in ('added', 'quantity', 'removed')
       union all
       select 'cancelled at', pg_temp.us(split_part(h.new, ' ', 1)::timestamptz)
        where h.part = 'order' and h.what = 'cancelled' and h.new is not null) x
