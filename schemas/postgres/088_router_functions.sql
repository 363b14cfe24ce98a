-- What order-router reads and writes around its decision. Locks: orders (skipping those that somebody else holds), then
-- the stock the decision rests on, then the queue. What changes after it was read finds the order in the queue with
-- another gen, and the router looks again.

-- Orders that are due and that nobody else is working on, locked.
create function take_routes(p_limit int, p_at timestamptz)
returns table (shop text, order_id bigint, gen bigint, attempts int, due_at timestamptz) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off as $$
begin
  return query
  select q.shop, q.order_id, q.gen, q.attempts, q.due_at
    from route_queue q
    join sales_order o on o.shop = q.shop and o.order_id = q.order_id
   where q.due_at <= p_at
   order by q.due_at, q.shop, q.order_id
   limit p_limit for update of o skip locked;
end $$;

-- Lines of locked orders that want units; none for orders that must not be routed.
create function route_demand(p_shops text[], p_orders bigint[])
returns table (shop text, order_id bigint, line_id bigint, item_id bigint, item text, units bigint) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off as $$
begin
  return query
  select l.shop, l.order_id, l.line_id, l.item_id, i.item, l.unallocated
    from unnest(p_shops, p_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
    join sales_order_line l on l.shop = o.shop and l.order_id = o.order_id
    join item i on i.item_id = l.item_id
   where o.state = 'open' and o.blocked_reason is null and l.unallocated > 0
   order by l.shop, l.order_id, l.line_id;
end $$;

-- The facilities that may ship for each shop, the preferred ones first.
create function route_facilities(p_shops text[])
returns table (shop text, facility text, priority int) language sql stable as $$
  select distinct c.shop, f.facility, f.priority
    from channel c
    join channel_facility cf on cf.shop = c.shop and cf.location_id = c.location_id
    join facility f on f.facility = cf.facility
   where c.shop = any (p_shops) and c.active and f.active and f.ships
   order by c.shop, f.priority, f.facility
$$;

-- What is usable of the items at the facilities, locked so that nobody else can promise it.
create function route_supply(p_items bigint[], p_facilities text[])
returns table (item_id bigint, facility text, usable bigint) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off as $$
begin
  return query
  select s.item_id, s.facility, s.usable
    from (select distinct unnest(p_items) as i) i
   cross join (select distinct unnest(p_facilities) as f) f
    join stock s on s.item_id = i.i and s.facility = f.f
   where s.usable > 0
   order by s.item_id, s.facility for update of s;
end $$;

-- Writes a decision. p_line_*: one entry per line and facility. p_*: one entry per order that was looked at; p_due null:
-- nothing is left to place; else it is looked at again then, and p_details says what is lacking.
-- Test orders count against the stock, but no facility hears of them.
create function record_routes(p_line_shops text[], p_line_orders bigint[], p_lines bigint[], p_facilities text[],
                              p_quantities bigint[], p_shops text[], p_orders bigint[], p_gens bigint[],
                              p_due timestamptz[], p_details text[], p_at timestamptz)
returns void language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off as $$
declare
  v_items bigint[];
  v_tests boolean[];
begin
  if cardinality(p_lines) > 0 then
    select array_agg(l.item_id order by u.n), array_agg(o.test order by u.n) into v_items, v_tests
      from unnest(p_line_shops, p_line_orders, p_lines) with ordinality u(shop, order_id, line_id, n)
      join sales_order o on o.shop = u.shop and o.order_id = u.order_id
      join sales_order_line l on l.shop = u.shop and l.order_id = u.order_id and l.line_id = u.line_id;
    perform reserve_stock(v_items, p_facilities, p_quantities);
    insert into allocation as a (shop, order_id, line_id, facility, state, quantity, item_id, decided_at)
    select u.shop, u.order_id, u.line_id, u.facility, case when u.test then 'allocated' else 'released' end,
           sum(u.quantity), u.item_id, p_at
      from unnest(p_line_shops, p_line_orders, p_lines, p_facilities, p_quantities, v_items, v_tests)
           u(shop, order_id, line_id, facility, quantity, item_id, test)
     group by 1, 2, 3, 4, 5, 7
    on conflict (shop, order_id, line_id, facility, state) do update
       set quantity = a.quantity + excluded.quantity, decided_at = excluded.decided_at;
    update sales_order_line l set allocated = l.allocated + u.units
      from (select shop, order_id, line_id, sum(quantity) as units
              from unnest(p_line_shops, p_line_orders, p_lines, p_quantities) u(shop, order_id, line_id, quantity)
             group by 1, 2, 3) u
     where l.shop = u.shop and l.order_id = u.order_id and l.line_id = u.line_id;
    perform request_work(array_agg(u.shop), array_agg(u.order_id), array_agg(u.facility), array_agg(u.line_id),
                         array_agg(u.quantity), 'create', p_at)
       from unnest(p_line_shops, p_line_orders, p_lines, p_facilities, p_quantities, v_tests)
            u(shop, order_id, line_id, facility, quantity, test)
      where not u.test having count(*) > 0;
  end if;

  perform from unnest(p_shops, p_orders) u(shop, order_id)
    join route_queue q on q.shop = u.shop and q.order_id = u.order_id
   order by q.shop, q.order_id for update of q;
  delete from route_queue q using unnest(p_shops, p_orders, p_gens, p_due) u(shop, order_id, gen, due)
   where q.shop = u.shop and q.order_id = u.order_id and q.gen = u.gen and u.due is null;
  update route_queue q set due_at = u.due, attempts = q.attempts + 1, reason = 'unfillable'
    from unnest(p_shops, p_orders, p_gens, p_due) u(shop, order_id, gen, due)
   where q.shop = u.shop and q.order_id = u.order_id and q.gen = u.gen and u.due is not null;

  if cardinality(p_lines) > 0 then
    perform mark_dirty(v_items, 'routed', p_at);
    perform enqueue_outbox('allocations', array_agg(u.shop || '/' || u.order_id), 'routed', p_at)
       from unnest(p_line_shops, p_line_orders) u(shop, order_id);
  end if;
  perform close_exceptions('unfillable', array_agg(u.shop || '/' || u.order_id), p_at)
     from unnest(p_shops, p_orders, p_due) u(shop, order_id, due) where u.due is null having count(*) > 0;
  perform open_exceptions('unfillable', array_agg(u.shop || '/' || u.order_id), array_agg(u.detail), p_at)
     from unnest(p_shops, p_orders, p_due, p_details) u(shop, order_id, due, detail)
    where u.due is not null having count(*) > 0;
end $$;
