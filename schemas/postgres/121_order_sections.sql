-- How the tables of 120 follow from facts. apply_order_records() folds a batch as before, then takes from the snapshots that
-- were applied what people want to see, and says whose business the orders are. All set-based, and only for orders of which
-- something is to be said: a new order without refunds costs one look at its text.

-- As before; the snapshot of an order's returns has a version of its own.
create or replace function judge_snapshots(p_records order_record[], p_kind text)
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
                 select case p_kind when 'order' then o.updated_at when 'returns' then o.ret_updated_at
                                    else o.fo_updated_at end as have_updated,
                        case p_kind when 'order' then o.observed_at when 'returns' then o.ret_observed_at
                                    else o.fo_observed_at end as have_observed,
                        case p_kind when 'order' then o.body_hash when 'returns' then o.ret_body_hash
                                    else o.fo_body_hash end as have_hash) h
           where r.kind = p_kind) r;
end $$;

-- Refunds of snapshots of orders that were applied.
create function write_refunds(p_won order_record[]) returns void language plpgsql as $$
declare
  v_won order_record[];
begin
  -- in our canonical text a quote within a string is escaped, so this is the key itself
  v_won := array(select w from unnest(p_won) w
                  where strpos(w.body, '"refunds":[]') = 0
                     or exists (select from order_refund r where r.shop = w.shop and r.order_id = w.order_id));
  if cardinality(v_won) = 0 then
    return;
  end if;
  delete from order_refund_payment t using unnest(v_won) w where t.shop = w.shop and t.order_id = w.order_id;
  delete from order_refund_line t using unnest(v_won) w where t.shop = w.shop and t.order_id = w.order_id;
  delete from order_refund t using unnest(v_won) w where t.shop = w.shop and t.order_id = w.order_id;
  insert into order_refund (shop, order_id, refund_id, return_id, created_at, processed_at, note, shipping,
                            shipping_presentment, adjustment, adjustment_presentment)
  select w.shop, w.order_id, r.refund_id, r.return_id, r.created_at, r.processed_at, r.note, s.shop_money, s.presentment,
         a.shop_money, a.presentment
    from unnest(v_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'refunds')
         r(refund_id bigint, return_id bigint, created_at timestamptz, processed_at timestamptz, note text, shipping jsonb,
           adjustments jsonb)
   cross join lateral (
         select coalesce(sum((x.subtotal->>'shop')::numeric + (x.tax->>'shop')::numeric), 0) as shop_money,
                coalesce(sum((x.subtotal->>'presentment')::numeric + (x.tax->>'presentment')::numeric), 0) as presentment
           from jsonb_to_recordset(r.shipping) x(subtotal jsonb, tax jsonb)) s
   cross join lateral (
         select coalesce(sum((x.amount->>'shop')::numeric + (x.tax->>'shop')::numeric), 0) as shop_money,
                coalesce(sum((x.amount->>'presentment')::numeric + (x.tax->>'presentment')::numeric), 0) as presentment
           from jsonb_to_recordset(r.adjustments) x(amount jsonb, tax jsonb)) a;
  insert into order_refund_line (shop, order_id, refund_line_id, refund_id, line_id, quantity, restock_type, location_id,
                                 subtotal, subtotal_presentment, tax, tax_presentment)
  select w.shop, w.order_id, x.refund_line_id, r.refund_id, x.line_id, x.quantity, x.restock_type, x.location_id,
         (x.subtotal->>'shop')::numeric, (x.subtotal->>'presentment')::numeric, (x.tax->>'shop')::numeric,
         (x.tax->>'presentment')::numeric
    from unnest(v_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'refunds') r(refund_id bigint, lines jsonb)
   cross join lateral jsonb_to_recordset(r.lines)
         x(refund_line_id bigint, line_id bigint, quantity bigint, restock_type text, location_id bigint, subtotal jsonb,
           tax jsonb);
  insert into order_refund_payment (shop, order_id, transaction_id, refund_id, kind, status, gateway)
  select distinct on (w.shop, w.order_id, x.transaction_id)
         w.shop, w.order_id, x.transaction_id, r.refund_id, x.kind, x.status, x.gateway
    from unnest(v_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'refunds') r(refund_id bigint, transactions jsonb)
   cross join lateral jsonb_to_recordset(r.transactions) x(transaction_id bigint, kind text, status text, gateway text)
   order by w.shop, w.order_id, x.transaction_id, r.refund_id;
end $$;

-- What fulfilment orders' snapshots that were applied say beside the fulfilment orders: how units reach the buyer, payments,
-- risk, the state of returns. Facts of older publishers lack some of it; then it is unknown.
create function write_reads(p_won order_record[]) returns void language plpgsql as $$
begin
  update sales_order o
     set delivery = d.methods, return_status = w.body::jsonb->>'return_status', edited = (w.body::jsonb->>'edited')::boolean,
         channel = w.body::jsonb->'channel'->>'handle', risk_recommendation = w.body::jsonb->'risk'->>'recommendation'
    from unnest(p_won) w
   cross join lateral (
         select array_agg(distinct coalesce(f.delivery->>'method', f.delivery_method)
                          order by coalesce(f.delivery->>'method', f.delivery_method)) as methods
           from jsonb_to_recordset(w.body::jsonb->'fulfillment_orders') f(delivery jsonb, delivery_method text)
          where coalesce(f.delivery->>'method', f.delivery_method) is not null) d
   where o.shop = w.shop and o.order_id = w.order_id;
  delete from order_transaction t using unnest(p_won) w where t.shop = w.shop and t.order_id = w.order_id;
  insert into order_transaction (shop, order_id, transaction_id, parent_id, kind, status, gateway, card_company, error_code,
                                 amount, amount_presentment, test, created_at, processed_at)
  select w.shop, w.order_id, x.transaction_id, x.parent_id, x.kind, x.status, x.gateway, x.card_company, x.error_code,
         (x.amount->>'shop')::numeric, (x.amount->>'presentment')::numeric, coalesce(x.test, false), x.created_at,
         x.processed_at
    from unnest(p_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'transactions')
         x(transaction_id bigint, parent_id bigint, kind text, status text, gateway text, card_company text,
           error_code text, amount jsonb, test boolean, created_at timestamptz, processed_at timestamptz);
  delete from order_risk t using unnest(p_won) w where t.shop = w.shop and t.order_id = w.order_id;
  insert into order_risk (shop, order_id, place, level, facts)
  select w.shop, w.order_id, x.place, x.assessment->>'level', coalesce(x.assessment->'facts', '[]')
    from unnest(p_won) w
   cross join lateral jsonb_array_elements(coalesce(nullif(w.body::jsonb->'risk'->'assessments', 'null'), '[]'))
         with ordinality x(assessment, place);
end $$;

-- Snapshots of all returns of an order.
create function apply_returns(p_records order_record[]) returns setof order_verdict language plpgsql as $$
declare
  v_verdicts order_verdict[];
  v_won order_record[];
begin
  select array_agg(j) into v_verdicts from judge_snapshots(p_records, 'returns') j;
  select array_agg(r) into v_won
    from unnest(p_records) r join unnest(v_verdicts) v on v.n = r.n where v.outcome = 'applied';
  if v_won is not null then
    update sales_order o
       set ret_updated_at = w.updated_at, ret_observed_at = w.observed_at, ret_body_hash = w.body_hash
      from unnest(v_won) w where o.shop = w.shop and o.order_id = w.order_id;
    perform write_returns(v_won);
    perform write_reverse_lines(v_won);
  end if;
  return query select * from unnest(v_verdicts);
end $$;

create function write_returns(p_won order_record[]) returns void language plpgsql as $$
begin
  delete from order_return t using unnest(p_won) w where t.shop = w.shop and t.order_id = w.order_id;
  delete from order_return_line t using unnest(p_won) w where t.shop = w.shop and t.order_id = w.order_id;
  delete from order_exchange_line t using unnest(p_won) w where t.shop = w.shop and t.order_id = w.order_id;
  insert into order_return (shop, order_id, return_id, name, status, created_at, approved_at, closed_at, decline_reason,
                            decline_note, total_quantity, refund_ids)
  select w.shop, w.order_id, r.return_id, r.name, r.status, r.created_at, r.approved_at, r.closed_at, r.decline_reason,
         r.decline_note, r.total_quantity,
         array(select x.refund_id from jsonb_to_recordset(r.refunds) x(refund_id bigint) order by 1)
    from unnest(p_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'returns')
         r(return_id bigint, name text, status text, created_at timestamptz, approved_at timestamptz, closed_at timestamptz,
           decline_reason text, decline_note text, total_quantity bigint, refunds jsonb);
  insert into order_return_line (shop, order_id, return_line_id, return_id, line_id, fulfillment_line_id, quantity,
                                 processed, refunded, reason, reason_name, reason_note, customer_note)
  select w.shop, w.order_id, x.return_line_id, r.return_id, x.line_id, x.fulfillment_line_id, x.quantity,
         x.processed_quantity, x.refunded_quantity, x.reason, x.reason_name, x.reason_note, x.customer_note
    from unnest(p_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'returns') r(return_id bigint, lines jsonb)
   cross join lateral jsonb_to_recordset(r.lines)
         x(return_line_id bigint, line_id bigint, fulfillment_line_id bigint, quantity bigint, processed_quantity bigint,
           refunded_quantity bigint, reason text, reason_name text, reason_note text, customer_note text);
  insert into order_exchange_line (shop, order_id, exchange_line_id, return_id, product_id, variant_id, sku, title,
                                   variant_title, quantity, processed, line_ids)
  select w.shop, w.order_id, x.exchange_line_id, r.return_id, x.product_id, x.variant_id, x.sku, x.title, x.variant_title,
         x.quantity, x.processed_quantity,
         array(select y.line_id from jsonb_to_recordset(x.lines) y(line_id bigint) order by 1)
    from unnest(p_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'returns') r(return_id bigint, exchange_lines jsonb)
   cross join lateral jsonb_to_recordset(r.exchange_lines)
         x(exchange_line_id bigint, product_id bigint, variant_id bigint, sku text, title text, variant_title text,
           quantity bigint, processed_quantity bigint, lines jsonb);
end $$;

create function write_reverse_lines(p_won order_record[]) returns void language plpgsql as $$
begin
  delete from order_reverse_line t using unnest(p_won) w where t.shop = w.shop and t.order_id = w.order_id;
  delete from order_disposition t using unnest(p_won) w where t.shop = w.shop and t.order_id = w.order_id;
  insert into order_reverse_line (shop, order_id, reverse_line_id, return_id, reverse_fulfillment_order_id, status, line_id,
                                  fulfillment_line_id, total)
  select w.shop, w.order_id, x.reverse_line_id, r.return_id, f.reverse_fulfillment_order_id, f.status, x.line_id,
         x.fulfillment_line_id, x.total_quantity
    from unnest(p_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'returns') r(return_id bigint, reverse_fulfillment_orders jsonb)
   cross join lateral jsonb_to_recordset(r.reverse_fulfillment_orders)
         f(reverse_fulfillment_order_id bigint, status text, lines jsonb)
   cross join lateral jsonb_to_recordset(f.lines)
         x(reverse_line_id bigint, line_id bigint, fulfillment_line_id bigint, total_quantity bigint);
  insert into order_disposition (shop, order_id, disposition_id, reverse_line_id, type, quantity, location_id, created_at)
  select w.shop, w.order_id, d.disposition_id, x.reverse_line_id, d.type, d.quantity, d.location_id, d.created_at
    from unnest(p_won) w
   cross join lateral jsonb_to_recordset(w.body::jsonb->'returns') r(reverse_fulfillment_orders jsonb)
   cross join lateral jsonb_to_recordset(r.reverse_fulfillment_orders) f(lines jsonb)
   cross join lateral jsonb_to_recordset(f.lines) x(reverse_line_id bigint, dispositions jsonb)
   cross join lateral jsonb_to_recordset(x.dispositions)
         d(disposition_id bigint, type text, quantity bigint, location_id bigint, created_at timestamptz);
end $$;

-- Orders whose topic says that they are no more (a tombstone): archived. What is known of them stays, nothing of it is
-- routed, and what Shopify still held open for them is a matter for people.
create function archive_orders(p_records order_record[], p_at timestamptz) returns setof order_verdict language plpgsql as $$
begin
  return query
  with gone as (
    update sales_order o set archived_at = p_at
      from (select distinct r.shop, r.order_id from unnest(p_records) r where r.kind = 'gone') r
     where o.shop = r.shop and o.order_id = r.order_id and o.archived_at is null
    returning o.shop, o.order_id
  )
  select r.n, case when g.shop is not null and row_number() over (partition by r.shop, r.order_id order by r.n) = 1
                   then 'applied' else 'duplicate' end, false, null::text
    from unnest(p_records) r left join gone g on g.shop = r.shop and g.order_id = r.order_id
   where r.kind = 'gone';
end $$;

-- Whose business the orders are, by their shop's launch and their topic's tombstones: lines of historical and of archived
-- orders ask for no facility. Returns the orders that others must hear of because that has changed.
-- One look finds the orders of which there is anything to say: of nearly all there is nothing.
create function judge_launch(p_shops text[], p_orders bigint[], out o_shops text[], out o_orders bigint[])
language plpgsql as $$
declare
  v_shops text[];
  v_orders bigint[];
begin
  select array_agg(o.shop), array_agg(o.order_id) into v_shops, v_orders
    from unnest(p_shops, p_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
   cross join lateral (select (select l.launch_at from shop_launch l where l.shop = o.shop) as at) l
   where o.historical or o.archived_at is not null or o.created_at < l.at;
  if v_shops is null then
    return;
  end if;
  update sales_order o set historical = not o.historical
    from (select distinct u.shop, u.order_id from unnest(v_shops, v_orders) u(shop, order_id)) u
   where o.shop = u.shop and o.order_id = u.order_id
     and o.historical <> coalesce(o.created_at < (select l.launch_at from shop_launch l where l.shop = o.shop), false);
  with waived as (
    update sales_order_line l set waived = not l.waived
      from (select distinct o.shop, o.order_id, o.historical or o.archived_at is not null as waived
              from unnest(v_shops, v_orders) u(shop, order_id)
              join sales_order o on o.shop = u.shop and o.order_id = u.order_id) k
     where l.shop = k.shop and l.order_id = k.order_id and l.waived <> k.waived
    returning l.shop, l.order_id
  )
  select array_agg(w.shop), array_agg(w.order_id) into o_shops, o_orders
    from (select distinct w.shop, w.order_id from waived w order by 1, 2) w;
end $$;

-- Who hears of orders that began or ceased to be ours: the router, those who promise, and people.
create function announce_launch(p_shops text[], p_orders bigint[], p_reason text, p_at timestamptz)
returns void language plpgsql as $$
begin
  perform queue_orders(p_shops, p_orders, null, p_reason, p_at);
  perform mark_dirty(array(select distinct l.item_id from unnest(p_shops, p_orders) u(shop, order_id)
                             join sales_order_line l on l.shop = u.shop and l.order_id = u.order_id
                            where l.item_id is not null), p_reason, p_at);
  perform judge_orders(p_shops, p_orders, p_at);
  perform open_exceptions('archived_order', array_agg(x.subject), array_agg(x.detail), p_at)
     from (select o.shop || '/' || o.order_id as subject,
                  coalesce(o.name, '') || ' was deleted while ' || sum(l.open) || ' unit(s) were open in Shopify' as detail
             from unnest(p_shops, p_orders) u(shop, order_id)
             join sales_order o on o.shop = u.shop and o.order_id = u.order_id and o.archived_at is not null
             join sales_order_line l on l.shop = o.shop and l.order_id = o.order_id
            group by o.shop, o.order_id, o.name having sum(l.open) > 0) x
   having count(*) > 0;
end $$;

-- All of the above for a batch that fold_order_records() has folded; the orders are locked.
create function apply_order_sections(p_records order_record[], p_verdicts order_verdict[], p_at timestamptz)
returns setof order_verdict language plpgsql as $$
declare
  v_more order_verdict[] := '{}';
  v_won order_record[];
  v_reads order_record[];
  v_told record;
begin
  select array_agg(r) filter (where r.kind = 'order'), array_agg(r) filter (where r.kind = 'fulfillment-orders')
    into v_won, v_reads
    from unnest(p_records) r
   where r.n = any (array(select v.n from unnest(p_verdicts) v where v.outcome = 'applied'));
  if v_won is not null then
    perform write_refunds(v_won);
  end if;
  if v_reads is not null then
    perform write_reads(v_reads);
  end if;
  if exists (select from unnest(p_records) r where r.kind = 'returns') then
    v_more := v_more || array(select v from apply_returns(p_records) v);
  end if;
  if exists (select from unnest(p_records) r where r.kind = 'gone') then
    v_more := v_more || array(select v from archive_orders(p_records, p_at) v);
  end if;
  select l.* into v_told
    from (select array_agg(r.shop) as shops, array_agg(r.order_id) as orders from unnest(p_records) r) k
   cross join lateral judge_launch(k.shops, k.orders) l;
  if v_told.o_shops is not null then
    perform announce_launch(v_told.o_shops, v_told.o_orders, 'launch', p_at);
  end if;
  return query select * from unnest(v_more);
end $$;

create function fold_all_records(p_records order_record[], p_at timestamptz)
returns setof order_verdict language plpgsql as $$
declare
  v_verdicts order_verdict[];
begin
  v_verdicts := array(select v from fold_order_records(p_records, p_at) v);
  return query select * from unnest(v_verdicts);
  return query select * from apply_order_sections(p_records, v_verdicts, p_at);
end $$;

-- As before, with everything that is said of orders.
create or replace function apply_order_records(p_kinds text[], p_shops text[], p_orders bigint[], p_updated timestamptz[],
                                               p_observed timestamptz[], p_hashes text[], p_sources text[],
                                               p_bodies text[], p_at timestamptz)
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
    return query select * from fold_all_records(v_records, p_at);
    return;
  end if;
  begin
    return query select * from fold_all_records(v_records, p_at);
  exception when data_exception or integrity_constraint_violation then
    -- Alone, and refused by the database: the record is a dead letter, and a snapshot blocks its order.
    get stacked diagnostics v_reason = message_text;
    if v_records[1].kind = 'order' then
      v_records[1].kind := 'block';
      v_records[1].body := v_reason;
      perform fold_all_records(v_records, p_at);
    end if;
    return query select 1::bigint, 'refused', false, v_reason;
  end;
end $$;

-- Says when a shop went, or goes, over to us. Orders follow by launch_orders().
create function set_launch(p_shop text, p_launch timestamptz) returns void language sql as $$
  insert into shop_launch as l (shop, launch_at) values (p_shop, p_launch)
  on conflict (shop) do update set launch_at = excluded.launch_at where l.launch_at <> excluded.launch_at
$$;

-- Brings orders that are known in line with their shop's launch, p_limit of them; returns how many. Until it returns 0.
create function launch_orders(p_shop text, p_limit int, p_at timestamptz) returns bigint language plpgsql
set plan_cache_mode = force_generic_plan set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
declare
  v_shops text[];
  v_orders bigint[];
  v_told record;
begin
  select array_agg(k.shop), array_agg(k.order_id) into v_shops, v_orders
    from (select o.shop, o.order_id from sales_order o join shop_launch l on l.shop = o.shop
           where o.shop = p_shop and o.created_at is not null and o.historical <> (o.created_at < l.launch_at)
           order by o.order_id limit p_limit) k;
  if v_shops is null then
    return 0;
  end if;
  perform lock_known_orders(v_shops, v_orders);
  select * into v_told from judge_launch(v_shops, v_orders);
  if v_told.o_shops is not null then
    perform announce_launch(v_told.o_shops, v_told.o_orders, 'launch', p_at);
  end if;
  return cardinality(v_shops);
end $$;
