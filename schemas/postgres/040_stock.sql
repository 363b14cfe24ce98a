-- Stock: an append-only ledger per item, folded to on-hand per item and facility.

create table stock (
  item_id      bigint not null,
  facility     text not null,               -- kept even when the facility is not known yet
  on_hand      bigint not null default 0,   -- latest count by its as-of time + movements after it
  reserved     bigint not null default 0,   -- allocated and not yet issued
  safety_stock bigint not null default 0,   -- copied from the facility's policy
  usable       bigint not null generated always as (greatest(0, on_hand - reserved - safety_stock)) stored,
  shortage     bigint not null generated always as (greatest(0, reserved - on_hand)) stored,
  count_as_of  timestamptz,                 -- of the count that on_hand starts from
  count_source text,
  count_event  text,
  as_of        timestamptz not null,        -- of the newest entry
  primary key (item_id, facility)
) partition by hash (item_id);

-- Every movement and count that was ever accepted; the key makes each count once.
create table stock_entry (
  item_id     bigint not null,
  source      text not null,                -- 'wms-1', 'shipment', 'shopify-fulfillment'
  event_id    text not null,
  facility    text not null,
  kind        text not null check (kind in ('movement', 'count')),
  quantity    bigint not null,              -- a delta, or an absolute number
  as_of       timestamptz not null,
  reference   text,                         -- 'acme/5123456789' for a parcel of an order
  recorded_at timestamptz not null,
  primary key (item_id, source, event_id)
) partition by hash (item_id);

do $$
begin
  for i in 0..7 loop
    execute format('create table stock_%s partition of stock for values with (modulus 8, remainder %s)
                    with (fillfactor = 70)', i, i);
    execute format('create table stock_entry_%s partition of stock_entry for values with (modulus 8, remainder %s)',
                   i, i);
  end loop;
end $$;
create index stock_entry_fold on stock_entry (item_id, facility, as_of);

-- Items whose promise must be computed again. gen grows, so that a change during a computation is not lost.
create table dirty_item (
  item_id bigint primary key,
  gen     bigint not null default 1,
  reason  text not null,
  since   timestamptz not null
) with (fillfactor = 70);

create function mark_dirty(p_items bigint[], p_reason text, p_at timestamptz) returns void language plpgsql as $$
begin
  insert into dirty_item as d (item_id, reason, since)
  select i, p_reason, p_at from (select distinct unnest(p_items) i order by 1) s where i is not null
  on conflict (item_id) do update set gen = d.gen + 1, reason = excluded.reason;
end $$;

create function lock_present_stock(p_items bigint[], p_facilities text[]) returns void language plpgsql as $$
begin
  perform from stock s
    join (select distinct i, f from unnest(p_items, p_facilities) u(i, f)) p on s.item_id = p.i and s.facility = p.f
   order by s.item_id, s.facility for update of s;
end $$;

-- Locks the stock rows of the pairs, in one order, making those that are missing: once their facilities are locked, so
-- that the safety stock they copy is not just being changed, and once the rows that exist are, so that nobody who waits
-- for one of those keeps others waiting for a row that is not there yet.
create function lock_stock(p_items bigint[], p_facilities text[], p_at timestamptz)
returns void language plpgsql as $$
begin
  if exists (select from unnest(p_items, p_facilities) p(i, f)
              where not exists (select from stock s where s.item_id = p.i and s.facility = p.f)) then
    perform from facility fa where fa.facility = any (p_facilities) order by fa.facility for share;
    perform lock_present_stock(p_items, p_facilities);
    insert into stock (item_id, facility, safety_stock, as_of)
    select i, f, coalesce(fa.safety_stock, 0), p_at
      from (select distinct i, f from unnest(p_items, p_facilities) u(i, f)) p
      left join facility fa on fa.facility = p.f
     where not exists (select from stock s where s.item_id = p.i and s.facility = p.f)
     order by i, f
    on conflict do nothing;
  end if;
  perform lock_present_stock(p_items, p_facilities);
end $$;

-- Appends entries and folds them. A count includes every movement up to and including its as-of time; of two counts
-- the later as-of wins (then source, then event id), whatever order they arrive in.
-- Returns one row per entry: whether it was new, and whether it changed what may be promised. The caller marks dirty.
-- Three statements on purpose: lock, insert, fold each see what the one before has done. No statement joins two lists
-- of the batch: with a kept plan that would be a loop in a loop.
create function record_stock(p_items bigint[], p_facilities text[], p_sources text[], p_events text[], p_kinds text[],
                             p_quantities bigint[], p_as_of timestamptz[], p_references text[], p_at timestamptz)
returns table (ordinal bigint, is_new boolean, usable_changed boolean) language plpgsql as $$
declare
  v_new boolean[];                          -- by place in the batch
begin
  perform lock_stock(p_items, p_facilities, p_at);

  with u as (
    select * from unnest(p_items, p_facilities, p_sources, p_events, p_kinds, p_quantities, p_as_of, p_references)
      with ordinality u(item_id, facility, source, event_id, kind, quantity, as_of, reference, n)
  ), ins as (
    insert into stock_entry (item_id, source, event_id, facility, kind, quantity, as_of, reference, recorded_at)
    select distinct on (item_id, source, event_id)
           item_id, source, event_id, facility, kind, quantity, as_of, reference, p_at
      from u order by item_id, source, event_id, n
    on conflict do nothing
    returning stock_entry.item_id, stock_entry.source, stock_entry.event_id
  ), both_lists as (
    select item_id, source, event_id, n from u
    union all select item_id, source, event_id, null from ins
  ), judged as (
    select n, bool_or(n is null) over key and row_number() over (key order by n nulls last) = 1 as fresh
      from both_lists
    window key as (partition by item_id, source, event_id)
  )
  select array_agg(j.fresh order by j.n) into v_new from judged j where j.n is not null;

  return query
  with e as (
    select u.item_id, u.facility, u.source, u.event_id, u.quantity, u.as_of, u.n, s.on_hand, s.usable, s.shortage,
           u.kind = 'movement' and (s.count_as_of is null or u.as_of > s.count_as_of) as moves,
           u.kind = 'count' and (s.count_as_of is null or (u.as_of, u.source, u.event_id)
                                                        > (s.count_as_of, s.count_source, s.count_event)) as counts
      from unnest(p_items, p_facilities, p_sources, p_events, p_kinds, p_quantities, p_as_of, v_new)
           with ordinality u(item_id, facility, source, event_id, kind, quantity, as_of, fresh, n)
      join stock s on s.item_id = u.item_id and s.facility = u.facility
     where u.fresh
  ), pair as (
    select e.item_id, e.facility, array_agg(e.n) as places, max(e.as_of) as as_of, min(e.on_hand) as on_hand,
           min(e.usable) as usable, min(e.shortage) as shortage,
           coalesce(sum(e.quantity) filter (where e.moves), 0) as moved,
           (array_agg(e.quantity order by e.as_of desc, e.source desc, e.event_id desc) filter (where e.counts))[1]
             as counted,
           (array_agg(e.as_of order by e.as_of desc, e.source desc, e.event_id desc) filter (where e.counts))[1]
             as count_as_of,
           (array_agg(e.source order by e.as_of desc, e.source desc, e.event_id desc) filter (where e.counts))[1]
             as count_source,
           (array_agg(e.event_id order by e.as_of desc, e.source desc, e.event_id desc) filter (where e.counts))[1]
             as count_event
      from e group by e.item_id, e.facility
  ), folded as (
    select p.*, case when p.counted is null then p.on_hand + p.moved
                     else p.counted + coalesce((select sum(x.quantity) from stock_entry x
                                                 where x.item_id = p.item_id and x.facility = p.facility
                                                   and x.kind = 'movement' and x.as_of > p.count_as_of), 0)
                end::bigint as result
      from pair p
  ), upd as (
    update stock s
       set on_hand = f.result, as_of = greatest(s.as_of, f.as_of),
           count_as_of = coalesce(f.count_as_of, s.count_as_of),
           count_source = coalesce(f.count_source, s.count_source),
           count_event = coalesce(f.count_event, s.count_event)
      from folded f
     where s.item_id = f.item_id and s.facility = f.facility
    returning f.places, s.usable <> f.usable or s.shortage <> f.shortage as changed
  )
  select n, true, upd.changed from upd cross join lateral unnest(upd.places) n
  union all
  select u.n, false, false from unnest(v_new) with ordinality u(fresh, n) where not u.fresh;
end $$;

-- Moves the reservation of pairs whose rows the caller has locked (lock_stock).
create function reserve_stock(p_items bigint[], p_facilities text[], p_deltas bigint[])
returns void language plpgsql as $$
begin
  update stock s set reserved = s.reserved + d.delta
    from (select i, f, sum(q) as delta from unnest(p_items, p_facilities, p_deltas) u(i, f, q) group by 1, 2) d
   where s.item_id = d.i and s.facility = d.f and d.delta <> 0;
end $$;
