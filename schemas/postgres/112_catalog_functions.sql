-- What product-state calls, once per batch, with the columns and the history of 110 and 111.
--
-- Locks, in the order of the whole tree: orders → (product, item, variant) → stock, allocations → book rows →
-- route queue, dirty items, outbox, exceptions.

-- Whole products, newest version wins; of equal versions the higher hash. No two of a batch are the same product. The
-- version that is replaced joins the history. Returns a verdict for each: first, applied, rival (applied over an equal
-- version), duplicate or stale.
create or replace function save_products(p_shops text[], p_products bigint[], p_updated timestamptz[],
                                         p_observed timestamptz[], p_hashes text[], p_bodies text[], p_at timestamptz)
returns table (ordinal bigint, verdict text) language plpgsql set enable_seqscan = off set jit = off as $$
declare
  v_verdicts text[];
begin
  select array_agg(case when p.product_id is null then 'first'
                        when (u.updated_at, u.observed_at) > (p.updated_at, p.observed_at) then 'applied'
                        when (u.updated_at, u.observed_at) < (p.updated_at, p.observed_at) then 'stale'
                        when u.hash = p.body_hash then 'duplicate'
                        when u.hash collate "C" > p.body_hash then 'rival'
                        else 'stale' end order by u.n)
    into v_verdicts
    from unnest(p_shops, p_products, p_updated, p_observed, p_hashes) with ordinality
         u(shop, product_id, updated_at, observed_at, hash, n)
    left join product p on p.shop = u.shop and p.product_id = u.product_id;

  insert into product_version (shop, product_id, updated_at, observed_at, body_hash, body)
  select p.shop, p.product_id, p.updated_at, p.observed_at, p.body_hash, p.body
    from unnest(p_shops, p_products, v_verdicts) u(shop, product_id, verdict)
    join product p on p.shop = u.shop and p.product_id = u.product_id
   where u.verdict in ('applied', 'rival')
   order by 1, 2
  on conflict do nothing;

  insert into product as p (shop, product_id, updated_at, observed_at, body_hash, title, handle, status, vendor,
                            product_type, tags, image_url, category, category_id, gift_card, requires_components,
                            created_at, body, deleted_at, applied_at)
  select u.shop, u.product_id, u.updated_at, u.observed_at, u.hash, b.body->>'title', b.body->>'handle',
         b.body->>'status', b.body->>'vendor', b.body->>'product_type',
         array(select jsonb_array_elements_text(b.body->'tags')), b.body->>'image_url',
         b.body->'category'->>'full_name', b.body->'category'->>'id', (b.body->>'gift_card')::boolean,
         b.body->'variants' @> '[{"requires_components":true}]', (b.body->>'created_at')::timestamptz, b.body,
         (b.body->>'deleted_at')::timestamptz, p_at
    from unnest(p_shops, p_products, p_updated, p_observed, p_hashes, p_bodies, v_verdicts)
         u(shop, product_id, updated_at, observed_at, hash, body, verdict)
   cross join lateral (select u.body::jsonb as body offset 0) b      -- offset 0: each text is parsed once
   where u.verdict in ('first', 'applied', 'rival')
   order by u.shop, u.product_id
  on conflict (shop, product_id) do update
     set updated_at = excluded.updated_at, observed_at = excluded.observed_at, body_hash = excluded.body_hash,
         title = excluded.title, handle = excluded.handle, status = excluded.status, vendor = excluded.vendor,
         product_type = excluded.product_type, tags = excluded.tags, image_url = excluded.image_url,
         category = excluded.category, category_id = excluded.category_id, gift_card = excluded.gift_card,
         requires_components = excluded.requires_components, created_at = excluded.created_at, body = excluded.body,
         deleted_at = excluded.deleted_at, applied_at = excluded.applied_at;
  return query select u.n, u.v from unnest(v_verdicts) with ordinality u(v, n);
end $$;

-- Variants as the body of a product shows them.
create function body_variants(p_body jsonb)
returns table (variant_id bigint, inventory_item_id bigint, sku text, barcode text, title text, price numeric,
               compare_at_price numeric, "position" int, image_url text, options jsonb, tracked boolean,
               requires_shipping boolean, inventory_policy text, taxable boolean, requires_components boolean,
               components jsonb, unit_cost jsonb, weight jsonb, country_of_origin text, hs_code text,
               created_at timestamptz, updated_at timestamptz) language sql immutable as $$
  select v.*
    from jsonb_to_recordset(p_body->'variants')
         v(variant_id bigint, inventory_item_id bigint, sku text, barcode text, title text, price numeric,
           compare_at_price numeric, "position" int, image_url text, options jsonb, tracked boolean,
           requires_shipping boolean, inventory_policy text, taxable boolean, requires_components boolean,
           components jsonb, unit_cost jsonb, weight jsonb, country_of_origin text, hs_code text,
           created_at timestamptz, updated_at timestamptz)
$$;

-- The newest body in which each of these variants stood, all of them gone from their products.
create function former_bodies(p_shops text[], p_products bigint[], p_variants bigint[])
returns table (shop text, product_id bigint, variant_id bigint, body jsonb) language sql stable as $$
  select u.shop, u.product_id, u.variant_id, b.body
    from unnest(p_shops, p_products, p_variants) u(shop, product_id, variant_id)
   cross join lateral (
         select x.body
           from (select v.updated_at, v.observed_at, v.body_hash, v.body from product_version v
                  where v.shop = u.shop and v.product_id = u.product_id
                 union all
                 select p.updated_at, p.observed_at, p.body_hash collate "C", p.body from product p
                  where p.shop = u.shop and p.product_id = u.product_id) x
          where x.body->>'deleted_at' is null
            and x.body->'variants' @> jsonb_build_array(jsonb_build_object('variant_id', u.variant_id))
          order by x.updated_at desc, x.observed_at desc, x.body_hash desc limit 1) b
$$;

-- Variants of products that were just saved, as their columns: the present ones from their products, former ones from
-- the history.
create function snapshot_variants(p_shops text[], p_products bigint[], p_variants bigint[], p_former boolean[])
returns table (shop text, product_id bigint, variant_id bigint, inventory_item_id bigint, sku text, barcode text, title text,
               price numeric, compare_at_price numeric, "position" int, image_url text, options jsonb, tracked boolean,
               requires_shipping boolean, inventory_policy text, taxable boolean, requires_components boolean,
               unit_cost numeric, unit_cost_currency text, weight_grams bigint, country_of_origin text, hs_code text,
               created_at timestamptz, updated_at timestamptz) language sql stable as $$
  select s.shop, s.product_id, v.variant_id, v.inventory_item_id, v.sku, v.barcode, v.title, v.price, v.compare_at_price,
         v.position, v.image_url, v.options, v.tracked, v.requires_shipping, v.inventory_policy, v.taxable,
         v.requires_components, (v.unit_cost->>'amount')::numeric, v.unit_cost->>'currency',
         (v.weight->>'grams')::bigint, v.country_of_origin, v.hs_code, v.created_at, v.updated_at
    from (select p.shop, p.product_id, null::bigint as variant_id, p.body
            from (select distinct u.shop, u.product_id from unnest(p_shops, p_products, p_former) u(shop, product_id, former)
                   where not u.former) d
            join product p on p.shop = d.shop and p.product_id = d.product_id
          union all
          select f.shop, f.product_id, f.variant_id, f.body
            from (select array_agg(u.shop) as shops, array_agg(u.product_id) as products, array_agg(u.variant_id) as variants
                    from unnest(p_shops, p_products, p_variants, p_former) u(shop, product_id, variant_id, former)
                   where u.former) a,
                 former_bodies(a.shops, a.products, a.variants) f) s
   cross join lateral body_variants(s.body) v
   where s.variant_id is null or s.variant_id = v.variant_id
$$;

-- Variants of products that were just saved, and the item each is linked to (aligned arrays); what they are stands in
-- their products.
--   p_former      it stands in earlier versions only: an archive from the start
--   p_items       the item; with p_renamed the new name of this item, which keeps its stock
--   p_linked      false: the item is the variant's own placeholder, and another has the one it wants (p_wants)
--   p_fresh       newly linked: lines and facts follow
--   p_changed     the promise must be computed again
--   p_duplicates, p_renumbered   what a person must know, else null
--   p_gone_*      variants that a product no longer has
create function save_variants(p_shops text[], p_products bigint[], p_variants bigint[], p_former boolean[], p_items text[],
                              p_linked boolean[], p_wants text[], p_renamed bigint[], p_fresh boolean[],
                              p_changed boolean[], p_duplicates text[], p_renumbered text[], p_gone_shops text[],
                              p_gone_variants bigint[], p_at timestamptz)
returns void language plpgsql set enable_seqscan = off set jit = off as $$
declare
  v_ids bigint[];
  v_dirty bigint[];
  v_keys text[];
begin
  perform lock_orders_of(array_agg(u.shop), array_agg(u.variant_id), p_at)
     from unnest(p_shops, p_variants, p_fresh) u(shop, variant_id, fresh) where u.fresh having count(*) > 0;
  v_keys := rename_items(p_renamed, p_items);
  perform ensure_items(p_items, p_at);
  select array_agg(i.item_id order by u.n) into v_ids
    from unnest(p_items) with ordinality u(item, n) join item i on i.item = u.item;

  v_dirty := retire_variants(p_gone_shops, p_gone_variants, p_at);
  update variant v set linked = false       -- two that exchange their items pass through having none
    from unnest(p_shops, p_variants, v_ids) u(shop, variant_id, item_id)
   where v.shop = u.shop and v.variant_id = u.variant_id and v.item_id <> u.item_id and v.linked;
  with s as materialized (select * from snapshot_variants(p_shops, p_products, p_variants, p_former)) -- each body once
  insert into variant as v (shop, variant_id, product_id, inventory_item_id, item_id, linked, wants, sku, barcode, title,
                            price, compare_at_price, position, image_url, options, tracked, requires_shipping,
                            inventory_policy, taxable, requires_components, unit_cost, unit_cost_currency, weight_grams,
                            country_of_origin, hs_code, created_at, updated_at, deleted_at)
  select s.shop, s.variant_id, s.product_id, s.inventory_item_id, u.item_id, u.linked, u.wants, s.sku, s.barcode, s.title,
         s.price, s.compare_at_price, s.position, s.image_url, s.options, s.tracked, s.requires_shipping,
         s.inventory_policy, s.taxable, s.requires_components, s.unit_cost, s.unit_cost_currency, s.weight_grams,
         s.country_of_origin, s.hs_code, s.created_at, s.updated_at, case when u.former then p_at end
    from unnest(p_shops, p_products, p_variants, p_former, v_ids, p_linked, p_wants)
         u(shop, product_id, variant_id, former, item_id, linked, wants)
    join s on s.shop = u.shop and s.product_id = u.product_id and s.variant_id = u.variant_id
   order by s.shop, s.variant_id
  on conflict (shop, variant_id) do update
     set product_id = excluded.product_id, inventory_item_id = excluded.inventory_item_id,
         item_id = excluded.item_id, linked = excluded.linked, wants = excluded.wants, sku = excluded.sku,
         barcode = excluded.barcode, title = excluded.title, price = excluded.price,
         compare_at_price = excluded.compare_at_price, position = excluded.position, image_url = excluded.image_url,
         options = excluded.options, tracked = excluded.tracked, requires_shipping = excluded.requires_shipping,
         inventory_policy = excluded.inventory_policy, taxable = excluded.taxable,
         requires_components = excluded.requires_components, unit_cost = excluded.unit_cost,
         unit_cost_currency = excluded.unit_cost_currency, weight_grams = excluded.weight_grams,
         country_of_origin = excluded.country_of_origin, hs_code = excluded.hs_code, created_at = excluded.created_at,
         updated_at = excluded.updated_at,
         deleted_at = case when excluded.deleted_at is not null then coalesce(v.deleted_at, excluded.deleted_at) end
   where excluded.deleted_at is null or v.product_id = excluded.product_id;
  perform save_components(p_shops, p_products, p_variants);

  perform follow_links(s.shops, s.variants, s.items, s.inventory_items, v_keys, s.fresh, s.tracked, p_at)
     from (select array_agg(v.shop order by u.n) as shops, array_agg(v.variant_id order by u.n) as variants,
                  array_agg(v.item_id order by u.n) as items, array_agg(v.inventory_item_id order by u.n) as inventory_items,
                  array_agg(u.fresh order by u.n) as fresh, array_agg(v.tracked order by u.n) as tracked
             from unnest(p_shops, p_variants, p_fresh) with ordinality u(shop, variant_id, fresh, n)
             join variant v on v.shop = u.shop and v.variant_id = u.variant_id
            where u.fresh) s
    where s.shops is not null or v_keys is not null;
  perform mark_dirty(v_dirty || array(select u.i from unnest(v_ids, p_changed) u(i, changed) where u.changed), 'catalog',
                     p_at);
  perform judge_variants(p_shops, p_variants, p_items, p_duplicates, p_renumbered, p_gone_shops, p_gone_variants, p_at);
  perform revisit_waiting(p_gone_shops, p_gone_variants, p_at);
end $$;
drop function save_variants(text[], bigint[], bigint[], bigint[], text[], boolean[], bigint[], boolean[], boolean[], text[],
                            text[], text[], numeric[], numeric[], bigint[], text[], text[], boolean[], boolean[], text[],
                            text[], text[], text[], bigint[], timestamptz);

-- Variants that are gone: their rows, links and stock stay. Returns the items they were linked to.
create function retire_variants(p_shops text[], p_variants bigint[], p_at timestamptz) returns bigint[] language sql as $$
  with gone as (
    update variant v set deleted_at = p_at
      from unnest(p_shops, p_variants) u(shop, variant_id)
     where v.shop = u.shop and v.variant_id = u.variant_id and v.deleted_at is null
    returning v.item_id
  )
  select array_agg(g.item_id) from gone g
$$;

-- The parts of the kits among the variants, as their products show them; those of what is no kit any more go.
create function save_components(p_shops text[], p_products bigint[], p_variants bigint[]) returns void language plpgsql
as $$
begin
  delete from variant_component c
   using unnest(p_shops, p_products, p_variants) u(shop, product_id, variant_id)
   where c.shop = u.shop and c.variant_id = u.variant_id
     and not exists (
           select from product p, jsonb_to_recordset(p.body->'variants') v(variant_id bigint, components jsonb),
                       jsonb_to_recordset(v.components) x(variant_id bigint)
            where p.shop = u.shop and p.product_id = u.product_id and v.variant_id = u.variant_id
              and x.variant_id = c.component_id);
  insert into variant_component as c (shop, variant_id, component_id, quantity)
  select k.shop, s.variant_id, x.variant_id, x.quantity
    from (select distinct p.shop, p.product_id
            from unnest(p_shops, p_products) u(shop, product_id)
            join product p on p.shop = u.shop and p.product_id = u.product_id and p.requires_components) k
    join product p on p.shop = k.shop and p.product_id = k.product_id
   cross join lateral jsonb_to_recordset(p.body->'variants') s(variant_id bigint, components jsonb)
   cross join lateral jsonb_to_recordset(s.components) x(variant_id bigint, quantity bigint)
    join unnest(p_shops, p_variants) u(shop, variant_id) on u.shop = k.shop and u.variant_id = s.variant_id
  on conflict (shop, variant_id, component_id) do update set quantity = excluded.quantity
   where c.quantity <> excluded.quantity;
end $$;

-- Variants that waited for an item whose owner is gone: their products are read again, and then they get it.
create or replace function revisit_waiting(p_gone_shops text[], p_gone_variants bigint[], p_at timestamptz)
returns void language sql as $$
  insert into hint as h (shop, resource, due_at, triggered_at, reason)
  select distinct w.shop, 'Product/' || w.product_id, p_at, p_at, 'an item became free'
    from unnest(p_gone_shops, p_gone_variants) u(shop, variant_id)
    join variant g on g.shop = u.shop and g.variant_id = u.variant_id and g.linked
    join item i on i.item_id = g.item_id
    join variant w on w.shop = g.shop and w.wants = i.item and not w.linked and w.deleted_at is null
   order by 1, 2
  on conflict (shop, resource) do update set due_at = least(h.due_at, excluded.due_at)
$$;

-- Tombstones: the products are archived; their rows and versions stay, so that a late fact cannot bring them back.
-- Returns those that were not archived before.
create or replace function archive_products(p_shops text[], p_products bigint[], p_at timestamptz)
returns table (shop text, product_id bigint) language plpgsql as $$
#variable_conflict use_column
declare
  v_shops text[];
  v_variants bigint[];
begin
  select array_agg(v.shop), array_agg(v.variant_id) into v_shops, v_variants
    from unnest(p_shops, p_products) u(shop, product_id)
    join variant v on v.shop = u.shop and v.product_id = u.product_id and v.deleted_at is null;
  if v_shops is not null then
    perform save_variants('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', v_shops, v_variants, p_at);
  end if;
  return query
  update product p set deleted_at = p_at
    from unnest(p_shops, p_products) u(shop, product_id)
   where p.shop = u.shop and p.product_id = u.product_id and p.deleted_at is null
  returning p.shop, p.product_id;
end $$;

-- The natural key by which a line is counted while its variant is unknown. A line carries no barcode: under that policy,
-- as under Shopify's ids, only its variant can say.
create function item_of_line(p_identifier text, p_shop text, p_sku text, p_variant bigint) returns text
language sql immutable as $$
  select case when p_identifier = 'sku' and btrim(p_sku, E' \t\n\v\f\r') <> '' then 'sku:' || btrim(p_sku, E' \t\n\v\f\r')
              when p_variant is not null then 'variant:' || p_shop || '/' || p_variant end
$$;
