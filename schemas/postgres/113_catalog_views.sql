-- What people and dashboards read of the catalog, and who may touch its tables.

create view v_product as
select p.shop, p.product_id, p.title, p.handle, p.status, p.vendor, p.product_type, p.category, p.category_id, p.tags,
       p.gift_card, p.requires_components as has_kits, p.image_url, p.body->>'description_html' as description_html,
       (select count(*) from variant v where v.shop = p.shop and v.product_id = p.product_id and v.deleted_at is null)
         as variants,
       p.created_at, p.updated_at, p.observed_at, p.deleted_at
  from product p;
comment on view v_product is 'Products as Shopify last showed them, deleted ones too (deleted_at). One row per product.';

create view v_variant as
select v.shop, v.product_id, p.title as product, v.variant_id, v.title as variant, v.sku, v.barcode, i.item,
       v.linked, v.wants as waits_for, v.price, v.compare_at_price, v.unit_cost, v.unit_cost_currency, v.position,
       v.options, v.image_url, v.weight_grams, v.tracked, v.requires_shipping, v.taxable, v.inventory_policy,
       v.requires_components as is_kit, v.country_of_origin, v.hs_code, v.inventory_item_id, p.status, v.created_at,
       v.updated_at, coalesce(v.deleted_at, p.deleted_at) as deleted_at
  from variant v
  join product p on p.shop = v.shop and p.product_id = v.product_id
  join item i on i.item_id = v.item_id;
comment on view v_variant is
  'Variants with the stock item that each is counted as. linked false: another variant of the shop has its item (waits_for).';

create view v_kit_component as
select c.shop, k.product_id, c.variant_id as kit_variant_id, k.sku as kit_sku, c.component_id as component_variant_id,
       x.sku as component_sku, i.item as component_item, c.quantity
  from variant_component c
  join variant k on k.shop = c.shop and k.variant_id = c.variant_id and k.deleted_at is null
  left join variant x on x.shop = c.shop and x.variant_id = c.component_id
  left join item i on i.item_id = x.item_id;
comment on view v_kit_component is 'What one unit of a kit takes. A part that is not known (yet) has no component_item.';

create view v_product_metafield as
select p.shop, p.product_id, null::bigint as variant_id, m.namespace, m.key, m.type, m.value
  from product p, jsonb_to_recordset(p.body->'metafields') m(namespace text, key text, type text, value text)
 where p.deleted_at is null
union all
select p.shop, p.product_id, v.variant_id, m.namespace, m.key, m.type, m.value
  from product p, jsonb_to_recordset(p.body->'variants') v(variant_id bigint, metafields jsonb),
       jsonb_to_recordset(v.metafields) m(namespace text, key text, type text, value text)
 where p.deleted_at is null;
comment on view v_product_metafield is 'Metafields of the configured namespaces, of products (variant_id null) and variants.';

create view v_product_history as
select c.shop, c.product_id, p.title as product, c.at, nullif(c.variant_id, 0) as variant_id, v.sku, c.field, c.old, c.new,
       c.observed_at
  from product_change c
  join product p on p.shop = c.shop and p.product_id = c.product_id
  left join variant v on v.shop = c.shop and v.variant_id = c.variant_id and c.variant_id <> 0;
comment on view v_product_history is
  'One row per field that changed, at Shopify''s time. variant_id null: of the product itself. Field `variant`: one came or went.';

-- Shopify re-uses the only variant of a product when options are added: its id stays, its meaning changes. Stock that was
-- counted before then stands for one of several; a person is told, until it was counted again or is gone.
create index product_change_reused on product_change (shop, variant_id)
 where field = 'options' and variant_id <> 0 and old = '[{"name": "Title", "value": "Default Title"}]';
create function judge_reused_variants(p_at timestamptz) returns void language plpgsql as $$
declare
  v_subjects text[];
  v_details text[];
begin
  select array_agg(r.subject), array_agg(r.detail) into v_subjects, v_details
    from (select distinct on (c.shop, c.variant_id) c.shop || '/variant/' || c.variant_id as subject,
                 format('it was the only variant of %s and is one of several since %s: Shopify re-uses it when options are '
                        'added. Its stock (%s) was counted before: count it anew under each SKU', p.title, c.at, i.item) as detail
            from product_change c
            join variant v on v.shop = c.shop and v.variant_id = c.variant_id and v.deleted_at is null
            join product p on p.shop = v.shop and p.product_id = v.product_id
            join item i on i.item_id = v.item_id
           where c.field = 'options' and c.variant_id <> 0
             and c.old = '[{"name": "Title", "value": "Default Title"}]' and c.new is not null
             and exists (select from stock s where s.item_id = v.item_id and s.on_hand <> 0
                            and (s.count_as_of is null or s.count_as_of < c.at))
           order by c.shop, c.variant_id, c.at desc) r;
  update exception_case x set closed_at = p_at
   where x.kind = 'reused_variant' and x.closed_at is null and not x.subject = any (coalesce(v_subjects, '{}'));
  perform open_exceptions('reused_variant', array_agg(u.s), array_agg(u.d), p_at)
     from unnest(v_subjects, v_details) u(s, d)
    where not exists (select from exception_case x where x.kind = 'reused_variant' and x.subject = u.s
                         and x.closed_at is null)
   having count(*) > 0;
end $$;

do $$
declare
  name text;
begin
  foreach name in array array['millrace_product_state', 'millrace_order_state', 'millrace_reader'] loop
    begin
      execute format('create role %I nologin', name);
    exception when duplicate_object or unique_violation then
      null;                                 -- roles belong to the cluster: another database made it
    end;
  end loop;
end $$;
grant select, insert, update on catalog_policy to millrace_product_state;
grant select, insert, update, delete on product_version, product_change, variant_component to millrace_product_state;
grant select on catalog_policy to millrace_order_state;
grant select on catalog_policy, product_version, product_change, variant_component, v_product, v_variant, v_kit_component,
  v_product_metafield, v_product_history to millrace_reader;
