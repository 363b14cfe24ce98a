-- Only a table's key begins with the shop. An index that begins with it as well is as good as the key in the eyes of a
-- planner whose statistics are young, and he takes it: each look-up of an order then reads every order of the shop. Turned
-- round, the same indexes serve the same questions and cannot be mistaken.

drop index sales_order_name;
create index sales_order_name on sales_order (name, shop);
drop index sales_order_line_variant;
create index sales_order_line_variant on sales_order_line (variant_id, shop);
drop index sales_order_line_variant_open;
create index sales_order_line_variant_open on sales_order_line (variant_id, shop) where open > 0;
drop index fulfillment_order_order;
create index fulfillment_order_order on fulfillment_order (order_id, shop);
drop index fulfillment_order_line_order;
create index fulfillment_order_line_order on fulfillment_order_line (order_id, line_id, shop);
drop index shipment_tracking;
create index shipment_tracking on shipment (tracking_number, shop);
drop index stock_fact_order;
create index stock_fact_order on stock_fact (order_id, shop);
drop index stock_fact_unlinked;
create index stock_fact_unlinked on stock_fact (variant_id, shop) where inventory_item_id is null;
drop index stock_fact_row;
create index stock_fact_row on stock_fact (inventory_item_id, location_id, at, shop);
drop index variant_inventory_item;
create unique index variant_inventory_item on variant (inventory_item_id, shop) where deleted_at is null;
drop index variant_product;
create index variant_product on variant (product_id, shop);

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

-- Makes these orders, in one order: the plain ones as they are, the others as placeholders. Somebody else may have made
-- some meanwhile. Returns the places of the plain ones that are ours, and their lines.
drop function new_orders(order_record[], timestamptz);
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

-- As before (150), but each line's variant is looked up once.
create or replace function new_lines(p_lines new_line[], p_at timestamptz, out o_items bigint[],
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
