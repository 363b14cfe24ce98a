-- Kafka has these.
--   $1  ids
--   $2  the versions that were published
--   $3  partitions
--   $4  offsets, -1: not known
--   $5  when Kafka acknowledged them
update fulfillment_request r set published_version = u.version, sent_partition = u.partition,
       sent_offset = nullif(u.record_offset, -1), sent_at = $5::timestamptz
  from (select split_part(id, '/', 1) as shop, split_part(id, '/', 2)::bigint as order_id,
               split_part(id, '/', 3)::bigint as request, version, partition, record_offset
          from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) u(id, version, partition, record_offset)
         order by 1, 2, 3) u
 where r.shop = u.shop and r.order_id = u.order_id and r.request = u.request and r.published_version < u.version
