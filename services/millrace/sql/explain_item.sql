-- explain_item: whether the item exists, and which variants of which shops sell it.
--   $1 text  SKU or item key
select i.item, v.shop, v.variant_id, v.inventory_item_id, v.linked, v.deleted_at is not null as deleted, v.tracked, v.title
  from item i left join variant v on v.item_id = i.item_id
 where i.item in ($1::text, 'sku:' || $1::text)
 order by v.shop, v.variant_id;
