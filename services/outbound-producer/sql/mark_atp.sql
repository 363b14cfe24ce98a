-- Kafka has these promises.
--   $1  ids
--   $2  the versions that were published
update atp a set published_version = u.version
  from (select split_part(id, '/', 1) as shop, split_part(id, '/', 2)::bigint as item,
               split_part(id, '/', 3)::bigint as location, version
          from unnest($1::text[], $2::bigint[]) u(id, version) order by 1, 2, 3) u
 where a.shop = u.shop and a.inventory_item_id = u.item and a.location_id = u.location
   and a.published_version < u.version
