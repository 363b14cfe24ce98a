-- How far every stream of every shop was read, and its first load.
--   $1 timestamptz  now
select shop, stream,
       case when bulk_state = 'none' then 'none needed'
            when bulk_state = 'running' and coalesce(bulk_produced, 0) = 0 then 'Shopify prepares the file'
            when bulk_state = 'running' then 'goes into Kafka' else bulk_state end as load,
       bulk_produced as loaded, bulk_objects as load_objects, through_at,
       extract(epoch from greatest($1::timestamptz - through_at, interval '0'))::bigint as behind_s
  from shop_cursor
 order by shop, stream
