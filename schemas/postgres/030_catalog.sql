-- Items (ours), products and variants (Shopify's), and the link between them.

-- An item is what stock is counted in. Its natural key is all the outside ever sees ('sku:ABC-1'; a variant
-- without SKU is 'variant:acme/123'); the surrogate never leaves the database and survives a change of key.
create table item (
  item_id    bigint generated always as identity primary key,
  item       text not null unique,
  created_at timestamptz not null
);

create table product (
  shop         text not null,
  product_id   bigint not null,
  updated_at   timestamptz not null,        -- version, first half: Shopify's
  observed_at  timestamptz not null,        -- second half: when the observation began
  body_hash    text not null default '',    -- decides between equal versions with different bodies
  title        text not null,
  handle       text not null,
  status       text not null,
  vendor       text,
  product_type text,
  tags         text[] not null default '{}',
  image_url    text,
  body         jsonb not null,              -- the whole fact
  deleted_at   timestamptz,
  applied_at   timestamptz not null,
  primary key (shop, product_id)
) with (fillfactor = 80);

-- item_id is locked once linked: a changed SKU is an exception for people, not a silent move of stock.
create table variant (
  shop              text not null,
  variant_id        bigint not null,
  product_id        bigint not null,
  inventory_item_id bigint not null,
  item_id           bigint not null references item,
  sku               text,
  barcode           text,
  title             text not null,
  price             numeric not null,
  compare_at_price  numeric,
  position          int not null,
  image_url         text,
  options           jsonb not null default '[]',
  tracked           boolean not null,
  requires_shipping boolean not null,
  inventory_policy  text not null,
  linked            boolean not null default true, -- false: quarantined (the SKU belongs to another variant)
  deleted_at        timestamptz,
  primary key (shop, variant_id)
) with (fillfactor = 80);
create unique index variant_inventory_item on variant (shop, inventory_item_id) where deleted_at is null;
create unique index variant_item on variant (shop, item_id) where linked and deleted_at is null;
create index variant_item_id on variant (item_id);
create index variant_product on variant (shop, product_id);

-- Item surrogates for natural keys, made where missing, in the order asked.
create function ensure_items(p_items text[], p_at timestamptz)
returns table (item text, item_id bigint) language plpgsql as $$
begin
  insert into item as i (item, created_at)
  select k, p_at from (select distinct unnest(p_items) k order by 1) s
   where not exists (select from item x where x.item = s.k)
  on conflict do nothing;
  return query select i.item, i.item_id from item i where i.item = any (p_items);
end $$;
