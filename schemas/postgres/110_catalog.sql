-- What a product fact says beyond its first columns; which identifier names an item; and what products were before.

alter table product
  add column category            text,      -- full name in Shopify's taxonomy
  add column category_id         text,
  add column gift_card           boolean not null default false,
  add column requires_components boolean not null default false, -- at least one variant is a kit
  add column created_at          timestamptz;

alter table variant
  add column taxable             boolean not null default true,
  add column requires_components boolean not null default false,
  add column unit_cost           numeric,   -- null: none, or the token may not see it
  add column unit_cost_currency  text,
  add column weight_grams        bigint,    -- rounded; as entered it stands in product.body
  add column country_of_origin   text,
  add column hs_code             text,
  add column created_at          timestamptz,
  add column updated_at          timestamptz,
  add column wants               text;      -- not linked: the item that another variant of the shop holds
create index variant_sku on variant (sku) where deleted_at is null;
create index variant_barcode on variant (barcode) where deleted_at is null;

-- Who waits for an item is found by it, whatever the identifier; their products are read again when it becomes free.
drop index variant_waiting;
update variant set wants = 'sku:' || btrim(sku) where not linked and deleted_at is null;
create index variant_waiting on variant (shop, wants) where not linked and deleted_at is null;

-- The parts of kits. A part is named by its variant, which may be unknown yet.
create table variant_component (
  shop         text not null,
  variant_id   bigint not null,             -- the kit
  component_id bigint not null,             -- variant that it takes
  quantity     bigint not null check (quantity > 0),
  primary key (shop, variant_id, component_id)
);
create index variant_component_part on variant_component (component_id, shop);

-- What names an item, for the whole deployment. Stock is counted under these names, so it is settled by the first link.
create table catalog_policy (
  single     boolean primary key default true check (single),
  identifier text not null check (identifier in ('sku', 'barcode', 'shopify_id')),
  chosen_at  timestamptz not null
);
insert into catalog_policy (identifier, chosen_at)
select 'sku', min(applied_at) from product having count(*) > 0;

-- Asks for a policy and says which is in force: once a variant is linked, the one it was linked by.
create function choose_identifier(p_identifier text, p_at timestamptz) returns text language plpgsql as $$
begin
  insert into catalog_policy as c (identifier, chosen_at) values (p_identifier, p_at)
  on conflict (single) do update set identifier = excluded.identifier, chosen_at = excluded.chosen_at
   where c.identifier <> excluded.identifier and not exists (select from variant v where v.linked);
  return (select c.identifier from catalog_policy c);
end $$;

-- Versions of a product that are not the present one: what changed from each to the next is derived from neighbours in
-- version order, so it does not matter in which order they came.
create table product_version (
  shop        text not null,
  product_id  bigint not null,
  updated_at  timestamptz not null,
  observed_at timestamptz not null,
  body_hash   text collate "C" not null,
  body        jsonb not null,
  primary key (shop, product_id, updated_at, observed_at, body_hash)
);

-- One row per changed field: what it was in the version before, and what it is since the version named.
--   at           Shopify's time of the change; with observed_at and body_hash it is the version
--   variant_id   0: a field of the product itself
--   field        as in the fact; media/ID, options/ID, metafields/NAMESPACE.KEY for one of several; `variant` when a
--                whole variant came (old is null) or went (new is null)
create table product_change (
  shop        text not null,
  product_id  bigint not null,
  at          timestamptz not null,
  observed_at timestamptz not null,
  body_hash   text collate "C" not null,
  variant_id  bigint not null,
  field       text not null,
  old         jsonb,
  new         jsonb,
  primary key (shop, product_id, at, observed_at, body_hash, variant_id, field)
);
create index product_change_variant on product_change (shop, variant_id, at) where variant_id <> 0;
