-- The last step of every change to orders (who has to hear of it), and the two entries: a batch of records, and the
-- sweep that finishes what had to wait.

-- State, router's queue, dirty items, outbox and exceptions of orders that settle_orders() has settled.
create function announce_orders(p_shops text[], p_orders bigint[], p_moves stock_move[], p_items bigint[],
                                p_reason text, p_at timestamptz) returns void language plpgsql as $$
begin
  update sales_order o set state = s.state
    from (select o.shop, o.order_id,
                 case when o.updated_at is null then 'placeholder'
                      when o.cancelled_at is not null then 'cancelled'
                      when bool_or(l.quantity > 0) and sum(l.remaining) = 0 then 'completed'
                      else 'open' end as state
            from unnest(p_shops, p_orders) u(shop, order_id)
            join sales_order o on o.shop = u.shop and o.order_id = u.order_id
            left join sales_order_line l on l.shop = o.shop and l.order_id = o.order_id
           group by o.shop, o.order_id, o.updated_at, o.cancelled_at) s
   where o.shop = s.shop and o.order_id = s.order_id and o.state <> s.state;
  perform queue_orders(p_shops, p_orders, freed_items(p_moves), p_reason, p_at);
  -- also of lines that ask for nothing: Shopify counts them as committed where their variant is sold
  perform mark_dirty(array(select x.item_id from unnest(p_shops, p_orders) u(shop, order_id)
                             join sales_order_line l on l.shop = u.shop and l.order_id = u.order_id
                             left join variant v on v.shop = l.shop and v.variant_id = l.variant_id
                            cross join lateral (values (l.item_id), (v.item_id)) x(item_id)
                           union select m.item_id from unnest(p_moves) m
                           union select unnest(p_items)), p_reason, p_at);
  perform enqueue_outbox('allocations', array_agg(m.shop || '/' || m.order_id), p_reason, p_at)
     from unnest(p_moves) m where m.reserved <> 0 or (m.source = 'shipment' and m.quantity <> 0) having count(*) > 0;
  perform enqueue_outbox('fulfillments', array_agg(m.shop || '/' || m.order_id), p_reason, p_at)
     from unnest(p_moves) m where m.source = 'shipment' having count(*) > 0;
  perform judge_orders(p_shops, p_orders, p_at);
  perform judge_pairs(array_agg(m.item_id), array_agg(m.facility), p_at)
     from unnest(p_moves) m where m.quantity <> 0 or m.reserved <> 0 having count(*) > 0;
end $$;

-- Items of which more may be promised somewhere than before the moves.
create function freed_items(p_moves stock_move[]) returns bigint[] language sql immutable as $$
  select array_agg(distinct f.item_id)
    from (select m.item_id from unnest(p_moves) m
           group by m.item_id, m.facility having sum(m.quantity - m.reserved) > 0) f
$$;

-- Orders with demand that no facility has been chosen for wait for the router; others do not. Orders that wait for an
-- item of p_freed get another try. All rows are locked in one order, whoever they belong to.
create function queue_orders(p_shops text[], p_orders bigint[], p_freed bigint[], p_reason text, p_at timestamptz)
returns void language plpgsql as $$
declare
  v_shops text[];
  v_orders bigint[];
begin
  select array_agg(d.shop), array_agg(d.order_id) into v_shops, v_orders
    from (select distinct o.shop, o.order_id
            from (select * from unnest(p_shops, p_orders) union all select * from orders_waiting_for(p_freed, 1000))
                 u(shop, order_id)
            join sales_order o on o.shop = u.shop and o.order_id = u.order_id
            join sales_order_line l on l.shop = o.shop and l.order_id = o.order_id
           where o.state = 'open' and o.blocked_reason is null and l.unallocated > 0) d;
  perform from (select distinct u.shop, u.order_id from unnest(p_shops || v_shops, p_orders || v_orders) u(shop, order_id)) u
    join route_queue q on q.shop = u.shop and q.order_id = u.order_id
   order by q.shop, q.order_id for update of q;
  delete from route_queue q using unnest(p_shops, p_orders) u(shop, order_id)
   where q.shop = u.shop and q.order_id = u.order_id
     and not exists (select from unnest(v_shops, v_orders) d(shop, order_id)
                      where d.shop = q.shop and d.order_id = q.order_id);
  if v_shops is not null then
    perform enqueue_route(v_shops, v_orders, p_reason, p_at);
  end if;
end $$;

-- What people must know about the orders: opened when it is so, closed when it is no longer.
create function judge_orders(p_shops text[], p_orders bigint[], p_at timestamptz) returns void language plpgsql as $$
declare
  x record;
begin
  for x in
    with o as (
      select o.shop, o.order_id, o.shop || '/' || o.order_id as subject, o.state, o.updated_at, o.cancelled_at,
             o.name, o.blocked_reason
        from unnest(p_shops, p_orders) u(shop, order_id)
        join sales_order o on o.shop = u.shop and o.order_id = u.order_id
    ), line as (
      select o.subject, string_agg(l.line_id || ': ordered ' || l.quantity || ', cancelled ' || l.cancelled || ', left '
                                   || l.shipped + l.issued, '; ' order by l.line_id)
                          filter (where l.stocked and l.shipped + l.issued > l.quantity - l.cancelled) as excess,
             bool_or(l.stocked and l.shipped + l.issued > l.quantity - l.cancelled and l.cancelled > 0) as late,
             coalesce(sum(l.unallocated), 0) as wanted
        from o left join sales_order_line l on l.shop = o.shop and l.order_id = o.order_id
       group by o.subject
    ), parcel as (
      select o.subject, string_agg(distinct s.parcel, ', ') as parcels,
             string_agg('parcel ' || s.parcel || ' names ' || case when s.line_id > 0 then 'line ' || s.line_id
                        else 'SKU ' || s.sku end, '; ' order by s.parcel, s.line_id) filter (where not s.applied) as lost
        from o join shipment_line s on s.shop = o.shop and s.order_id = o.order_id
       group by o.subject
    )
    select k.kind, array_agg(o.subject) filter (where k.detail is not null) as subjects,
           array_agg(k.detail) filter (where k.detail is not null) as details,
           array_agg(o.subject) filter (where k.detail is null) as over
      from o
      join line l on l.subject = o.subject
      left join parcel p on p.subject = o.subject
     cross join lateral (values
           ('blocked_order', 'not acted on until a newer snapshot can be applied: ' || o.blocked_reason),
           ('overshipped', case when not l.late then coalesce(o.name, '') || ' line ' || l.excess end),
           ('shipped_after_cancel', case when l.late then coalesce(o.name, '') || ' line ' || l.excess end),
           ('unfillable', case when l.wanted > 0 and o.state = 'open' then '' end),
           ('unknown_line', case when o.updated_at is not null then coalesce(o.name, '') || ': ' || p.lost end),
           ('unknown_order', case when o.updated_at is null then 'shipped in ' || p.parcels end))
           k(kind, detail)
     group by k.kind order by k.kind
  loop
    if x.over is not null then
      perform close_exceptions(x.kind, x.over, p_at);
    end if;
    if x.subjects is not null and x.kind <> 'unfillable' then
      perform open_exceptions(x.kind, x.subjects, x.details, p_at);
    end if;
  end loop;

  perform open_exceptions('unknown_facility', array_agg(s.facility), array_agg('named by a parcel of ' || s.shop
                          || '/' || s.order_id || '; create the facility or correct the sender'), p_at)
     from unnest(p_shops, p_orders) u(shop, order_id)
     join shipment s on s.shop = u.shop and s.order_id = u.order_id
    where not exists (select from facility f where f.facility = s.facility)
   having count(*) > 0;
  perform open_exceptions('unknown_product', array_agg(l.shop || '/variant/' || l.variant_id),
                          array_agg('sold in ' || l.shop || '/' || l.order_id || ' as ' || l.title), p_at)
     from unnest(p_shops, p_orders) u(shop, order_id)
     join sales_order_line l on l.shop = u.shop and l.order_id = u.order_id
    where l.variant_id is not null
      and not exists (select from variant v where v.shop = l.shop and v.variant_id = l.variant_id)
   having count(*) > 0;
end $$;

-- More taken or promised than there is: names the orders, and says so until it is no longer true.
create function judge_oversold(p_items bigint[], p_facilities text[], p_at timestamptz)
returns void language plpgsql as $$
declare
  x record;
begin
  select array_agg(q.subject) filter (where q.bad) as subjects, array_agg(q.detail) filter (where q.bad) as details,
         array_agg(q.subject) filter (where not q.bad) as over
    into x
    from (select i.item || '/' || s.facility as subject, s.on_hand < 0 or s.reserved > s.on_hand as bad,
                 'on hand ' || s.on_hand || ', reserved ' || s.reserved
                   || coalesce(', for ' || a.orders, '') || coalesce(', last taken by ' || e.orders, '') as detail
            from (select distinct u.i, u.f from unnest(p_items, p_facilities) u(i, f)) u
            join stock s on s.item_id = u.i and s.facility = u.f
            join item i on i.item_id = s.item_id
           cross join lateral (
                 select string_agg(distinct a.shop || '/' || a.order_id, ' ') as orders from allocation a
                  where a.item_id = s.item_id and a.facility = s.facility
                    and a.state not in ('shipped', 'rejected') and s.reserved > s.on_hand) a
           cross join lateral (
                 select string_agg(distinct e.reference, ' ') as orders
                   from (select e.reference from stock_entry e
                          where e.item_id = s.item_id and e.facility = s.facility and s.on_hand < 0
                            and e.reference is not null
                          order by e.as_of desc limit 10) e) e) q;
  if x.over is not null then
    perform close_exceptions('oversold', x.over, p_at);
  end if;
  if x.subjects is not null then
    perform open_exceptions('oversold', x.subjects, x.details, p_at);
  end if;
end $$;

-- A batch of records, in one transaction with their offsets. Returns a verdict for each. Plans are kept: every
-- statement touches a handful of orders by key, whatever the statistics of a young table may say.
create function apply_order_records(p_kinds text[], p_shops text[], p_orders bigint[], p_updated timestamptz[],
                                    p_observed timestamptz[], p_hashes text[], p_sources text[], p_bodies text[],
                                    p_at timestamptz)
returns setof order_verdict language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off as $$
declare
  v_records order_record[];
  v_reason text;
begin
  v_records := array(select (u.n, u.kind, u.shop, u.order_id, u.updated_at, u.observed_at, u.body_hash, u.source,
                             u.body)::order_record
                       from unnest(p_kinds, p_shops, p_orders, p_updated, p_observed, p_hashes, p_sources, p_bodies)
                            with ordinality u(kind, shop, order_id, updated_at, observed_at, body_hash, source, body, n)
                      order by u.n);
  if cardinality(v_records) > 1 then
    return query select * from fold_order_records(v_records, p_at);
    return;
  end if;
  begin
    return query select * from fold_order_records(v_records, p_at);
  exception when data_exception or integrity_constraint_violation then
    -- Alone, and refused by the database: the record is a dead letter, and a snapshot blocks its order.
    get stacked diagnostics v_reason = message_text;
    if v_records[1].kind = 'order' then
      v_records[1].kind := 'block';
      v_records[1].body := v_reason;
      perform fold_order_records(v_records, p_at);
    end if;
    return query select 1::bigint, 'refused', false, v_reason;
  end;
end $$;

create function fold_order_records(p_records order_record[], p_at timestamptz)
returns setof order_verdict language plpgsql as $$
declare
  v_verdicts order_verdict[] := '{}';
  v_shops text[];                           -- orders that changed
  v_orders bigint[];
  v_moves stock_move[];
  v_fact_shops text[];
  v_fact_ids text[];
  v_items bigint[];
  s text;
begin
  perform lock_orders(array_agg(r.shop), array_agg(r.order_id), p_at) from unnest(p_records) r;
  if exists (select from unnest(p_records) r where r.kind = 'order') then
    v_verdicts := v_verdicts || array(select v from apply_orders(p_records, p_at) v);
  end if;
  if exists (select from unnest(p_records) r where r.kind = 'fulfillment-orders') then
    v_verdicts := v_verdicts || array(select v from apply_fulfillment_orders(p_records) v);
  end if;
  if exists (select from unnest(p_records) r where r.kind = 'shipment') then
    v_verdicts := v_verdicts || array(select v from apply_shipments(p_records, p_at) v);
  end if;
  if exists (select from unnest(p_records) r where r.kind = 'block') then
    perform block_orders(p_records, p_at);
  end if;

  select array_agg(k.shop), array_agg(k.order_id) into v_shops, v_orders
    from (select distinct r.shop, r.order_id from unnest(p_records) r left join unnest(v_verdicts) v on v.n = r.n
           where v.outcome = 'applied' or r.kind = 'block' order by 1, 2) k;
  if v_shops is not null then
    select array_agg(f.shop), array_agg(f.fact_id), array_agg(f.item_id) into v_fact_shops, v_fact_ids, v_items
      from record_order_facts(v_shops, v_orders, p_at) f;
    v_moves := array(select m from settle_orders(v_shops, v_orders, p_at) m);
    foreach s in array array(select distinct unnest(v_fact_shops) order by 1) loop
      perform book_learnt(s, array(select u.id from unnest(v_fact_shops, v_fact_ids) u(shop, id) where u.shop = s));
    end loop;
    perform announce_orders(v_shops, v_orders, v_moves, v_items, 'order', p_at);
  end if;
  return query select * from unnest(v_verdicts);
end $$;

-- Facts whose variant became known count in the book now. Returns the items whose promise they change.
create function link_waiting_facts(p_limit int) returns bigint[] language plpgsql as $$
declare
  x record;
  v_items bigint[] := '{}';
begin
  for x in
    select v.shop, array_agg(v.variant_id) as variants, array_agg(v.inventory_item_id) as inventory_items,
           array_agg(v.item_id) as items
      from (select distinct f.shop, f.variant_id from stock_fact f
             where f.inventory_item_id is null and f.variant_id is not null
             order by 1, 2 limit p_limit) f
      join variant v on v.shop = f.shop and v.variant_id = f.variant_id
     group by v.shop order by v.shop
  loop
    perform link_facts(x.shop, x.variants, x.inventory_items);
    v_items := v_items || x.items;
  end loop;
  return v_items;
end $$;

-- What had to wait: fulfilments that no open intent can explain any more, facts whose variant became known while they
-- were being learnt. Returns how many orders were settled.
create function sweep_orders(p_limit int, p_at timestamptz) returns bigint language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off as $$
declare
  v_shops text[];
  v_orders bigint[];
  v_moves stock_move[];
  v_items bigint[];
begin
  select array_agg(k.shop), array_agg(k.order_id) into v_shops, v_orders
    from (select o.shop, o.order_id
            from (select distinct f.shop, f.order_id from stock_fact f
                   cross join lateral fulfillment_owner(f.shop, f.order_id, f.fulfillment_id, f.tracking) w
                   where f.kind = 'fulfil' and not f.attributed
                     and (w.yes or (not w.waiting and exists (
                            select from channel c
                              join channel_facility cf on cf.shop = c.shop and cf.location_id = c.location_id
                              join facility fa on fa.facility = cf.facility and fa.active
                             where c.shop = f.shop and c.active)))
                   order by 1, 2 limit p_limit) f
            join sales_order o on o.shop = f.shop and o.order_id = f.order_id
           order by o.shop, o.order_id for update of o skip locked) k;
  if v_shops is not null then
    v_moves := array(select m from settle_orders(v_shops, v_orders, p_at) m);
  end if;
  v_items := link_waiting_facts(p_limit);
  if v_shops is not null then
    perform announce_orders(v_shops, v_orders, v_moves, v_items, 'fulfilment attributed', p_at);
  else
    perform mark_dirty(v_items, 'fact linked', p_at);
  end if;
  return coalesce(cardinality(v_shops), 0);
end $$;

-- Exceptions whose cause went away in a transaction that could not see them yet. In a transaction of its own, and in
-- the order in which judge_orders() opens them.
create function heal_order_exceptions(p_at timestamptz) returns void language plpgsql as $$
begin
  perform close_exceptions('unknown_facility', array_agg(x.subject), p_at)
     from (select x.subject from exception_case x join facility f on f.facility = x.subject
            where x.closed_at is null and x.kind = 'unknown_facility' order by x.subject for update of x) x
   having count(*) > 0;
  perform close_exceptions('unknown_product', array_agg(x.subject), p_at)
     from (select x.subject from exception_case x
             join variant v on v.shop = split_part(x.subject, '/', 1)
                           and v.variant_id = split_part(x.subject, '/', 3)::bigint
            where x.closed_at is null and x.kind = 'unknown_product' order by x.subject for update of x) x
   having count(*) > 0;
end $$;

-- The watermark stays below every change that a blocked order keeps from us: whatever happened after the last snapshot
-- that could be applied, not only after the one that could not.
create or replace view shop_watermark_in_force as
select w.shop, least(w.through_at, b.below) as through_at
  from (select w.shop, max(w.through_at) as through_at
          from shop_watermark w
         where not exists (
                 select from unnest(w.topics, w.partitions, w.next_offsets) o(topic, partition, next_offset)
                   left join consumer_offset c on c.consumer_group = w.consumer_group and c.topic = o.topic
                                              and c.partition = o.partition
                  where coalesce(c.next_offset, 0) < o.next_offset)
         group by w.shop) w
  left join lateral (
       select min(coalesce(o.updated_at - interval '1 second', timestamptz 'epoch')) as below
         from sales_order o where o.shop = w.shop and o.blocked_reason is not null) b on true;
