-- Orders as Shopify shows them, and what we decided about them.
-- Lock order inside every transaction: consumer_offset, sales_order by id, stock by (item, facility), allocation,
-- book rows, parcel writes, dirty items, outbox, exceptions, dead letters.

create table sales_order (
  shop             text not null,
  order_id         bigint not null,
  updated_at       timestamptz,             -- version, first half; null: a placeholder (something named an unknown order)
  observed_at      timestamptz,             -- version, second half
  body_hash        text,                    -- decides between equal versions with different bodies
  name             text,                    -- '#1001'
  created_at       timestamptz,
  cancelled_at     timestamptz,
  closed_at        timestamptz,
  test             boolean not null default false,
  state            text not null default 'open' check (state in ('placeholder', 'open', 'cancelled', 'completed')),
  financial_status text,
  currency         text,
  total            numeric,
  body             jsonb,                   -- the whole fact
  fo_updated_at    timestamptz,             -- version of the fulfilment orders, first half
  fo_observed_at   timestamptz,             -- second half
  fo_body_hash     text,
  blocked_reason   text,                    -- a newer snapshot could not be applied
  blocked_at       timestamptz,
  blocked_updated_at  timestamptz,          -- version of that snapshot; null: it could not even be read
  blocked_observed_at timestamptz,
  applied_at       timestamptz not null,
  primary key (shop, order_id)
) partition by hash (order_id);

create table sales_order_line (
  shop              text not null,
  order_id          bigint not null,
  line_id           bigint not null,
  item_id           bigint references item, -- null: nothing that is kept in stock (a tip, a custom line)
  variant_id        bigint,
  sku               text,
  title             text not null,
  quantity          bigint not null,        -- ordered; edits up raise it
  current_quantity  bigint not null,        -- after removals, as Shopify says
  requires_shipping boolean not null,
  stocked           boolean not null,       -- demand is only made for these
  location_id       bigint,                 -- where Shopify committed it; null until its fulfilment order is known
  fulfilled         bigint not null default 0,  -- known facts: fulfilments, net of cancelled ones
  cancelled         bigint not null default 0,  -- known facts: units removed before they were fulfilled
  shipped           bigint not null default 0,  -- left a building, by our shipments
  issued            bigint not null default 0,  -- left a building, fulfilled by staff in Shopify
  allocated         bigint not null default 0,  -- sum of open allocations
  open              bigint not null generated always as
                      (greatest(0, quantity - fulfilled - cancelled)) stored, -- Shopify still holds it as committed
  remaining         bigint not null generated always as
                      (case when stocked then greatest(0, quantity - cancelled - shipped - issued) else 0 end) stored,
  unallocated       bigint not null generated always as
                      (case when stocked then greatest(0, quantity - cancelled - shipped - issued - allocated)
                       else 0 end) stored,
  primary key (shop, order_id, line_id)
) partition by hash (order_id);

-- Every version that was seen; the history people read is derived from neighbours.
create table order_version (
  shop        text not null,
  order_id    bigint not null,
  updated_at  timestamptz not null,
  observed_at timestamptz not null,
  source      text not null,                -- topic and reason: 'order-updates webhook orders/edited'
  body_hash   text not null,                -- of two bodies with one version the higher hash stays
  body        jsonb not null,
  applied_at  timestamptz not null,
  primary key (shop, order_id, updated_at, observed_at)
) partition by hash (order_id);

do $$
begin
  for i in 0..7 loop
    execute format('create table sales_order_%s partition of sales_order for values with (modulus 8, remainder %s)
                    with (fillfactor = 80)', i, i);
    execute format('create table sales_order_line_%s partition of sales_order_line
                    for values with (modulus 8, remainder %s) with (fillfactor = 70)', i, i);
    execute format('create table order_version_%s partition of order_version
                    for values with (modulus 8, remainder %s)', i, i);
  end loop;
end $$;
create index sales_order_name on sales_order (shop, name);
create index sales_order_blocked on sales_order (shop) where blocked_reason is not null;
create index sales_order_line_open on sales_order_line (item_id) where open > 0;
create index sales_order_line_unallocated on sales_order_line (item_id) where unallocated > 0;
create index sales_order_line_variant on sales_order_line (shop, variant_id);

create table fulfillment_order (
  shop                 text not null,
  fulfillment_order_id bigint not null,
  order_id             bigint not null,
  location_id          bigint,
  status               text not null,
  request_status       text not null,
  supported_actions    text[] not null default '{}',
  updated_at           timestamptz,
  primary key (shop, fulfillment_order_id)
);
create index fulfillment_order_order on fulfillment_order (shop, order_id);

create table fulfillment_order_line (
  shop                      text not null,
  fulfillment_order_line_id bigint not null,
  fulfillment_order_id      bigint not null,
  order_id                  bigint not null,
  line_id                   bigint not null,
  total                     bigint not null,
  remaining                 bigint not null,
  primary key (shop, fulfillment_order_line_id)
);
create index fulfillment_order_line_order on fulfillment_order_line (shop, order_id, line_id);

-- Which facility ships which units of a line. Reserved stock is the sum of the open states.
create table allocation (
  shop       text not null,
  order_id   bigint not null,
  line_id    bigint not null,
  facility   text not null,
  state      text not null check (state in ('allocated', 'released', 'accepted', 'packed', 'shipped', 'rejected',
                                            'cancel_requested')),
  quantity   bigint not null check (quantity > 0),
  item_id    bigint not null,
  decided_at timestamptz not null,
  primary key (shop, order_id, line_id, facility, state)
) with (fillfactor = 70);
create index allocation_open on allocation (item_id, facility) where state not in ('shipped', 'rejected');

-- Orders with demand that no facility has been chosen for. The router takes what is due with SKIP LOCKED.
create table route_queue (
  shop     text not null,
  order_id bigint not null,
  due_at   timestamptz not null,
  gen      bigint not null default 1,       -- grows, so that a wake-up during a decision is not lost
  attempts int not null default 0,
  reason   text not null,
  primary key (shop, order_id)
);
create index route_queue_due on route_queue (due_at);

create function enqueue_route(p_shops text[], p_orders bigint[], p_reason text, p_due timestamptz)
returns void language plpgsql as $$
begin
  insert into route_queue as q (shop, order_id, due_at, reason)
  select distinct s, o, p_due, p_reason from unnest(p_shops, p_orders) u(s, o) order by s, o
  on conflict (shop, order_id) do update
     set due_at = least(q.due_at, excluded.due_at), gen = q.gen + 1, reason = excluded.reason;
end $$;

-- A parcel that left a building. parcel = 'source/event id', once.
create table shipment (
  shop            text not null,
  order_id        bigint not null,
  parcel          text not null,
  facility        text not null,
  carrier         text,
  tracking_number text,
  tracking_url    text,
  shipped_at      timestamptz not null,
  applied_at      timestamptz not null,
  primary key (shop, order_id, parcel)
);
create index shipment_tracking on shipment (shop, tracking_number);

create table shipment_line (
  shop     text not null,
  order_id bigint not null,
  parcel   text not null,
  line_id  bigint not null,                 -- 0 - n while the line is unknown (n: place in the parcel)
  sku      text,
  quantity bigint not null check (quantity > 0),
  item_id  bigint,
  applied  boolean not null default false,  -- counted in the line's shipped and in the ledger
  primary key (shop, order_id, parcel, line_id),
  foreign key (shop, order_id, parcel) references shipment
);

-- Work for a facility, produced to `fulfillment-requests` through the outbox (key 'shop/order id/request').
create table fulfillment_request (
  shop              text not null,
  order_id          bigint not null,
  request           bigint not null,        -- 1, 2, .. within the order
  facility          text not null,
  kind              text not null check (kind in ('create', 'change', 'cancel')),
  lines             jsonb not null,         -- [{"item","line_id","quantity","sku","title"}]
  version           bigint not null,
  published_version bigint not null default 0,
  decided_at        timestamptz not null,
  primary key (shop, order_id, request)
);
create index fulfillment_request_pending on fulfillment_request (shop, order_id) where version > published_version;
