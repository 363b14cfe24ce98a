-- Orders that nobody has seen before, in few statements. Most facts of an initial load, of a replay and of a flash sale are
-- first snapshots of orders to which nothing has happened yet: no parcel, no fulfilment, no refund, no allocation. For
-- those nothing has to be derived from what is known, so they are written as they are, one statement per table
-- (new_orders, then new_lines). Everything else goes the long way as before (081, 082, 087); both ways give the same rows.
--
-- A further table of an order is one more array of rows in new_orders() and one more insert from it in new_lines().

-- A line of a new order. item: the natural key to count it by while its variant is unknown.
create type new_line as (
  shop              text,
  order_id          bigint,
  line_id           bigint,
  variant_id        bigint,
  sku               text,
  title             text,
  quantity          bigint,
  current_quantity  bigint,
  requires_shipping boolean,
  gift_card         boolean,
  item              text
);

-- A first look at what the batch says of orders that are not known yet, made before anything is locked: `plain` when
-- theirs is the batch's only record of them and shows nothing but what was ordered.
create type new_order as (
  n           bigint,                       -- place in the batch
  shop        text,
  order_id    bigint,
  updated_at  timestamptz,
  observed_at timestamptz,
  body_hash   text,
  source      text,
  fact        jsonb,
  plain       boolean,
  lines       new_line[]
);

-- Every text is parsed once: `offset 0` keeps the planner from writing the cast wherever its result is used.
create function read_new_orders(p_records order_record[]) returns new_order[] language sql stable as $$
  select coalesce(array_agg((r.n, r.shop, r.order_id, r.updated_at, r.observed_at, r.body_hash, r.source, r.fact, r.plain,
                             r.lines)::new_order order by r.shop, r.order_id, r.n), '{}')
    from (select r.n, r.shop, r.order_id, r.updated_at, r.observed_at, r.body_hash, r.source, b.fact, x.lines,
                 r.kind = 'order' and count(*) over (partition by r.shop, r.order_id) = 1 and x.untouched
                   and b.fact->'fulfillments' = '[]' and b.fact->'refunds' = '[]' and b.fact->>'cancelled_at' is null
                   as plain
            from (select coalesce((select c.identifier from catalog_policy c), 'sku') as identifier) i,
                 unnest(p_records) r
           cross join lateral (select case when r.kind = 'order' then r.body::jsonb end as fact offset 0) b
           cross join lateral (
                 select array_agg((r.shop, r.order_id, l.line_id, l.variant_id, l.sku, l.title, l.quantity,
                                   l.current_quantity, l.requires_shipping, l.gift_card,
                                   item_of_line(i.identifier, r.shop, l.sku, l.variant_id))::new_line) as lines,
                        coalesce(bool_and(l.quantity <= l.unfulfilled_quantity), true) as untouched
                   from jsonb_to_recordset(b.fact->'lines')
                        l(line_id bigint, variant_id bigint, sku text, title text, quantity bigint,
                          current_quantity bigint, unfulfilled_quantity bigint, requires_shipping boolean,
                          gift_card boolean)) x
           where not exists (select from sales_order o where o.shop = r.shop and o.order_id = r.order_id)) r
$$;

create function new_orders(p_orders new_order[], p_at timestamptz, out o_places bigint[], out o_lines new_line[])
language plpgsql as $$
begin
  with made as (
    insert into sales_order (shop, order_id, updated_at, observed_at, body_hash, name, created_at, closed_at, test, state,
                             financial_status, currency, total, body, applied_at)
    select distinct on (g.shop, g.order_id)
           g.shop, g.order_id, k.updated_at, k.observed_at, k.body_hash, h.name, h.created_at, h.closed_at,
           coalesce(h.test, false), case when g.plain then 'open' else 'placeholder' end, h.financial_status, h.currency,
           (h.total->>'shop')::numeric, k.fact, p_at
      from unnest(p_orders) g
      left join lateral (select g.updated_at, g.observed_at, g.body_hash, g.fact where g.plain) k on true
     cross join lateral jsonb_to_record(k.fact)
           h(name text, created_at timestamptz, closed_at timestamptz, test boolean, financial_status text,
             currency text, total jsonb)
     order by g.shop, g.order_id
    on conflict do nothing
    returning shop, order_id
  ), fresh as materialized (
    select g.* from (select g.*, (g.shop, g.order_id) in (select m.shop, m.order_id from made m) as mine
                       from unnest(p_orders) g where g.plain offset 0) g
     where g.mine
  ), version as (
    insert into order_version as v (shop, order_id, updated_at, observed_at, source, body_hash, body, applied_at)
    select f.shop, f.order_id, f.updated_at, f.observed_at, f.source, f.body_hash, f.fact, p_at from fresh f
     order by f.shop, f.order_id
    on conflict (shop, order_id, updated_at, observed_at) do update
       set source = excluded.source, body_hash = excluded.body_hash, body = excluded.body
     where excluded.body_hash collate "C" > v.body_hash
        or (excluded.body_hash = v.body_hash and excluded.source < v.source)
  )
  select array_agg(distinct f.n), array_agg(l order by l.shop, l.order_id, l.line_id) filter (where l.line_id is not null)
    into o_places, o_lines
    from fresh f left join lateral unnest(f.lines) l on true;
end $$;

-- The lines of new orders; each line's variant is looked up once.
create function new_lines(p_lines new_line[], p_at timestamptz, out o_items bigint[],
                                     out o_route_shops text[], out o_route_orders bigint[],
                                     out o_more_shops text[], out o_more_orders bigint[]) language plpgsql as $$
declare
  v_items bigint[];
  v_tracked boolean[];                      -- null: the variant is not known
begin
  select array_agg(v.item_id order by l.n), array_agg(v.tracked order by l.n) into v_items, v_tracked
    from unnest(p_lines) with ordinality
         l(shop, order_id, line_id, variant_id, sku, title, quantity, current_quantity, requires_shipping, gift_card,
           item, n)
    left join variant v on v.shop = l.shop and v.variant_id = l.variant_id;
  if array_position(v_items, null) is not null then
    perform ensure_items(array_agg(l.item), p_at)
       from rows from (unnest(p_lines), unnest(v_items))
            l(shop, order_id, line_id, variant_id, sku, title, quantity, current_quantity, requires_shipping, gift_card,
              item, item_id)
      where l.item_id is null and l.item is not null
     having count(*) > 0;
  end if;
  with line as materialized (
    select l.*, k.item_id as counted_as, l.tracked is null and l.variant_id is not null as unknown,
           l.requires_shipping and not l.gift_card and k.item_id is not null and coalesce(l.tracked, true) as stocked
      from rows from (unnest(p_lines), unnest(v_items), unnest(v_tracked))
           l(shop, order_id, line_id, variant_id, sku, title, quantity, current_quantity, requires_shipping, gift_card,
             item, item_id, tracked)
      left join item i on i.item = case when l.item_id is null then l.item end
     cross join lateral (select coalesce(l.item_id, i.item_id) as item_id) k
  ), made as (
    insert into sales_order_line (shop, order_id, line_id, item_id, variant_id, sku, title, quantity, current_quantity,
                                  requires_shipping, stocked)
    select l.shop, l.order_id, l.line_id, l.counted_as, l.variant_id, l.sku, l.title, l.quantity, l.current_quantity,
           l.requires_shipping, l.stocked
      from line l
  ), told as (
    select l.shop, l.order_id, bool_or(l.stocked and l.quantity > 0) as routed,
           bool_or(l.unknown) or not bool_or(l.stocked and l.quantity > 0) as more
      from line l group by l.shop, l.order_id
  )
  select array(select distinct l.counted_as from line l where l.counted_as is not null),
         array_agg(t.shop) filter (where t.routed), array_agg(t.order_id) filter (where t.routed),
         array_agg(t.shop) filter (where t.more), array_agg(t.order_id) filter (where t.more)
    into o_items, o_route_shops, o_route_orders, o_more_shops, o_more_orders
    from told t;
end $$;

-- Records that go the long way: those of orders that were known or to which something has happened. Returns their
-- verdicts; out: the orders that changed, what moved and the items whose facts were learnt.
create function fold_known_orders(p_records order_record[], p_at timestamptz, out o_verdicts order_verdict[],
                                  out o_shops text[], out o_orders bigint[], out o_moves stock_move[],
                                  out o_items bigint[]) language plpgsql as $$
declare
  v_fact_shops text[];
  v_fact_ids text[];
  s text;
begin
  o_verdicts := '{}';
  if cardinality(p_records) = 0 then
    return;
  end if;
  perform lock_orders(array_agg(r.shop), array_agg(r.order_id), p_at) from unnest(p_records) r;
  if exists (select from unnest(p_records) r where r.kind = 'order') then
    o_verdicts := o_verdicts || array(select v from apply_orders(p_records, p_at) v);
  end if;
  if exists (select from unnest(p_records) r where r.kind = 'fulfillment-orders') then
    o_verdicts := o_verdicts || array(select v from apply_fulfillment_orders(p_records) v);
  end if;
  if exists (select from unnest(p_records) r where r.kind = 'shipment') then
    o_verdicts := o_verdicts || array(select v from apply_shipments(p_records, p_at) v);
  end if;
  if exists (select from unnest(p_records) r where r.kind = 'block') then
    perform block_orders(p_records, p_at);
  end if;

  select array_agg(k.shop), array_agg(k.order_id) into o_shops, o_orders
    from (select distinct r.shop, r.order_id from unnest(p_records) r
           where r.kind = 'block'
              or r.n = any (array(select v.n from unnest(o_verdicts) v where v.outcome = 'applied'))
           order by 1, 2) k;
  if o_shops is null then
    return;
  end if;
  select array_agg(f.shop), array_agg(f.fact_id), array_agg(f.item_id) into v_fact_shops, v_fact_ids, o_items
    from record_order_facts(o_shops, o_orders, p_at) f;
  o_moves := array(select m from settle_orders(o_shops, o_orders, p_at) m);
  foreach s in array array(select distinct unnest(v_fact_shops) order by 1) loop
    perform book_learnt(s, array(select u.id from unnest(v_fact_shops, v_fact_ids) u(shop, id) where u.shop = s));
  end loop;
end $$;

-- A batch of records: what is known is locked, what is new is made, the rest goes the long way; then everybody is told.
-- Between the first lock and the last there is little else, because whoever makes an order in between must be waited for.
create or replace function fold_order_records(p_records order_record[], p_at timestamptz)
returns setof order_verdict language plpgsql as $$
declare
  v_given new_order[] := read_new_orders(p_records);
  v_rest order_record[];
  made record;
  lines record;
  rest record;
begin
  perform lock_known_orders(array_agg(r.shop), array_agg(r.order_id)) from unnest(p_records) r;
  select * into made from new_orders(v_given, p_at);
  v_rest := array(select r from unnest(p_records) r where r.n <> all (coalesce(made.o_places, '{}')));
  if cardinality(v_rest) > 0 then
    perform lock_orders(array_agg(r.shop), array_agg(r.order_id), p_at) from unnest(v_rest) r;
  end if;
  select * into lines from new_lines(made.o_lines, p_at);
  select * into rest from fold_known_orders(v_rest, p_at);
  if lines.o_route_shops is not null then
    perform enqueue_route(lines.o_route_shops, lines.o_route_orders, 'order', p_at);
  end if;
  if rest.o_shops is null and lines.o_more_shops is null then
    perform mark_dirty(lines.o_items, 'order', p_at);
  else
    perform announce_orders(rest.o_shops || lines.o_more_shops, rest.o_orders || lines.o_more_orders, rest.o_moves,
                            rest.o_items || lines.o_items, 'order', p_at);
  end if;
  return query
  select v.* from unnest(rest.o_verdicts) v
  union all
  select n, 'applied', false, null::text from unnest(made.o_places) n;
end $$;

-- The lines of stored orders: what names an item is the policy's to say, and underway counts units of failed fulfilments
-- that Shopify does not show as unfulfilled.
-- A fulfilment whose status nobody has seen yet is under way: its units are neither gone, which would free what was
-- promised to the customer, nor fulfilled, until a status that is known says so.
create or replace function snapshot_lines(p_shops text[], p_orders bigint[])
returns table (shop text, order_id bigint, line_id bigint, variant_id bigint, sku text, title text, quantity bigint,
               current_quantity bigint, unfilled bigint, net bigint, underway bigint, requires_shipping boolean, gift_card boolean,
               item text) language sql stable as $$
  select o.shop, o.order_id, x.line_id, x.variant_id, x.sku, x.title, x.quantity, x.current_quantity,
         case when o.cancelled_at is null then x.unfulfilled_quantity else 0 end,
         coalesce((select sum(y.quantity)
                     from jsonb_to_recordset(o.body->'fulfillments') f(status text, lines jsonb),
                          jsonb_to_recordset(f.lines) y(line_id bigint, quantity bigint)
                    where f.status = 'success' and y.line_id = x.line_id), 0)::bigint,
         coalesce((select sum(y.quantity)
                     from jsonb_to_recordset(o.body->'fulfillments') f(status text, lines jsonb),
                          jsonb_to_recordset(f.lines) y(line_id bigint, quantity bigint)
                    where f.status not in ('success', 'cancelled', 'failure', 'error') and y.line_id = x.line_id), 0)::bigint
           + failed_units(o.body, x.line_id, x.current_quantity,
                          case when o.cancelled_at is null then x.unfulfilled_quantity else 0 end),
         x.requires_shipping, x.gift_card, item_of_line(i.identifier, o.shop, x.sku, x.variant_id)
    from (select coalesce((select c.identifier from catalog_policy c), 'sku') as identifier) i,
         unnest(p_shops, p_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
   cross join lateral jsonb_to_recordset(o.body->'lines')
         x(line_id bigint, variant_id bigint, sku text, title text, quantity bigint, current_quantity bigint,
           unfulfilled_quantity bigint, requires_shipping boolean, gift_card boolean)
$$;

-- As before (081), but each text is parsed once, and no list is walked for every element of another.
create or replace function apply_orders(p_records order_record[], p_at timestamptz)
returns setof order_verdict language plpgsql as $$
declare
  v_verdicts order_verdict[];
  v_won bigint[];
  v_shops text[];
  v_orders bigint[];
begin
  select array_agg(j), array_agg(j.n) filter (where j.outcome = 'applied') into v_verdicts, v_won
    from judge_snapshots(p_records, 'order') j;
  insert into order_version as v (shop, order_id, updated_at, observed_at, source, body_hash, body, applied_at)
  select distinct on (r.shop, r.order_id, r.updated_at, r.observed_at)
         r.shop, r.order_id, r.updated_at, r.observed_at, r.source, r.body_hash, r.body::jsonb, p_at
    from unnest(p_records) r where r.kind = 'order'
   order by r.shop, r.order_id, r.updated_at, r.observed_at, r.body_hash collate "C" desc, r.source
  on conflict (shop, order_id, updated_at, observed_at) do update
     set source = excluded.source, body_hash = excluded.body_hash, body = excluded.body
   where excluded.body_hash collate "C" > v.body_hash
      or (excluded.body_hash = v.body_hash and excluded.source < v.source);
  with won as materialized (
    select r.*, r.body::jsonb as fact from unnest(p_records) r where r.n = any (v_won)
  ), upd as (
    update sales_order o
       set updated_at = w.updated_at, observed_at = w.observed_at, body_hash = w.body_hash, body = w.fact,
           name = w.fact->>'name', created_at = (w.fact->>'created_at')::timestamptz,
           cancelled_at = (w.fact->>'cancelled_at')::timestamptz, closed_at = (w.fact->>'closed_at')::timestamptz,
           test = (w.fact->>'test')::boolean, financial_status = w.fact->>'financial_status',
           currency = w.fact->>'currency', total = (w.fact->'total'->>'shop')::numeric, applied_at = p_at,
           state = case o.state when 'placeholder' then 'open' else o.state end,
           blocked_reason = case when heals then null else o.blocked_reason end,
           blocked_at = case when heals then null else o.blocked_at end,
           blocked_updated_at = case when heals then null else o.blocked_updated_at end,
           blocked_observed_at = case when heals then null else o.blocked_observed_at end
      from won w
     cross join lateral (select b.blocked_updated_at is null or (w.updated_at, w.observed_at)
                                >= (b.blocked_updated_at, b.blocked_observed_at) as heals
                           from sales_order b where b.shop = w.shop and b.order_id = w.order_id) h
     where o.shop = w.shop and o.order_id = w.order_id
    returning o.shop, o.order_id
  )
  select array_agg(upd.shop), array_agg(upd.order_id) into v_shops, v_orders from upd;
  if v_shops is not null then
    perform apply_order_lines(v_shops, v_orders, p_at);
  end if;
  return query select * from unnest(v_verdicts);
end $$;
