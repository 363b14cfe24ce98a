-- The book: what we know of Shopify's on_hand, row by row (inventory item, location).
--
--     Shopify's on_hand = written + known + residual
--
-- known    sum of the on_hand effects of known facts, whoever tells us, each counted once by its Shopify id
-- written  what our own stock writes have brought it to
-- residual what the last read showed beyond the two, until it has been judged
--
-- order-state writes the order side of known, shopify-writer everything else.

-- One thing done in Shopify that moves on_hand or committed.
create table stock_fact (
  shop              text not null,
  fact_id           text not null,          -- 'fulfil/<fulfillment>/<line>', 'unfulfil/..', 'refund/<refund line>', ..
  order_id          bigint,
  line_id           bigint,
  variant_id        bigint,
  inventory_item_id bigint,                 -- null until the variant is known; then link_facts() counts it
  location_id       bigint,
  fulfillment_id    bigint,
  kind              text not null check (kind in ('fulfil', 'unfulfil', 'cancel', 'drop', 'restock', 'movement')),
  units             bigint not null,
  on_hand_effect    bigint not null,
  committed_effect  bigint not null,
  at                timestamptz not null,   -- Shopify's time of the effect
  tracking          text[] not null default '{}',
  attributed        boolean not null default false, -- its stock effect is settled: ours, or issued
  issued            bigint not null default 0,      -- units our ledger took from a shelf for it (staff fulfilled)
  issued_facility   text,
  issues            int not null default 0,         -- ledger movements made for it: the first, then corrections
  learnt_at         timestamptz not null,
  primary key (shop, fact_id)
);
create index stock_fact_order on stock_fact (shop, order_id);
create index stock_fact_unattributed on stock_fact (shop, order_id) where kind = 'fulfil' and not attributed;
create index stock_fact_unlinked on stock_fact (shop, variant_id) where inventory_item_id is null;
create index stock_fact_row on stock_fact (shop, inventory_item_id, location_id, at);

create table book_row (
  shop              text not null,
  inventory_item_id bigint not null,
  location_id       bigint not null,
  known             bigint not null default 0,
  written           bigint not null default 0,
  residual          bigint not null default 0,
  read_since        timestamptz,            -- the read behind the residual, until it is judged; Shopify's clock
  read_until        timestamptz,
  read_clean        boolean not null default false,
  read_due_at       timestamptz,            -- the writer reads the row (again) then; null: never
  judged            boolean not null default false, -- closed until a first read has been judged
  reread            boolean not null default false, -- the last compare failed: read before anything else
  request_key       uuid,                   -- in flight: persisted before it is sent, one at a time
  request_quantity  bigint,
  request_change_from bigint,
  last_write_at     timestamptz,            -- Shopify's time of our last effect, or of the last answer
  record_version    bigint not null default 0, -- the newest `atp` record
  record_level_min  bigint,
  record_level_max  bigint,
  record_promise    bigint,
  record_watermark  timestamptz,
  record_at         timestamptz,
  due_at            timestamptz,            -- the writer decides about the row again then; null: nothing to do
  attempts          int not null default 0, -- stale or refused answers since the last success
  refused           text,                   -- why Shopify refuses this row; cleared by the next success
  observed_quantity bigint,                 -- what was last reported instead of being sent (mode observe)
  primary key (shop, inventory_item_id, location_id)
) with (fillfactor = 60);
create index book_row_due on book_row (shop, due_at) where due_at is not null and request_key is null;
create index book_row_read_due on book_row (shop, read_due_at) where read_due_at is not null and request_key is null;
create index book_row_request on book_row (request_key) where request_key is not null;
create index book_row_read on book_row (shop, read_until) where read_until is not null;

-- One call of inventorySetQuantities: the exact body and key, repeated unchanged after a crash or silence.
create table stock_request (
  request_key uuid primary key,
  shop        text not null,
  location_id bigint not null,
  body        text not null,
  n_rows      int not null,
  owner       text not null,                -- the slot that sends it
  created_at  timestamptz not null,         -- before it was first sent: bounds the age of the key
  due_at      timestamptz not null,         -- sent again then, if it is still unanswered
  attempts    int not null default 0,
  answered_at timestamptz,
  outcome     text
);
create index stock_request_due on stock_request (shop, due_at) where answered_at is null;
create index stock_request_answered on stock_request (shop, answered_at) where answered_at is not null;

-- A fulfilment we must make exist: wanted, intended, done or refused.
create table parcel_write (
  shop            text not null,
  order_id        bigint not null,
  parcel          text not null,
  desired         jsonb not null,           -- the parcel as topic `fulfillments` has it: lines, carrier, tracking
  version         bigint not null,
  state           text not null default 'wanted' check (state in ('wanted', 'intent', 'done', 'refused')),
  due_at          timestamptz,              -- the writer looks at it again then
  attempts        int not null default 0,
  refusals        int not null default 0,   -- user errors since the last fulfilment
  gone_at         timestamptz,              -- when a read first showed too few open units
  before_ids      bigint[] not null default '{}', -- the order's fulfilments just before the intent
  part            jsonb,                    -- {"line id": units} of the intent
  request_body    text,
  claim_owner     text,
  claim_until     timestamptz,              -- nobody else acts before it; outlives the call's time-out
  covered         jsonb not null default '{}', -- {"line id": units} that recorded fulfilments cover
  fulfillment_id  bigint,                   -- of the newest of them
  fulfillment_ids bigint[] not null default '{}', -- a parcel of several locations needs several
  observed_at     timestamptz,              -- reported instead of being sent (mode observe or atp)
  last_error      text,
  done_at         timestamptz,
  primary key (shop, order_id, parcel)
);
create index parcel_write_due on parcel_write (shop, due_at) where state in ('wanted', 'intent');
create index parcel_write_fulfillment on parcel_write (shop, fulfillment_id) where fulfillment_id is not null;

-- What was sent to Shopify and what came back, until it is on topic `shopify-writes`: written in the transaction that
-- records the answer, deleted when Kafka has acknowledged it.
create table write_report (
  report_id         bigint generated always as identity primary key,
  shop              text not null,
  cause             text not null,          -- key of the record that asked for it
  effect            text not null check (effect in ('stock', 'fulfillment')),
  outcome           text not null,
  message           text,
  request_key       text,
  inventory_item_id bigint,
  location_id       bigint,
  quantity          bigint,
  change_from       bigint,
  order_id          bigint,
  parcel            text,
  fulfillment_id    bigint,
  at                timestamptz not null
);

-- Moves known (and an unjudged residual) of the rows that facts touch. By time, never by sign or size: a fact from
-- before the read was in it, one from after it was not, and one from between makes the read unfit for judgement.
create function book_facts(p_shop text, p_inventory_items bigint[], p_locations bigint[], p_effects bigint[],
                           p_ats timestamptz[])
returns void language plpgsql as $$
begin
  insert into book_row (shop, inventory_item_id, location_id)
  select distinct p_shop, i, l from unnest(p_inventory_items, p_locations) u(i, l)
   where i is not null and l is not null
   order by i, l
  on conflict do nothing;
  perform from book_row b
   where b.shop = p_shop
     and (b.inventory_item_id, b.location_id) in (select * from unnest(p_inventory_items, p_locations))
   order by b.inventory_item_id, b.location_id for update;
  update book_row b
     set known = b.known + f.effect,
         residual = b.residual - f.before_read,
         read_clean = b.read_clean and not f.in_read,
         read_due_at = case when f.in_read then least(b.read_due_at, f.newest + interval '5 s') else b.read_due_at end,
         due_at = coalesce(b.due_at, f.newest)
    from (select u.i, u.l, sum(u.e) as effect,
                 coalesce(sum(u.e) filter (where r.read_until is not null and u.a <= r.read_since), 0) as before_read,
                 coalesce(bool_or(u.a > r.read_since and u.a <= r.read_until), false) as in_read,
                 max(u.a) as newest
            from unnest(p_inventory_items, p_locations, p_effects, p_ats) u(i, l, e, a)
            join book_row r on r.shop = p_shop and r.inventory_item_id = u.i and r.location_id = u.l
           where u.e <> 0
           group by 1, 2) f
   where b.shop = p_shop and b.inventory_item_id = f.i and b.location_id = f.l;
end $$;

-- Inserts facts of one shop by id and counts the new ones in their order lines, not yet in the book.
-- The caller has locked the orders. Returns the facts that were new; book_learnt() must follow in the transaction.
create function record_facts(p_shop text, p_ids text[], p_orders bigint[], p_lines bigint[], p_locations bigint[],
                             p_fulfillments bigint[], p_kinds text[], p_units bigint[], p_ats timestamptz[],
                             p_trackings text[], p_at timestamptz)
returns table (fact_id text, item_id bigint) language plpgsql as $$
declare
  fresh text[];
begin
  with ins as (
    insert into stock_fact as t (shop, fact_id, order_id, line_id, variant_id, inventory_item_id, location_id,
                                 fulfillment_id, kind, units, on_hand_effect, committed_effect, at, tracking,
                                 attributed, learnt_at)
    select distinct on (u.id) p_shop, u.id, u.order_id, u.line_id, l.variant_id, v.inventory_item_id, u.location_id,
           u.fulfillment_id, u.kind, u.units,
           u.units * case u.kind when 'fulfil' then -1 when 'drop' then -1 when 'unfulfil' then 1
                                 when 'restock' then 1 when 'movement' then 1 else 0 end,
           u.units * case u.kind when 'fulfil' then -1 when 'drop' then -1 when 'cancel' then -1
                                 when 'unfulfil' then 1 else 0 end,
           u.at, case when u.tracking is null then '{}' else string_to_array(u.tracking, E'\n') end,
           u.kind <> 'fulfil', p_at
      from unnest(p_ids, p_orders, p_lines, p_locations, p_fulfillments, p_kinds, p_units, p_ats, p_trackings)
           u(id, order_id, line_id, location_id, fulfillment_id, kind, units, at, tracking)
      left join sales_order_line l on l.shop = p_shop and l.order_id = u.order_id and l.line_id = u.line_id
      left join variant v on v.shop = p_shop and v.variant_id = l.variant_id
     order by u.id
    on conflict do nothing
    returning t.fact_id
  )
  select array_agg(ins.fact_id) into fresh from ins;
  if fresh is null then
    return;
  end if;

  update sales_order_line l
     set fulfilled = l.fulfilled + f.fulfilled, cancelled = l.cancelled + f.cancelled
    from (select s.order_id, s.line_id,
                 coalesce(sum(case s.kind when 'fulfil' then s.units when 'unfulfil' then -s.units end), 0) as fulfilled,
                 coalesce(sum(s.units) filter (where s.kind in ('cancel', 'drop')), 0) as cancelled
            from stock_fact s where s.shop = p_shop and s.fact_id = any (fresh) group by 1, 2) f
   where l.shop = p_shop and l.order_id = f.order_id and l.line_id = f.line_id;

  return query
  select s.fact_id, l.item_id
    from stock_fact s
    left join sales_order_line l on l.shop = p_shop and l.order_id = s.order_id and l.line_id = s.line_id
   where s.shop = p_shop and s.fact_id = any (fresh);
end $$;

-- Counts facts that record_facts() has just inserted in the book.
create function book_learnt(p_shop text, p_ids text[]) returns void language plpgsql as $$
begin
  perform book_facts(p_shop, array_agg(s.inventory_item_id), array_agg(s.location_id), array_agg(s.on_hand_effect),
                     array_agg(s.at))
     from stock_fact s
    where s.shop = p_shop and s.fact_id = any (p_ids) and s.inventory_item_id is not null
      and s.location_id is not null
   having count(*) > 0;
end $$;

-- Learns facts of one shop: inserts by id, counts the new ones in their order lines and in the book.
-- The caller has locked the orders. Returns the facts that were new.
create function learn_facts(p_shop text, p_ids text[], p_orders bigint[], p_lines bigint[], p_locations bigint[],
                            p_fulfillments bigint[], p_kinds text[], p_units bigint[], p_ats timestamptz[],
                            p_trackings text[], p_at timestamptz)
returns table (fact_id text, item_id bigint) language plpgsql as $$
declare
  fresh text[];
  items bigint[];
begin
  select array_agg(f.fact_id), array_agg(f.item_id) into fresh, items
    from record_facts(p_shop, p_ids, p_orders, p_lines, p_locations, p_fulfillments, p_kinds, p_units, p_ats,
                      p_trackings, p_at) f;
  perform book_learnt(p_shop, fresh);
  return query select * from unnest(fresh, items);
end $$;

-- A variant became known: facts that were waiting for it count in the book now.
create function link_facts(p_shop text, p_variants bigint[], p_inventory_items bigint[])
returns void language plpgsql as $$
declare
  fresh text[];
begin
  with upd as (
    update stock_fact s set inventory_item_id = u.i
      from unnest(p_variants, p_inventory_items) u(v, i)
     where s.shop = p_shop and s.variant_id = u.v and s.inventory_item_id is null
    returning s.fact_id
  )
  select array_agg(upd.fact_id) into fresh from upd;
  perform book_facts(p_shop, array_agg(s.inventory_item_id), array_agg(s.location_id), array_agg(s.on_hand_effect),
                     array_agg(s.at))
     from stock_fact s
    where s.shop = p_shop and s.fact_id = any (fresh) and s.location_id is not null
   having count(*) > 0;
end $$;
