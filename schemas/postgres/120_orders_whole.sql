-- The whole story of an order in tables that people query: refunds, payments, risk, returns, what kind of order it is, and
-- whether it is ours to act on. Every table here is a reading of the newest snapshot of its section (the order, its
-- fulfilment orders, its returns): when a newer one is applied its rows are written anew, so no arrival order shows.

-- What kind of order it is, by where it was made and how its units reach the buyer. p_delivery: methods of its fulfilment
-- orders; null while they are not known: what the order itself says must do then.
create function order_kind(p_body jsonb, p_delivery text[]) returns text language sql immutable as $$
  select case
           when p_body is null then null
           when p_body->>'source_name' = 'pos' then
             case when p_delivery && '{retail}' and p_delivery && '{shipping,local,pick_up,pickup_point}' then 'mixed'
                  when p_delivery && '{shipping,local,pick_up,pickup_point}' then 'pos_ship'
                  when p_delivery && '{retail}' then 'pos_carry_out'
                  when p_body->>'shipping_address' is null and p_body->'shipping_lines' = '[]' then 'pos_carry_out'
                  else 'pos_ship' end
           when (p_delivery && '{pick_up,pickup_point}')::int + (p_delivery && '{local}')::int
                + (p_delivery && '{shipping}')::int > 1 then 'mixed'
           when p_delivery && '{pick_up,pickup_point}' then 'pickup'
           when p_delivery && '{local}' then 'local_delivery'
           when p_body->>'source_name' = 'exchange' then 'exchange'
           when p_body->>'source_name' = 'shopify_draft_order' then 'draft'
           else 'online' end
$$;

alter table sales_order
  add column delivery            text[],    -- methods of its fulfilment orders, sorted; null: not known
  add column return_status       text,      -- as Shopify shows it with the fulfilment orders; see v_order
  add column edited              boolean,   -- staff edited it after it was placed
  add column channel             text,      -- handle of the sales channel
  add column risk_recommendation text,      -- accept, investigate, cancel, none
  add column ret_updated_at      timestamptz, -- version of its returns, first half
  add column ret_observed_at     timestamptz, -- second half
  add column ret_body_hash       text,
  add column historical          boolean not null default false, -- older than the shop's launch: never routed
  add column archived_at         timestamptz, -- its topic says that it is no more; its rows stay
  add column kind                text generated always as (order_kind(body, delivery)) stored;
create index sales_order_created on sales_order (created_at, shop);

create table order_refund (
  shop                   text not null,
  order_id               bigint not null,
  refund_id              bigint not null,
  return_id              bigint,            -- null: of no return
  created_at             timestamptz not null,
  processed_at           timestamptz,
  note                   text,
  shipping               numeric not null,  -- given back for shipping, in the shop's currency
  shipping_presentment   numeric not null,  -- and in the buyer's
  adjustment             numeric not null,  -- given or kept beyond the sum of the parts
  adjustment_presentment numeric not null,
  primary key (shop, order_id, refund_id)
);

create table order_refund_line (
  shop                 text not null,
  order_id             bigint not null,
  refund_line_id       bigint not null,
  refund_id            bigint not null,
  line_id              bigint not null,
  quantity             bigint not null,
  restock_type         text not null,
  location_id          bigint,              -- null: nothing was restocked
  subtotal             numeric not null,
  subtotal_presentment numeric not null,
  tax                  numeric not null,
  tax_presentment      numeric not null,
  primary key (shop, order_id, refund_line_id)
);

-- Which payments made up a refund; their amounts stand in order_transaction.
create table order_refund_payment (
  shop           text not null,
  order_id       bigint not null,
  transaction_id bigint not null,
  refund_id      bigint not null,
  kind           text not null,
  status         text not null,
  gateway        text,
  primary key (shop, order_id, transaction_id)
);

create table order_transaction (
  shop               text not null,
  order_id           bigint not null,
  transaction_id     bigint not null,
  parent_id          bigint,
  kind               text not null,         -- sale, authorization, capture, refund, void
  status             text not null,
  gateway            text,
  card_company       text,
  error_code         text,
  amount             numeric not null,
  amount_presentment numeric not null,
  test               boolean not null,
  created_at         timestamptz,
  processed_at       timestamptz,
  primary key (shop, order_id, transaction_id)
);

create table order_risk (
  shop     text not null,
  order_id bigint not null,
  place    int not null,                    -- 1, 2, .. as Shopify lists them
  level    text not null,                   -- none, low, medium, high, pending
  facts    jsonb not null,                  -- [{"description","sentiment"}]
  primary key (shop, order_id, place)
);

create table order_return (
  shop           text not null,
  order_id       bigint not null,
  return_id      bigint not null,
  name           text not null,             -- '#1001-R1'
  status         text not null,             -- requested, open, closed, canceled, declined
  created_at     timestamptz not null,
  approved_at    timestamptz,
  closed_at      timestamptz,
  decline_reason text,
  decline_note   text,
  total_quantity bigint not null,
  refund_ids     bigint[] not null,
  primary key (shop, order_id, return_id)
);

create table order_return_line (
  shop                text not null,
  order_id            bigint not null,
  return_line_id      bigint not null,
  return_id           bigint not null,
  line_id             bigint,               -- null: it names nothing that was sent
  fulfillment_line_id bigint,
  quantity            bigint not null,
  processed           bigint not null,
  refunded            bigint not null,
  reason              text,
  reason_name         text,
  reason_note         text,
  customer_note       text,
  primary key (shop, order_id, return_line_id)
);

-- What the buyer gets instead. Once processed it is a line of the order, and as such new demand.
create table order_exchange_line (
  shop             text not null,
  order_id         bigint not null,
  exchange_line_id bigint not null,
  return_id        bigint not null,
  product_id       bigint,
  variant_id       bigint,
  sku              text,
  title            text,
  variant_title    text,
  quantity         bigint not null,
  processed        bigint not null,
  line_ids         bigint[] not null,       -- lines of the order made of it
  primary key (shop, order_id, exchange_line_id)
);

-- What came back. It moves no stock by itself: that takes a receipt, or a restock where Shopify is the authority.
create table order_reverse_line (
  shop                         text not null,
  order_id                     bigint not null,
  reverse_line_id              bigint not null,
  return_id                    bigint not null,
  reverse_fulfillment_order_id bigint not null,
  status                       text not null, -- of the reverse fulfilment order: open, closed, canceled
  line_id                      bigint,
  fulfillment_line_id          bigint,
  total                        bigint not null,
  primary key (shop, order_id, reverse_line_id)
);

create table order_disposition (
  shop            text not null,
  order_id        bigint not null,
  disposition_id  bigint not null,
  reverse_line_id bigint not null,
  type            text not null,            -- restocked, not_restocked, missing, processing_required
  quantity        bigint not null,
  location_id     bigint,
  created_at      timestamptz not null,
  primary key (shop, order_id, disposition_id)
);

-- When a shop went over to us. Orders placed before are historical: their state is shown, but they are never routed and
-- their demand is not counted, because somebody else still ships them.
create table shop_launch (
  shop      text primary key,
  launch_at timestamptz not null
);

-- Units of waived lines ask for no facility: those of historical orders and of orders that are no more. Everybody who asks
-- for demand asks for `unallocated`, so the rule stands there and nowhere else. A generated column cannot be altered, and
-- the views on it are made again as they were.
do $$
declare
  v record;
  v_views text[] := '{}';                   -- what makes each again, those they rest on first
begin
  for v in
    with recursive d as (
      select r.ev_class as oid, 1 as depth
        from pg_attribute a
        join pg_depend x on x.refobjid = a.attrelid and x.refobjsubid = a.attnum and x.classid = 'pg_rewrite'::regclass
        join pg_rewrite r on r.oid = x.objid
       where a.attrelid = 'sales_order_line'::regclass and a.attname = 'unallocated'
      union
      select r.ev_class, d.depth + 1
        from d
        join pg_depend x on x.refobjid = d.oid and x.classid = 'pg_rewrite'::regclass
        join pg_rewrite r on r.oid = x.objid and r.ev_class <> d.oid
    )
    select d.oid::regclass as name, pg_get_viewdef(d.oid) as text, obj_description(d.oid, 'pg_class') as comment, c.relacl
      from (select oid, max(depth) as depth from d group by oid) d join pg_class c on c.oid = d.oid order by d.depth
  loop
    v_views := v_views || format('create view %s as %s', v.name, v.text)
      || array(select format('grant %s on %s to %I', g.privilege_type, v.name, g.grantee::regrole::name)
                 from aclexplode(v.relacl) g where g.grantee <> 0 and g.grantee <> g.grantor);
    if v.comment is not null then
      v_views := v_views || format('comment on view %s is %L', v.name, v.comment);
    end if;
  end loop;
  alter table sales_order_line drop column unallocated cascade;
  alter table sales_order_line
    add column waived boolean not null default false,
    add column unallocated bigint not null generated always as
      (case when stocked and not waived then greatest(0, quantity - cancelled - shipped - issued - allocated)
       else 0 end) stored;
  create index sales_order_line_unallocated on sales_order_line (item_id) where unallocated > 0;
  for i in 1..cardinality(v_views) loop
    execute v_views[i];
  end loop;
end $$;
