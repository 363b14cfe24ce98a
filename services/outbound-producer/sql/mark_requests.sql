-- Kafka has these.
--   $1  ids
--   $2  the versions that were published
update fulfillment_request r set published_version = u.version
  from (select split_part(id, '/', 1) as shop, split_part(id, '/', 2)::bigint as order_id,
               split_part(id, '/', 3)::bigint as request, version
          from unnest($1::text[], $2::bigint[]) u(id, version) order by 1, 2, 3) u
 where r.shop = u.shop and r.order_id = u.order_id and r.request = u.request and r.published_version < u.version
