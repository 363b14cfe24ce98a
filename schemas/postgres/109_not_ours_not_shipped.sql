-- What is not ours to ship, and what was not shipped.
--
-- A fulfilment order says who has the work. Units at a location that our settings do not describe, or with a fulfilment
-- service, are shipped by somebody else: they are never routed, and what was routed before the fulfilment order was known
-- is withdrawn. Units on hold or scheduled are ours, but not yet: they are not routed now; what a facility has, it keeps.
--
-- A fulfilment that failed (FAILURE, ERROR: the request to whoever should have shipped failed) shipped nothing. Its units
-- are open again, whether or not Shopify counts them as unfulfilled; they are not cancelled, which would free what was
-- promised to the customer and put it on sale again.

do $$
begin
  create role millrace_order_router nologin;
exception when duplicate_object or unique_violation then
  null;
end $$;
do $$
begin
  create role millrace_order_state nologin;
exception when duplicate_object or unique_violation then
  null;
end $$;
do $$
begin
  create role millrace_product_state nologin;
exception when duplicate_object or unique_violation then
  null;
end $$;
grant select on shop_location to millrace_order_router, millrace_order_state, millrace_product_state;
grant select on fulfillment_order, fulfillment_order_line to millrace_order_router;

-- Somebody else ships it: `supportedActions` names what may be asked of a fulfilment service, or its request is under
-- way; or the location is none of ours.
create function is_elsewhere(f fulfillment_order) returns boolean language sql stable as $$
  select f.supported_actions && '{request_fulfillment,request_cancellation,external}'
         or f.request_status in ('submitted', 'accepted', 'cancellation_requested', 'cancellation_rejected')
         or not (exists (select from channel c where c.shop = f.shop and c.location_id = f.location_id)
                 or exists (select from shop_location l where l.shop = f.shop and l.location_id = f.location_id))
$$;

-- Open units of a line that somebody else ships, and those that may not be shipped yet. A fulfilment order without any
-- action says nothing.
create function line_work(p_shop text, p_order bigint, p_line bigint, out elsewhere bigint, out not_yet bigint)
language sql stable as $$
  select coalesce(sum(x.remaining) filter (where e.yes), 0)::bigint,
         coalesce(sum(x.remaining) filter (where not e.yes and f.supported_actions <> '{}'
                                             and 'create_fulfillment' <> all (f.supported_actions)), 0)::bigint
    from fulfillment_order_line x
    join fulfillment_order f on f.shop = x.shop and f.fulfillment_order_id = x.fulfillment_order_id
   cross join lateral (select is_elsewhere(f) as yes) e
   where x.shop = p_shop and x.order_id = p_order and x.line_id = p_line and x.remaining > 0
     and f.status not in ('closed', 'cancelled')
$$;

-- Lines of locked orders that want units of ours; none for orders that must not be routed.
create or replace function route_demand(p_shops text[], p_orders bigint[])
returns table (shop text, order_id bigint, line_id bigint, item_id bigint, item text, units bigint) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off as $$
begin
  return query
  select l.shop, l.order_id, l.line_id, l.item_id, i.item, l.unallocated - w.elsewhere - w.not_yet
    from unnest(p_shops, p_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
    join sales_order_line l on l.shop = o.shop and l.order_id = o.order_id
    join item i on i.item_id = l.item_id
   cross join lateral line_work(l.shop, l.order_id, l.line_id) w
   where o.state = 'open' and o.blocked_reason is null and l.unallocated > w.elsewhere + w.not_yet
   order by l.shop, l.order_id, l.line_id;
end $$;

-- As before; what somebody else ships is too much as well.
create or replace function trim_allocations(p_shops text[], p_orders bigint[], p_at timestamptz)
returns setof stock_move language plpgsql as $$
declare
  v_moves stock_move[];
  v_told stock_move[];
begin
  with taken as (
    select a.*, least(a.quantity, a.surplus - a.before) as take
      from (select a.*, sum(a.quantity) over whole
                        - case when o.cancelled_at is null then greatest(0, l.remaining - e.units) else 0 end as surplus,
                   sum(a.quantity) over w - a.quantity as before
              from unnest(p_shops, p_orders) u(shop, order_id)
              join sales_order o on o.shop = u.shop and o.order_id = u.order_id
              join allocation a on a.shop = u.shop and a.order_id = u.order_id and allocation_rank(a.state) > 0
              join sales_order_line l on l.shop = a.shop and l.order_id = a.order_id and l.line_id = a.line_id
             cross join lateral (select w.elsewhere as units from line_work(a.shop, a.order_id, a.line_id) w) e
              left join facility fa on fa.facility = a.facility
            window whole as (partition by a.shop, a.order_id, a.line_id),
                   w as (partition by a.shop, a.order_id, a.line_id
                         order by allocation_rank(a.state), fa.priority desc, a.facility desc)) a
     where a.before < a.surplus
  ), deleted as (
    delete from allocation a using taken t
     where a.shop = t.shop and a.order_id = t.order_id and a.line_id = t.line_id and a.facility = t.facility
       and a.state = t.state and t.take = t.quantity
  ), lowered as (
    update allocation a set quantity = a.quantity - t.take from taken t
     where a.shop = t.shop and a.order_id = t.order_id and a.line_id = t.line_id and a.facility = t.facility
       and a.state = t.state and t.take < t.quantity
  )
  select array_agg((t.shop, t.order_id, t.line_id, t.item_id, t.facility, null, null, 0, null, -t.take)::stock_move),
         array_agg((t.shop, t.order_id, t.line_id, t.item_id, t.facility, null, null, 0, null, -t.take)::stock_move)
           filter (where t.state <> 'allocated')
    into v_moves, v_told from taken t;
  if v_told is not null then
    perform request_work(array_agg(m.shop), array_agg(m.order_id), array_agg(m.facility), array_agg(m.line_id),
                         array_agg(-m.reserved), 'cancel', p_at) from unnest(v_told) m;
  end if;

  update sales_order_line l set allocated = x.units
    from (select l.shop, l.order_id, l.line_id, coalesce(sum(a.quantity), 0) as units
            from unnest(p_shops, p_orders) u(shop, order_id)
            join sales_order_line l on l.shop = u.shop and l.order_id = u.order_id
            left join allocation a on a.shop = l.shop and a.order_id = l.order_id and a.line_id = l.line_id
                                  and allocation_rank(a.state) > 0
           group by 1, 2, 3) x
   where l.shop = x.shop and l.order_id = x.order_id and l.line_id = x.line_id and l.allocated <> x.units;
  return query select * from unnest(v_moves);
end $$;

-- Units of a line in fulfilments that failed, as far as nothing else explains where they are: what is still on the order
-- (and what came back, which `current_quantity` leaves out), less what is unfulfilled, fulfilled or underway.
create function failed_units(p_body jsonb, p_line bigint, p_current bigint, p_unfilled bigint) returns bigint
language sql immutable as $$
  select case when f.failed = 0 then 0
              else least(f.failed, greatest(0, p_current + r.returned - p_unfilled - f.made)) end
    from (select coalesce(sum(y.quantity) filter (where x.status in ('failure', 'error')), 0)::bigint as failed,
                 coalesce(sum(y.quantity) filter (where x.status in ('success', 'pending', 'open')), 0)::bigint as made
            from jsonb_to_recordset(p_body->'fulfillments') x(status text, lines jsonb),
                 jsonb_to_recordset(x.lines) y(line_id bigint, quantity bigint)
           where y.line_id = p_line) f
   cross join lateral (
         select coalesce(sum(y.quantity), 0)::bigint as returned
           from jsonb_to_recordset(p_body->'refunds') x(lines jsonb),
                jsonb_to_recordset(x.lines) y(line_id bigint, quantity bigint, restock_type text)
          where y.line_id = p_line and y.restock_type = 'return') r
$$;

-- As before; a fulfilment that failed is undone like one that was cancelled.
create or replace function order_facts(p_shops text[], p_orders bigint[])
returns table (shop text, fact_id text, order_id bigint, line_id bigint, location_id bigint, fulfillment_id bigint,
               kind text, units bigint, at timestamptz, tracking text) language sql stable as $$
  with o as (
    select o.shop, o.order_id, o.body, c.location_id as channel_location
      from unnest(p_shops, p_orders) u(shop, order_id)
      join sales_order o on o.shop = u.shop and o.order_id = u.order_id
      left join channel c on c.shop = o.shop and c.active
     where o.body->'fulfillments' <> '[]' or o.body->'refunds' <> '[]'
  ), fulfilled as (
    select o.shop, o.order_id, f.fulfillment_id, f.status, f.created_at, f.updated_at, f.location_id,
           (select string_agg(t, E'\n') from jsonb_array_elements_text(f.tracking_numbers) t) as tracking,
           x.line_id, sum(x.quantity)::bigint as units, o.channel_location
      from o
     cross join lateral jsonb_to_recordset(o.body->'fulfillments')
           f(fulfillment_id bigint, status text, created_at timestamptz, updated_at timestamptz, location_id bigint,
             tracking_numbers jsonb, lines jsonb)
     cross join lateral jsonb_to_recordset(f.lines) x(line_id bigint, quantity bigint)
     where f.status in ('success', 'cancelled', 'failure', 'error')
     group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 11
  ), refunded as (
    select o.shop, o.order_id, r.created_at, x.refund_line_id, x.line_id, x.location_id, x.quantity, o.channel_location,
           case x.restock_type when 'return' then 'restock' when 'no_restock' then 'drop' else 'cancel' end as kind
      from o
     cross join lateral jsonb_to_recordset(o.body->'refunds') r(created_at timestamptz, lines jsonb)
     cross join lateral jsonb_to_recordset(r.lines)
           x(refund_line_id bigint, line_id bigint, location_id bigint, quantity bigint, restock_type text)
  ), lacking as (
    select s.shop, s.order_id, s.line_id,
           s.quantity - s.unfilled - s.net - s.underway
             - coalesce((select sum(r.quantity) from refunded r where r.shop = s.shop and r.order_id = s.order_id
                            and r.line_id = s.line_id and r.kind = 'cancel'), 0) as units
      from snapshot_lines((select array_agg(o.shop) from o), (select array_agg(o.order_id) from o)) s
  ), done as (
    select r.shop, r.order_id, r.line_id, r.refund_line_id, r.location_id, r.channel_location, r.kind, r.created_at,
           case when r.kind <> 'drop' then r.quantity
                else greatest(0, least(r.quantity, k.units - sum(r.quantity) over w + r.quantity)) end::bigint as units
      from refunded r
      left join lacking k on k.shop = r.shop and k.order_id = r.order_id and k.line_id = r.line_id
    window w as (partition by r.shop, r.order_id, r.line_id, r.kind order by r.refund_line_id)
  )
  select e.shop, e.fact_id, e.order_id, e.line_id, coalesce(e.location_id, l.location_id, e.channel_location),
         e.fulfillment_id, e.kind, e.units, e.at, e.tracking
    from (select shop, 'fulfil/' || fulfillment_id || '/' || line_id as fact_id, order_id, line_id, location_id,
                 channel_location, fulfillment_id, 'fulfil' as kind, units, created_at as at, tracking
            from fulfilled
          union all
          select shop, 'unfulfil/' || fulfillment_id || '/' || line_id, order_id, line_id, location_id,
                 channel_location, fulfillment_id, 'unfulfil', units, updated_at, tracking
            from fulfilled where status <> 'success'
          union all
          select d.shop, 'refund/' || d.refund_line_id || case when k.units > 0 then '/' || d.units else '' end,
                 d.order_id, d.line_id, d.location_id, d.channel_location, null, d.kind, d.units - k.units,
                 d.created_at, null
            from done d
           cross join lateral (
                 select coalesce(sum(f.units), 0)::bigint as units from stock_fact f
                  where f.shop = d.shop and f.order_id = d.order_id and f.kind = d.kind
                    and split_part(f.fact_id, '/', 2) = d.refund_line_id::text) k
           where d.units <> k.units) e
    left join sales_order_line l on l.shop = e.shop and l.order_id = e.order_id and l.line_id = e.line_id
$$;
