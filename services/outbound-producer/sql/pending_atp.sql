-- Promises that are not published yet.
--   $1  how many at most
select a.shop || '/' || a.inventory_item_id || '/' || a.location_id as id,
       a.shop || '/' || a.inventory_item_id || '/' || a.location_id as key,
       a.version, a.computed_at, 'millrace/' || a.shop as source,
       case when not a.gone then
         jsonb_build_object('shop', a.shop, 'inventory_item_id', a.inventory_item_id, 'location_id', a.location_id,
                            'item', i.item, 'version', a.version, 'promise', a.promise, 'atp', greatest(0, a.promise),
                            'level_min', a.level_min, 'level_max', a.level_max,
                            'watermark', time_text(a.watermark), 'terms', a.terms, 'reason', a.reason,
                            'computed_at', time_text(a.computed_at))::text end as value
  from (select * from atp where version > published_version order by shop, inventory_item_id limit $1::bigint) a
  join item i on i.item_id = a.item_id
