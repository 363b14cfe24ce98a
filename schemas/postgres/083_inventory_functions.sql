-- How movements, counts and settings become stock: what inventory-state calls, once per batch.
--
-- Locks, in the order of the whole tree: stock → route queue → dirty items → exceptions.

-- Orders that wait for any of the items, the oldest first. More than the limit wait for their own next turn in the
-- route queue: one delivery of a hot item must not wake a hundred thousand orders at once.
create function orders_waiting_for(p_items bigint[], p_limit int)
returns table (shop text, order_id bigint) language sql stable as $$
  select distinct l.shop, l.order_id
    from (select distinct unnest(p_items) as item_id) i
   cross join lateral (select s.shop, s.order_id
                         from sales_order_line s
                        where s.item_id = i.item_id and s.unallocated > 0
                        order by s.order_id limit p_limit) l
$$;

create function wake_orders(p_items bigint[], p_reason text, p_at timestamptz) returns void language plpgsql as $$
declare
  v_shops text[];
  v_orders bigint[];
begin
  select array_agg(w.shop), array_agg(w.order_id) into v_shops, v_orders from orders_waiting_for(p_items, 1000) w;
  if v_shops is not null then
    perform enqueue_route(v_shops, v_orders, p_reason, p_at);
  end if;
end $$;

-- Facilities and shops whose settings changed: safety stock follows, their items are promised anew, orders that wait
-- for these items get another try. Takes the locks of entries that follow in the same batch along.
create function lock_touched(p_facilities text[], p_entry_items bigint[], p_entry_facilities text[], p_at timestamptz)
returns void language plpgsql as $$
begin
  perform lock_stock(array_agg(p.i), array_agg(p.f), p_at)
     from (select s.item_id as i, s.facility as f from stock s where s.facility = any (p_facilities)
           union
           select * from unnest(p_entry_items, p_entry_facilities)) p
   having count(*) > 0;
  update stock s set safety_stock = f.safety_stock
    from facility f
   where f.facility = any (p_facilities) and s.facility = f.facility and s.safety_stock <> f.safety_stock;
end $$;

create function touched_items(p_facilities text[], p_shops text[]) returns bigint[] language sql stable as $$
  select coalesce(array_agg(t.item_id), '{}')
    from (select s.item_id from stock s where s.facility = any (p_facilities)
          union
          select v.item_id from variant v where v.shop = any (p_shops) and v.linked and v.deleted_at is null) t
$$;

-- What is kept although something is missing, and said aloud until it arrives.
create function report_unknown(p_items text[], p_facilities text[], p_sources text[], p_at timestamptz)
returns void language plpgsql as $$
begin
  perform open_exceptions('unknown_facility', array_agg(u.f), array_agg(format(
            '%s books stock at %s, which no setting describes: add the facility and run millrace config apply',
            u.s, u.f)), p_at)
     from (select distinct on (f) f, s from unnest(p_facilities, p_sources) u(f, s) order by f, s) u
    where not exists (select from facility x where x.facility = u.f)
   having count(*) > 0;
  perform open_exceptions('unknown_item', array_agg(u.i), array_agg(format(
            '%s books stock of %s, which no product has: create the product, or correct the SKU there', u.s, u.i)), p_at)
     from (select distinct on (i) i, s from unnest(p_items, p_sources) u(i, s) order by i, s) u
    where not exists (select from item x join variant v on v.item_id = x.item_id where x.item = u.i)
   having count(*) > 0;
end $$;

-- Says which of the pairs are oversold now, and which no longer are. Only pairs that look like it are looked at closely.
create function judge_pairs(p_items bigint[], p_facilities text[], p_at timestamptz)
returns void language plpgsql as $$
begin
  perform judge_oversold(array_agg(s.item_id), array_agg(s.facility), p_at)
    from (select distinct i, f from unnest(p_items, p_facilities) u(i, f)) u
    join stock s on s.item_id = u.i and s.facility = u.f
    join item i on i.item_id = s.item_id
   where s.on_hand < 0 or s.shortage > 0
      or exists (select from exception_case x
                  where x.kind = 'oversold' and x.subject = i.item || '/' || s.facility and x.closed_at is null)
  having count(*) > 0;
end $$;

-- Folds a batch of entries, in their order, and settles what the batch's settings touched. Rows are always found by
-- key, whatever the statistics of a young table may say; plans are made for the size of the batch, which varies much.
-- Returns one row per entry: false when it was known already.
create function fold_stock(p_items text[], p_facilities text[], p_sources text[], p_events text[], p_kinds text[],
                           p_quantities bigint[], p_as_of timestamptz[], p_touched_facilities text[],
                           p_touched_shops text[], p_at timestamptz)
returns table (ordinal bigint, is_new boolean) language plpgsql
set enable_seqscan = off set jit = off as $$
declare
  v_ids bigint[];
  v_new boolean[];
  v_changed bigint[];
  v_raised bigint[];
  v_touched bigint[] := '{}';
begin
  perform ensure_items(p_items, p_at);
  select array_agg(i.item_id order by u.n) into v_ids
    from unnest(p_items) with ordinality u(item, n) join item i on i.item = u.item;
  if cardinality(p_touched_facilities) > 0 or cardinality(p_touched_shops) > 0 then
    perform lock_touched(p_touched_facilities, v_ids, p_facilities, p_at);
    v_touched := touched_items(p_touched_facilities, p_touched_shops);
  end if;

  select array_agg(r.is_new order by r.ordinal),
         array_agg(v_ids[r.ordinal]) filter (where r.usable_changed),
         array_agg(v_ids[r.ordinal]) filter (where r.usable_changed
                                                   and (p_kinds[r.ordinal] = 'count' or p_quantities[r.ordinal] > 0))
    into v_new, v_changed, v_raised
    from record_stock(v_ids, p_facilities, p_sources, p_events, p_kinds, p_quantities, p_as_of,
                      array_fill(null::text, array[cardinality(p_items)]), p_at) r;

  perform wake_orders(v_raised || v_touched, 'stock arrived', p_at);
  perform mark_dirty(v_changed || v_touched, case when v_touched = '{}' then 'stock moved' else 'settings changed' end,
                     p_at);
  perform judge_pairs(array_agg(v_ids[u.n]), array_agg(u.f), p_at)
     from unnest(p_facilities) with ordinality u(f, n) where v_ids[u.n] = any (v_changed)
   having count(*) > 0;
  perform report_unknown(array_agg(u.i), array_agg(u.f), array_agg(u.s), p_at)
     from unnest(p_items, p_facilities, p_sources, v_new) u(i, f, s, fresh) where u.fresh
   having count(*) > 0;
  perform close_exceptions('unknown_facility', array_agg(f.facility), p_at)
     from facility f where f.facility = any (p_touched_facilities)
   having count(*) > 0;
  return query select u.n, u.fresh from unnest(v_new) with ordinality u(fresh, n);
end $$;

-- One channel as a setting describes it, with exactly these facilities. A shop has one active aggregate channel.
-- Returns whether anything changed, the facilities that were or are its own, and why it was refused (else null).
create function apply_channel(p_shop text, p_location bigint, p_active boolean, p_threshold bigint,
                              p_facilities text[], p_at timestamptz)
returns table (changed boolean, touched text[], refused text) language plpgsql as $$
declare
  v_other bigint;
  v_before text[];
  v_wanted text[];
  v_changed boolean;
begin
  select c.location_id into v_other from channel c
   where p_active and c.shop = p_shop and c.active and c.mode = 'aggregate' and c.location_id <> p_location;
  if v_other is not null then
    return query select false, '{}'::text[], format(
      'shop %s already shows its promise at location %s: deactivate that channel first', p_shop, v_other);
    return;
  end if;
  select coalesce(array_agg(f.facility order by f.facility collate "C"), '{}') into v_before from channel_facility f
   where f.shop = p_shop and f.location_id = p_location;
  select coalesce(array_agg(distinct w collate "C"), '{}') into v_wanted from unnest(p_facilities) w;

  insert into channel as c (shop, location_id, mode, threshold, active, updated_at)
  values (p_shop, p_location, 'aggregate', p_threshold, p_active, p_at)
  on conflict (shop, location_id) do update
     set threshold = excluded.threshold, active = excluded.active, updated_at = excluded.updated_at
   where (c.threshold, c.active) is distinct from (excluded.threshold, excluded.active);
  v_changed := found or v_before <> v_wanted;
  if v_before <> v_wanted then
    delete from channel_facility f
     where f.shop = p_shop and f.location_id = p_location and f.facility <> all (v_wanted);
    insert into channel_facility (shop, location_id, facility)
    select p_shop, p_location, w from unnest(v_wanted) w order by w
    on conflict do nothing;
  end if;
  return query select v_changed, v_before || v_wanted, null::text;
end $$;
