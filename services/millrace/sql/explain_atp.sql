-- explain_atp: every term of the promise of an item, per channel, beside what was published and what Shopify was sent.
--   $1 text  SKU or item key
select t.shop, t.location_id, coalesce(sl.name, t.location_id::text) as location, t.item,
       t.usable, t.shortage, t.unallocated, t.threshold, t.net, t.promise, t.atp,
       t.committed_min, t.committed_max, t.known, t.level_min, t.level_max, t.watermark,
       a.version, a.published_version, a.promise as published_promise, a.reason, a.computed_at,
       b.written, b.residual, b.judged, b.request_key is not null as in_flight, b.refused, b.last_write_at,
       b.written + b.known + b.residual as shopify_on_hand
  from atp_term t
  left join shop_location sl on sl.shop = t.shop and sl.location_id = t.location_id
  left join atp a on a.shop = t.shop and a.inventory_item_id = t.inventory_item_id and a.location_id = t.location_id
  left join book_row b on b.shop = t.shop and b.inventory_item_id = t.inventory_item_id
                      and b.location_id = t.location_id
 where t.item_id in (select item_id from item where item in ($1::text, 'sku:' || $1::text))
 order by t.shop, t.location_id;
