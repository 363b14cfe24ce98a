-- How facts about orders become rows. order-state calls apply_order_records() once per batch; everything below
-- is its work, in the order in which locks are taken:
--
--     orders (here) → stock, allocations → book rows → route queue, dirty items, outbox, exceptions (082)
--
-- Snapshots (orders, fulfilment orders) replace what is stored when their version is newer; parcels count once by
-- their name. Nothing depends on the order of arrival: what belongs to an order that is not known yet waits with a
-- placeholder, and all derived figures are computed again from what is known (settle_orders).

-- One record of a batch, decoded and checked.
create type order_record as (
  n           bigint,                       -- place in the batch
  kind        text,                         -- 'order', 'fulfillment-orders', 'shipment', 'block' (body: why)
  shop        text,
  order_id    bigint,
  updated_at  timestamptz,                  -- version of a snapshot; of a block: null when it could not be read
  observed_at timestamptz,
  body_hash   text,
  source      text,                         -- 'order-updates webhook orders/edited'; of a shipment: the parcel
  body        text
);

-- What became of a record: applied, duplicate, stale, or refused with a reason. tie: another body had its version.
create type order_verdict as (n bigint, outcome text, tie boolean, reason text);

-- Returns how many of them are known.
create function lock_known_orders(p_shops text[], p_orders bigint[]) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  perform from sales_order o
    join (select distinct u.shop, u.order_id from unnest(p_shops, p_orders) u(shop, order_id)) k
      on o.shop = k.shop and o.order_id = k.order_id
   order by o.shop, o.order_id for update of o;
  get diagnostics n = row_count;
  return n;
end $$;

-- Locks orders in one order, making placeholders of those that are unknown; those that are known first, so that nobody
-- who waits for one of them keeps others waiting for a row that is not there yet.
create function lock_orders(p_shops text[], p_orders bigint[], p_at timestamptz) returns void language plpgsql as $$
begin
  if lock_known_orders(p_shops, p_orders)
       = (select count(*) from (select distinct * from unnest(p_shops, p_orders)) k) then
    return;
  end if;
  insert into sales_order (shop, order_id, state, applied_at)
  select k.shop, k.order_id, 'placeholder', p_at
    from (select distinct u.shop, u.order_id from unnest(p_shops, p_orders) u(shop, order_id)) k
   where not exists (select from sales_order o where o.shop = k.shop and o.order_id = k.order_id)
   order by k.shop, k.order_id
  on conflict do nothing;
  perform lock_known_orders(p_shops, p_orders);
end $$;

-- The newest snapshot of each key wins if it is newer than the stored one; equal versions are decided by hash.
create function judge_snapshots(p_records order_record[], p_kind text)
returns setof order_verdict language plpgsql as $$
begin
  return query
  select r.n,
         case when r.place = 1 and r.newer then 'applied'
              when (r.best = 1 and r.newer) or (r.same_version and r.body_hash = r.have_hash) then 'duplicate'
              else 'stale' end,
         r.same_version and r.body_hash <> r.have_hash,
         null::text
    from (select r.*, h.*, r.updated_at = h.have_updated and r.observed_at = h.have_observed as same_version,
                 h.have_updated is null or (r.updated_at, r.observed_at, r.body_hash collate "C")
                                         > (h.have_updated, h.have_observed, h.have_hash) as newer,
                 rank() over (partition by r.shop, r.order_id
                              order by r.updated_at desc, r.observed_at desc, r.body_hash collate "C" desc) as best,
                 row_number() over (partition by r.shop, r.order_id
                              order by r.updated_at desc, r.observed_at desc, r.body_hash collate "C" desc, r.n) as place
            from unnest(p_records) r
            join sales_order o on o.shop = r.shop and o.order_id = r.order_id
           cross join lateral (
                 select case p_kind when 'order' then o.updated_at else o.fo_updated_at end as have_updated,
                        case p_kind when 'order' then o.observed_at else o.fo_observed_at end as have_observed,
                        case p_kind when 'order' then o.body_hash else o.fo_body_hash end as have_hash) h
           where r.kind = p_kind) r;
end $$;

-- The lines of stored orders, with what the snapshot says was done to each.
--   net        fulfilled, net of cancelled fulfilments
--   underway   in a fulfilment that is neither done nor cancelled: no longer open in Shopify's eyes, but not gone either
--   unfilled   still to be fulfilled; nothing once the order is cancelled
--   item       the natural key to count it by while the variant is unknown; null for what is never kept in stock
create function snapshot_lines(p_shops text[], p_orders bigint[])
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
                    where f.status in ('pending', 'open') and y.line_id = x.line_id), 0)::bigint,
         x.requires_shipping, x.gift_card,
         case when btrim(x.sku) <> '' then 'sku:' || btrim(x.sku)
              when x.variant_id is not null then 'variant:' || o.shop || '/' || x.variant_id end
    from unnest(p_shops, p_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
   cross join lateral jsonb_to_recordset(o.body->'lines')
         x(line_id bigint, variant_id bigint, sku text, title text, quantity bigint, current_quantity bigint,
           unfulfilled_quantity bigint, requires_shipping boolean, gift_card boolean)
$$;

-- Lines of the orders as the stored snapshot shows them. An item once chosen stays: moving stock to another item
-- is the catalog's decision.
create function apply_order_lines(p_shops text[], p_orders bigint[], p_at timestamptz)
returns void language plpgsql as $$
declare
  v_items text[];
begin
  select array_agg(distinct s.item) into v_items
    from snapshot_lines(p_shops, p_orders) s
   where s.item is not null
     and not exists (select from variant v where v.shop = s.shop and v.variant_id = s.variant_id);
  if v_items is not null then
    perform ensure_items(v_items, p_at);
  end if;
  insert into sales_order_line as l (shop, order_id, line_id, item_id, variant_id, sku, title, quantity,
                                     current_quantity, requires_shipping, stocked)
  select s.shop, s.order_id, s.line_id, coalesce(v.item_id, i.item_id), s.variant_id, s.sku, s.title, s.quantity,
         s.current_quantity, s.requires_shipping,
         s.requires_shipping and not s.gift_card and coalesce(v.item_id, i.item_id) is not null
           and coalesce(v.tracked, true)
    from snapshot_lines(p_shops, p_orders) s
    left join variant v on v.shop = s.shop and v.variant_id = s.variant_id
    left join item i on i.item = s.item
   order by s.shop, s.order_id, s.line_id
  on conflict (shop, order_id, line_id) do update
     set item_id = coalesce(l.item_id, excluded.item_id), variant_id = coalesce(excluded.variant_id, l.variant_id),
         sku = excluded.sku, title = excluded.title, quantity = excluded.quantity,
         current_quantity = excluded.current_quantity, requires_shipping = excluded.requires_shipping,
         stocked = case when excluded.variant_id is null and l.variant_id is not null then l.stocked
                        else excluded.stocked end;
  update sales_order_line l set current_quantity = 0
    from unnest(p_shops, p_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
   where l.shop = o.shop and l.order_id = o.order_id and l.current_quantity <> 0
     and not o.body->'lines' @> jsonb_build_array(jsonb_build_object('line_id', l.line_id));
end $$;

-- Snapshots of orders: every version seen is kept, the newest becomes the order.
create function apply_orders(p_records order_record[], p_at timestamptz)
returns setof order_verdict language plpgsql as $$
declare
  v_verdicts order_verdict[];
  v_shops text[];
  v_orders bigint[];
begin
  select array_agg(j) into v_verdicts from judge_snapshots(p_records, 'order') j;
  insert into order_version as v (shop, order_id, updated_at, observed_at, source, body_hash, body, applied_at)
  select distinct on (r.shop, r.order_id, r.updated_at, r.observed_at)
         r.shop, r.order_id, r.updated_at, r.observed_at, r.source, r.body_hash, r.body::jsonb, p_at
    from unnest(p_records) r where r.kind = 'order'
   order by r.shop, r.order_id, r.updated_at, r.observed_at, r.body_hash collate "C" desc, r.source
  on conflict (shop, order_id, updated_at, observed_at) do update
     set source = excluded.source, body_hash = excluded.body_hash, body = excluded.body
   where excluded.body_hash collate "C" > v.body_hash
      or (excluded.body_hash = v.body_hash and excluded.source < v.source);
  with won as (
    select r.*, r.body::jsonb as fact from unnest(p_records) r join unnest(v_verdicts) v on v.n = r.n
     where v.outcome = 'applied'
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

-- Snapshots of all fulfilment orders of an order, kept even while the order itself is unknown.
create function apply_fulfillment_orders(p_records order_record[]) returns setof order_verdict language plpgsql as $$
declare
  v_verdicts order_verdict[];
  v_won order_record[];
begin
  select array_agg(j) into v_verdicts from judge_snapshots(p_records, 'fulfillment-orders') j;
  select array_agg(r) into v_won
    from unnest(p_records) r join unnest(v_verdicts) v on v.n = r.n where v.outcome = 'applied';
  update sales_order o
     set fo_updated_at = w.updated_at, fo_observed_at = w.observed_at, fo_body_hash = w.body_hash
    from unnest(v_won) w where o.shop = w.shop and o.order_id = w.order_id;

  insert into fulfillment_order as f (shop, fulfillment_order_id, order_id, location_id, status, request_status,
                                      supported_actions, updated_at)
  select w.shop, x.fulfillment_order_id, w.order_id, x.location_id, x.status, x.request_status,
         array(select jsonb_array_elements_text(x.supported_actions)), x.updated_at
    from unnest(v_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'fulfillment_orders')
         x(fulfillment_order_id bigint, location_id bigint, status text, request_status text, supported_actions jsonb,
           updated_at timestamptz)
  on conflict (shop, fulfillment_order_id) do update
     set order_id = excluded.order_id, location_id = excluded.location_id, status = excluded.status,
         request_status = excluded.request_status, supported_actions = excluded.supported_actions,
         updated_at = excluded.updated_at;
  insert into fulfillment_order_line as f (shop, fulfillment_order_line_id, fulfillment_order_id, order_id, line_id,
                                           total, remaining)
  select w.shop, y.fulfillment_order_line_id, x.fulfillment_order_id, w.order_id, y.line_id, y.total_quantity,
         y.remaining_quantity
    from unnest(v_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'fulfillment_orders')
         x(fulfillment_order_id bigint, lines jsonb)
   cross join lateral jsonb_to_recordset(x.lines)
         y(fulfillment_order_line_id bigint, line_id bigint, total_quantity bigint, remaining_quantity bigint)
  on conflict (shop, fulfillment_order_line_id) do update
     set fulfillment_order_id = excluded.fulfillment_order_id, order_id = excluded.order_id, line_id = excluded.line_id,
         total = excluded.total, remaining = excluded.remaining;
  perform forget_fulfillment_orders(v_won);
  return query select * from unnest(v_verdicts);
end $$;

-- Fulfilment orders and lines that a new snapshot no longer shows: split, merged or moved away.
create function forget_fulfillment_orders(p_won order_record[]) returns void language plpgsql as $$
begin
  delete from fulfillment_order_line l
   using unnest(p_won) w
   where l.shop = w.shop and l.order_id = w.order_id
     and not exists (select from jsonb_to_recordset(w.body::jsonb->'fulfillment_orders') x(lines jsonb),
                                 jsonb_to_recordset(x.lines) y(fulfillment_order_line_id bigint)
                      where y.fulfillment_order_line_id = l.fulfillment_order_line_id);
  delete from fulfillment_order f
   using unnest(p_won) w
   where f.shop = w.shop and f.order_id = w.order_id
     and not exists (select from jsonb_to_recordset(w.body::jsonb->'fulfillment_orders') x(fulfillment_order_id bigint)
                      where x.fulfillment_order_id = f.fulfillment_order_id);
end $$;

-- Parcels, once by their name; settle_orders() counts their lines as soon as the order's lines are known.
create function apply_shipments(p_records order_record[], p_at timestamptz)
returns setof order_verdict language plpgsql as $$
declare
  v_new order_record[];
begin
  with ins as (
    insert into shipment as s (shop, order_id, parcel, facility, carrier, tracking_number, tracking_url, shipped_at,
                               applied_at)
    select distinct on (r.shop, r.order_id, r.source) r.shop, r.order_id, r.source, r.body::jsonb->>'facility',
           r.body::jsonb->>'carrier', r.body::jsonb->>'tracking_number', r.body::jsonb->>'tracking_url',
           (r.body::jsonb->>'shipped_at')::timestamptz, p_at
      from unnest(p_records) r where r.kind = 'shipment'
     order by r.shop, r.order_id, r.source, r.n
    on conflict do nothing
    returning s.shop, s.order_id, s.parcel
  )
  select array_agg(f) into v_new
    from (select distinct on (r.shop, r.order_id, r.source) r.*
            from unnest(p_records) r
            join ins on ins.shop = r.shop and ins.order_id = r.order_id and ins.parcel = r.source
           where r.kind = 'shipment'
           order by r.shop, r.order_id, r.source, r.n) f;
  insert into shipment_line (shop, order_id, parcel, line_id, sku, quantity)
  select r.shop, r.order_id, r.source, coalesce(x.line_id, -x.place), max(x.sku), sum(x.quantity)
    from unnest(v_new) r
   cross join lateral rows from (jsonb_to_recordset(r.body::jsonb->'lines')
                                 as (line_id bigint, sku text, quantity bigint))
         with ordinality x(line_id, sku, quantity, place)
   group by 1, 2, 3, 4;
  return query
  select r.n, case when w.n is null then 'duplicate' else 'applied' end, false, null::text
    from unnest(p_records) r left join unnest(v_new) w on w.n = r.n
   where r.kind = 'shipment';
end $$;

-- Orders with a snapshot that could not be applied although it is newer: neither router nor writer may act on what
-- is known of them, and the watermark stays below.
create function block_orders(p_records order_record[], p_at timestamptz) returns void language plpgsql as $$
begin
  update sales_order o
     set blocked_reason = b.body, blocked_at = p_at, blocked_updated_at = b.updated_at,
         blocked_observed_at = b.observed_at
    from (select distinct on (r.shop, r.order_id) r.* from unnest(p_records) r where r.kind = 'block'
           order by r.shop, r.order_id, r.updated_at desc nulls first, r.observed_at desc, r.n desc) b
   where o.shop = b.shop and o.order_id = b.order_id
     and (o.updated_at is null or b.updated_at is null
          or (b.updated_at, b.observed_at) > (o.updated_at, o.observed_at))
     and (o.blocked_reason is null or b.updated_at is null
          or (b.updated_at, b.observed_at) >= (o.blocked_updated_at, o.blocked_observed_at));
end $$;

-- The facts that stored snapshots show: what was done to each line, each with an id of its own.
-- A refund without restock is a drop only for the part that had not been fulfilled: by ascending id, as much as the
-- line lacks. Should a later snapshot show more, the difference is a fact as well.
create function order_facts(p_shops text[], p_orders bigint[])
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
     where f.status in ('success', 'cancelled')
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
            from fulfilled where status = 'cancelled'
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

-- Lines whose cancelled units are not what the snapshot leaves over; a line that it does not show at all is gone.
create function missing_units(p_shops text[], p_orders bigint[])
returns table (shop text, order_id bigint, line_id bigint, location_id bigint, gone bigint, cancelled bigint)
language sql stable as $$
  select l.shop, l.order_id, l.line_id, l.location_id, k.gone, l.cancelled
    from snapshot_lines(p_shops, p_orders) x
    join sales_order_line l on l.shop = x.shop and l.order_id = x.order_id and l.line_id = x.line_id
   cross join lateral (select greatest(0, l.quantity - x.unfilled - x.net - x.underway) as gone) k
   where k.gone <> l.cancelled
  union all
  select l.shop, l.order_id, l.line_id, l.location_id, l.quantity, l.cancelled
    from unnest(p_shops, p_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
    join sales_order_line l on l.shop = o.shop and l.order_id = o.order_id
   where l.current_quantity = 0 and l.cancelled <> l.quantity
     and not o.body->'lines' @> jsonb_build_array(jsonb_build_object('line_id', l.line_id))
$$;

-- Records the facts of stored snapshots, then what is missing from lines without any that explains it (an edit
-- down): cancelled is always what the newest snapshot leaves neither open nor fulfilled. Units may be taken back
-- (negative) when a later snapshot explains them. Returns the facts that were new.
create function record_order_facts(p_shops text[], p_orders bigint[], p_at timestamptz)
returns table (shop text, fact_id text, item_id bigint) language plpgsql as $$
#variable_conflict use_column
declare
  s text;
  v_shops text[];                           -- the orders of one shop: s, s, ..
  v_orders bigint[];
begin
  foreach s in array array(select distinct unnest(p_shops) order by 1) loop
    select array_agg(u.shop), array_agg(u.order_id) into v_shops, v_orders
      from unnest(p_shops, p_orders) u(shop, order_id) where u.shop = s;
    return query
    select s, r.fact_id, r.item_id
      from (select array_agg(f.fact_id) ids, array_agg(f.order_id) os, array_agg(f.line_id) ls,
                   array_agg(f.location_id) locs, array_agg(f.fulfillment_id) fs, array_agg(f.kind) ks,
                   array_agg(f.units) us, array_agg(f.at) ats, array_agg(f.tracking) ts
              from order_facts(v_shops, v_orders) f) a,
           record_facts(s, a.ids, a.os, a.ls, a.locs, a.fs, a.ks, a.us, a.ats, a.ts, p_at) r
     where a.ids is not null;
    return query
    select s, r.fact_id, r.item_id
      from (select array_agg('gone/' || g.line_id || '/' || g.gone || '@' || v.version) ids,
                   array_agg(g.order_id) os, array_agg(g.line_id) ls, array_agg(g.location_id) locs,
                   array_agg(g.gone - g.cancelled) us, array_agg(o.updated_at) ats
              from missing_units(v_shops, v_orders) g
              join sales_order o on o.shop = g.shop and o.order_id = g.order_id
             cross join lateral (select (extract(epoch from o.updated_at) * 1000000)::bigint || '/'
                                        || (extract(epoch from o.observed_at) * 1000000)::bigint as version) v) a,
           record_facts(s, a.ids, a.os, a.ls, a.locs, array_fill(null::bigint, array[cardinality(a.ids)]),
                        array_fill('cancel'::text, array[cardinality(a.ids)]), a.us, a.ats,
                        array_fill(null::text, array[cardinality(a.ids)]), p_at) r
     where a.ids is not null;
  end loop;
end $$;
