-- wanted_items: does the item exist that each variant's identifier names, and which variant of the shop holds it?
--   $1 text[]  shops
--   $2 text[]  items, aligned
select u.n, i.item_id, v.variant_id as owner
  from unnest($1::text[], $2::text[]) with ordinality u(shop, item, n)
  left join item i on i.item = u.item
  left join variant v on v.item_id = i.item_id and v.shop = u.shop and v.linked and v.deleted_at is null
 order by u.n;
