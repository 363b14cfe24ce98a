-- product_chains: what named the variants in every version of products, oldest first; a version without any has one row.
--   $1 text[]    shops
--   $2 bigint[]  product ids
select c.shop, c.product_id, c.n as version, p.deleted_at is not null as archived, v.variant_id, v.inventory_item_id, v.sku,
       v.barcode, coalesce(v.tracked, false) as tracked
  from (select x.*, row_number() over (partition by x.shop, x.product_id
                                       order by x.updated_at, x.observed_at, x.body_hash collate "C") as n
          from version_chains($1::text[], $2::bigint[]) x) c
  join product p on p.shop = c.shop and p.product_id = c.product_id
 cross join lateral (select version_body(c.shop, c.product_id, c.updated_at, c.observed_at, c.body_hash) as body) b
  left join lateral jsonb_to_recordset(b.body->'variants')
       v(variant_id bigint, inventory_item_id bigint, sku text, barcode text, tracked boolean)
    on b.body->>'deleted_at' is null
 order by c.shop collate "C", c.product_id, c.n, v.variant_id;
