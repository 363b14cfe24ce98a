-- What people decide, folded from topic `settings` by inventory-state: facilities, Shopify locations, channels.

create table facility (
  facility     text primary key,            -- 'WH'
  name         text not null,
  priority     int not null default 100,    -- the router tries lower numbers first
  authority    text not null default 'external' check (authority in ('external', 'shopify')),
  safety_stock bigint not null default 0 check (safety_stock >= 0),
  ships        boolean not null default true,
  active       boolean not null default true,
  updated_at   timestamptz not null
);

create table shop_location (
  shop        text not null,
  location_id bigint not null,
  name        text not null,
  updated_at  timestamptz not null,
  primary key (shop, location_id)
);

-- One Shopify location of one shop, fed by a group of facilities; it shows what may still be promised.
create table channel (
  shop        text not null,
  location_id bigint not null,
  mode        text not null default 'aggregate' check (mode in ('aggregate')),
  threshold   bigint not null default 0 check (threshold >= 0),
  active      boolean not null default true,
  updated_at  timestamptz not null,
  primary key (shop, location_id)
);
-- This version writes one aggregate channel per shop.
create unique index channel_one_aggregate on channel (shop) where mode = 'aggregate' and active;

create table channel_facility (
  shop        text not null,
  location_id bigint not null,
  facility    text not null,                -- may name a facility that is not known yet
  primary key (shop, location_id, facility),
  foreign key (shop, location_id) references channel on delete cascade
);
create index channel_facility_facility on channel_facility (facility);
