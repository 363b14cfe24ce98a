-- What follows from what is known about orders: which units left which shelf, what is still to be delivered, what is
-- reserved for it, and who has to hear of it. settle_orders() computes it anew from the rows, whatever changed and in
-- whatever order it came; running it again changes nothing.
--
-- Allocations are only touched under their order's lock, so they are worked out first and the stock rows are locked
-- once, sorted, for exactly the pairs that move.

-- What one step wants of the stock: a ledger movement (quantity <> 0) or a change of what is reserved. A move of
-- source 'shipment' also says that the order's fulfilments must change, even when nothing is kept in stock (quantity 0).
create type stock_move as (
  shop     text,
  order_id bigint,
  line_id  bigint,
  item_id  bigint,
  facility text,
  source   text,
  event_id text,
  quantity bigint,
  as_of    timestamptz,
  reserved bigint
);

-- How far an allocation has gone; 0: its units are no longer reserved.
create function allocation_rank(p_state text) returns int language sql immutable as $$
  select case p_state when 'allocated' then 1 when 'released' then 2 when 'cancel_requested' then 3
                      when 'accepted' then 4 when 'packed' then 5 else 0 end
$$;

-- Where Shopify committed each line, by its fulfilment orders: the one with most work left. A line whose open units lie
-- at several locations has no one place: counted whole at any of them it would promise what the others hold.
create function place_lines(p_shops text[], p_orders bigint[]) returns void language plpgsql as $$
begin
  update sales_order_line l set location_id = p.location_id
    from (select distinct on (f.shop, f.order_id, f.line_id) f.shop, f.order_id, f.line_id,
                 case when s.places > 1 then null else o.location_id end as location_id
            from unnest(p_shops, p_orders) u(shop, order_id)
            join fulfillment_order_line f on f.shop = u.shop and f.order_id = u.order_id
            join fulfillment_order o on o.shop = f.shop and o.fulfillment_order_id = f.fulfillment_order_id
           cross join lateral (
                 select count(distinct coalesce(o2.location_id, 0)) as places
                   from fulfillment_order_line f2
                   join fulfillment_order o2 on o2.shop = f2.shop and o2.fulfillment_order_id = f2.fulfillment_order_id
                  where f2.shop = f.shop and f2.order_id = f.order_id and f2.line_id = f.line_id and f2.remaining > 0
                    and o2.status not in ('closed', 'cancelled')) s
           order by f.shop, f.order_id, f.line_id, o.status in ('closed', 'cancelled'), f.remaining desc,
                    f.fulfillment_order_id) p
   where l.shop = p.shop and l.order_id = p.order_id and l.line_id = p.line_id
     and l.location_id is distinct from p.location_id;
end $$;

-- Parcel lines that name a SKU get their order line: the only one with it, else as much as each still lacks.
create function resolve_parcels(p_shops text[], p_orders bigint[]) returns void language plpgsql as $$
declare
  x record;
  c record;
  v_rest bigint;
  v_take bigint;
begin
  for x in
    select s.* from unnest(p_shops, p_orders) u(shop, order_id)
      join shipment_line s on s.shop = u.shop and s.order_id = u.order_id and s.line_id < 0
     order by s.shop, s.order_id, s.parcel, s.line_id desc
  loop
    v_rest := x.quantity;
    for c in
      select l.line_id, row_number() over (order by l.line_id desc) = 1 as is_last,
             l.quantity - l.cancelled - l.shipped - coalesce(
               (select sum(p.quantity) from shipment_line p
                 where p.shop = l.shop and p.order_id = l.order_id and p.line_id = l.line_id and not p.applied), 0)
               as lacks
        from sales_order_line l
       where l.shop = x.shop and l.order_id = x.order_id and btrim(l.sku) = btrim(x.sku)
       order by l.line_id
    loop
      v_take := case when c.is_last then v_rest else least(v_rest, greatest(0, c.lacks)) end;
      continue when v_take = 0;
      insert into shipment_line as s (shop, order_id, parcel, line_id, sku, quantity)
      values (x.shop, x.order_id, x.parcel, c.line_id, x.sku, v_take)
      on conflict (shop, order_id, parcel, line_id) do update set quantity = s.quantity + excluded.quantity
       where not s.applied;
      if found then
        v_rest := v_rest - v_take;
      end if;
    end loop;
    if v_rest = 0 then
      delete from shipment_line s
       where s.shop = x.shop and s.order_id = x.order_id and s.parcel = x.parcel and s.line_id = x.line_id;
    elsif v_rest < x.quantity then
      update shipment_line s set quantity = v_rest
       where s.shop = x.shop and s.order_id = x.order_id and s.parcel = x.parcel and s.line_id = x.line_id;
    end if;
  end loop;
end $$;

-- Parcel lines whose order line is known now: the units have left. What was reserved for them at that facility, the
-- furthest gone first, becomes shipped.
create function ship_parcels(p_shops text[], p_orders bigint[], p_at timestamptz)
returns setof stock_move language plpgsql as $$
declare
  v_left stock_move[];
  v_freed stock_move[];
begin
  with ready as (
    update shipment_line x set applied = true, item_id = l.item_id
      from unnest(p_shops, p_orders) u(shop, order_id)
      join sales_order_line l on l.shop = u.shop and l.order_id = u.order_id
     where x.shop = l.shop and x.order_id = l.order_id and x.line_id = l.line_id and not x.applied
    returning x.shop, x.order_id, x.parcel, x.line_id, x.quantity, case when l.stocked then l.item_id end as item_id
  ), counted as (
    update sales_order_line l set shipped = l.shipped + r.units
      from (select shop, order_id, line_id, sum(quantity) as units from ready group by 1, 2, 3) r
     where l.shop = r.shop and l.order_id = r.order_id and l.line_id = r.line_id
  )
  select array_agg((r.shop, r.order_id, r.line_id, r.item_id, s.facility, 'shipment',
                    r.shop || '/' || r.parcel || '/' || r.line_id,
                    case when r.item_id is null then 0 else -r.quantity end, s.shipped_at, 0)::stock_move)
    into v_left
    from ready r join shipment s on s.shop = r.shop and s.order_id = r.order_id and s.parcel = r.parcel;
  if v_left is null then
    return;
  end if;

  with need as (
    select m.shop, m.order_id, m.line_id, m.facility, m.item_id, -sum(m.quantity) as units
      from unnest(v_left) m where m.quantity <> 0 group by 1, 2, 3, 4, 5
  ), taken as (
    select a.*, least(a.quantity, a.units - a.before) as take
      from (select a.*, n.units, sum(a.quantity) over w - a.quantity as before
              from allocation a
              join need n on n.shop = a.shop and n.order_id = a.order_id and n.line_id = a.line_id
                         and n.facility = a.facility
             where allocation_rank(a.state) > 0
            window w as (partition by a.shop, a.order_id, a.line_id, a.facility
                         order by allocation_rank(a.state) desc)) a
     where a.before < a.units
  ), deleted as (
    delete from allocation a using taken t
     where a.shop = t.shop and a.order_id = t.order_id and a.line_id = t.line_id and a.facility = t.facility
       and a.state = t.state and t.take = t.quantity
  ), lowered as (
    update allocation a set quantity = a.quantity - t.take from taken t
     where a.shop = t.shop and a.order_id = t.order_id and a.line_id = t.line_id and a.facility = t.facility
       and a.state = t.state and t.take < t.quantity
  ), shipped as (
    insert into allocation as a (shop, order_id, line_id, facility, state, quantity, item_id, decided_at)
    select n.shop, n.order_id, n.line_id, n.facility, 'shipped', n.units, n.item_id, p_at from need n
    on conflict (shop, order_id, line_id, facility, state) do update
       set quantity = a.quantity + excluded.quantity, decided_at = excluded.decided_at
  )
  select array_agg((t.shop, t.order_id, t.line_id, t.item_id, t.facility, null, null, 0, null, -t.take)::stock_move)
    into v_freed from taken t;
  return query select * from unnest(v_left) union all select * from unnest(v_freed);
end $$;

-- Whose is each fulfilment? Ours when the writer recorded it or it carries the tracking number of one of the order's
-- parcels: then the parcel took the units. Otherwise staff's: our ledger issues it, once, up to what had not left by
-- parcel; but not while an intent of ours on the order is open that the fulfilment may be the answer to.
-- What was issued is corrected when later evidence says otherwise: a parcel with its number, a cancellation.
create function attribute_fulfillments(p_shops text[], p_orders bigint[])
returns setof stock_move language plpgsql as $$
declare
  v_moves stock_move[];
begin
  with fact as (
    select f.shop, f.order_id, f.line_id, f.fact_id, f.at, f.attributed, f.issued, f.issues, l.item_id,
           coalesce(f.issued_facility, a.facility, c.facility) as facility, undone.at as undone_at,
           greatest(0, l.quantity - l.shipped) as room,
           case when ours.yes or undone.at is not null or not coalesce(l.stocked, false)
                     or (not f.attributed and ours.waiting) or coalesce(f.issued_facility, a.facility, c.facility) is null
                then 0 else f.units end as wanted,
           f.attributed or ours.yes or undone.at is not null or not coalesce(l.stocked, false)
             or (not ours.waiting and coalesce(f.issued_facility, a.facility, c.facility) is not null) as settled
      from unnest(p_shops, p_orders) u(shop, order_id)
      join stock_fact f on f.shop = u.shop and f.order_id = u.order_id and f.kind = 'fulfil'
      left join sales_order_line l on l.shop = f.shop and l.order_id = f.order_id and l.line_id = f.line_id
      left join stock_fact undone on undone.shop = f.shop and undone.fact_id = 'un' || f.fact_id
     cross join lateral fulfillment_owner(f.shop, f.order_id, f.fulfillment_id, f.tracking) ours
      left join lateral (
           select a.facility from allocation a left join facility fa on fa.facility = a.facility
            where a.shop = f.shop and a.order_id = f.order_id and a.line_id = f.line_id
              and allocation_rank(a.state) > 0
            order by fa.priority, a.facility limit 1) a on true
      left join lateral (
           select fa.facility from channel c
             join channel_facility cf on cf.shop = c.shop and cf.location_id = c.location_id
             join facility fa on fa.facility = cf.facility and fa.active
            where c.shop = f.shop and c.active order by fa.priority, fa.facility limit 1) c on true
  ), target as (
    select f.*, greatest(0, least(f.wanted, f.room - (sum(f.wanted) over w - f.wanted)))::bigint as units
      from fact f window w as (partition by f.shop, f.order_id, f.line_id order by f.at, f.fact_id)
  ), upd as (
    update stock_fact s
       set attributed = t.settled, issued = t.units,
           issues = s.issues + case when t.units <> t.issued then 1 else 0 end,
           issued_facility = case when t.units <> t.issued then t.facility else s.issued_facility end
      from target t
     where s.shop = t.shop and s.fact_id = t.fact_id and (s.attributed, s.issued) is distinct from (t.settled, t.units)
  ), counted as (
    update sales_order_line l set issued = t.units
      from (select shop, order_id, line_id, sum(units) as units from target group by 1, 2, 3) t
     where l.shop = t.shop and l.order_id = t.order_id and l.line_id = t.line_id and l.issued <> t.units
  )
  select array_agg((t.shop, t.order_id, t.line_id, t.item_id, t.facility, 'shopify-fulfillment',
                    t.shop || '/' || t.fact_id || case when t.issues > 0 then '/' || t.issues else '' end,
                    t.issued - t.units, coalesce(t.undone_at, t.at), 0)::stock_move)
    into v_moves from target t where t.units <> t.issued;
  return query select * from unnest(v_moves);
end $$;

-- Is a fulfilment known to be ours, and might it be the answer to an intent that is still open?
create function fulfillment_owner(p_shop text, p_order bigint, p_fulfillment bigint, p_tracking text[])
returns table (yes boolean, waiting boolean) language sql stable as $$
  select exists (select from parcel_write p
                  where p.shop = p_shop and p.order_id = p_order
                    and (p.fulfillment_id = p_fulfillment or p_fulfillment = any (p.fulfillment_ids)))
           or exists (select from shipment s
                       where s.shop = p_shop and s.order_id = p_order and s.tracking_number = any (p_tracking)),
         exists (select from parcel_write p
                  where p.shop = p_shop and p.order_id = p_order and p.state = 'intent'
                    and p_fulfillment <> all (p.before_ids))
$$;

-- Allocations beyond what remains are freed: unreleased ones first, then at the least preferred facility. Facilities
-- that had been told hear of it. line.allocated follows.
create function trim_allocations(p_shops text[], p_orders bigint[], p_at timestamptz)
returns setof stock_move language plpgsql as $$
declare
  v_moves stock_move[];
  v_told stock_move[];
begin
  with taken as (
    select a.*, least(a.quantity, a.surplus - a.before) as take
      from (select a.*, sum(a.quantity) over whole
                        - case when o.cancelled_at is null then l.remaining else 0 end as surplus,
                   sum(a.quantity) over w - a.quantity as before
              from unnest(p_shops, p_orders) u(shop, order_id)
              join sales_order o on o.shop = u.shop and o.order_id = u.order_id
              join allocation a on a.shop = u.shop and a.order_id = u.order_id and allocation_rank(a.state) > 0
              join sales_order_line l on l.shop = a.shop and l.order_id = a.order_id and l.line_id = a.line_id
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

-- Tells facilities what to do: one request per order and facility with all its lines.
create function request_work(p_shops text[], p_orders bigint[], p_facilities text[], p_lines bigint[],
                             p_quantities bigint[], p_kind text, p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into fulfillment_request (shop, order_id, request, facility, kind, lines, version, decided_at)
  select w.shop, w.order_id,
         coalesce((select max(r.request) from fulfillment_request r
                    where r.shop = w.shop and r.order_id = w.order_id), 0)
           + row_number() over (partition by w.shop, w.order_id order by w.facility),
         w.facility, p_kind, w.lines, next_version(0, p_at), p_at
    from (select u.shop, u.order_id, u.facility,
                 jsonb_agg(jsonb_build_object('item', i.item, 'line_id', u.line_id, 'quantity', u.quantity,
                                              'sku', l.sku, 'title', l.title) order by u.line_id) as lines
            from (select t.shop, t.order_id, t.facility, t.line_id, sum(t.quantity)::bigint as quantity
                    from unnest(p_shops, p_orders, p_facilities, p_lines, p_quantities)
                         t(shop, order_id, facility, line_id, quantity)
                   group by 1, 2, 3, 4) u
            join sales_order_line l on l.shop = u.shop and l.order_id = u.order_id and l.line_id = u.line_id
            join item i on i.item_id = l.item_id
           group by 1, 2, 3) w;
end $$;

-- The whole derivation for orders the caller has locked, up to and including the stock.
create function settle_orders(p_shops text[], p_orders bigint[], p_at timestamptz)
returns setof stock_move language plpgsql as $$
declare
  v_moves stock_move[] := '{}';
  x record;
begin
  -- most orders are new, and nothing of all this concerns them
  select bool_or(exists (select from fulfillment_order_line f where f.shop = u.shop and f.order_id = u.order_id)) as placed,
         bool_or(exists (select from shipment_line s where s.shop = u.shop and s.order_id = u.order_id
                            and not s.applied)) as parcels,
         bool_or(exists (select from stock_fact f where f.shop = u.shop and f.order_id = u.order_id
                            and f.kind = 'fulfil')) as fulfilled,
         bool_or(exists (select from allocation a where a.shop = u.shop and a.order_id = u.order_id)) as allocated
    into x
    from unnest(p_shops, p_orders) u(shop, order_id);
  if x.placed then
    perform place_lines(p_shops, p_orders);
  end if;
  if x.parcels then
    perform resolve_parcels(p_shops, p_orders);
    v_moves := array(select m from ship_parcels(p_shops, p_orders, p_at) m);
  end if;
  if x.fulfilled then
    v_moves := v_moves || array(select m from attribute_fulfillments(p_shops, p_orders) m);
  end if;
  if x.allocated then
    v_moves := v_moves || array(select m from trim_allocations(p_shops, p_orders, p_at) m);
  end if;
  if exists (select from unnest(v_moves) m where m.quantity <> 0 or m.reserved <> 0) then
    perform lock_stock(array_agg(m.item_id), array_agg(m.facility), p_at)
       from unnest(v_moves) m where m.quantity <> 0 or m.reserved <> 0;
    perform record_stock(array_agg(m.item_id), array_agg(m.facility), array_agg(m.source), array_agg(m.event_id),
                         array_agg('movement'::text), array_agg(m.quantity), array_agg(m.as_of),
                         array_agg(m.shop || '/' || m.order_id), p_at)
       from unnest(v_moves) m where m.quantity <> 0 having count(*) > 0;
    perform reserve_stock(array_agg(m.item_id), array_agg(m.facility), array_agg(m.reserved))
       from unnest(v_moves) m where m.reserved <> 0 having count(*) > 0;
  end if;
  return query select * from unnest(v_moves);
end $$;
