-- known_variants: what is stored of the variants of these products, and of the variants named.
--   $1 text[]    shops of the products
--   $2 bigint[]  product ids
--   $3 text[]    shops of the variants
--   $4 bigint[]  variant ids
select v.shop, v.variant_id, v.item_id, i.item, v.linked, v.deleted_at is null as live, v.inventory_item_id, v.tracked,
       i.item like 'variant:%' and exists (select from stock_entry e where e.item_id = v.item_id) as placeholder_has_stock
  from (select x.shop, x.variant_id from unnest($1::text[], $2::bigint[]) u(shop, product_id)
          join variant x on x.shop = u.shop and x.product_id = u.product_id
        union
        select * from unnest($3::text[], $4::bigint[])) k
  join variant v on v.shop = k.shop and v.variant_id = k.variant_id
  join item i on i.item_id = v.item_id
 order by v.shop collate "C", v.variant_id;
