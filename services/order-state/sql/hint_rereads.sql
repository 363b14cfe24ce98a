-- hint_rereads: asks for another read of orders whose topic ends on an older snapshot than it has shown before, or on
--   one of two rivals. Says nothing about records that are being replayed.
--   $1 text           consumer group
--   $2 text[]         shops
--   $3 bigint[]       order ids
--   $4 timestamptz[]  versions of the late records, first half
--   $5 timestamptz[]  second half
--   $6 text[]         their topics, in full
--   $7 int[]          their partitions
--   $8 text[]         their topics, without prefix
--   $9 boolean[]      another body had the same version
--   $10 timestamptz   now
insert into hint as h (shop, resource, due_at, triggered_at, reason)
select distinct on (u.shop, u.order_id) u.shop, 'Order/' || u.order_id, $10::timestamptz, $10::timestamptz,
       case when u.tie then 'rival of its version in ' else 'late snapshot in ' end || u.plain
  from unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::int[], $8::text[],
              $9::boolean[]) u(shop, order_id, updated_at, observed_at, topic, partition, plain, tie)
  join consumer_offset c on c.consumer_group = $1::text and c.topic = u.topic and c.partition = u.partition
                        and c.high_offset = c.next_offset
 where u.tie or u.plain in ('fulfillment-orders', 'returns')
    or exists (select from order_version v
                where v.shop = u.shop and v.order_id = u.order_id
                  and (v.updated_at, v.observed_at) > (u.updated_at, u.observed_at)
                  and split_part(v.source, ' ', 1) = u.plain)
 order by u.shop, u.order_id
on conflict (shop, resource) do update
   set due_at = least(h.due_at, excluded.due_at),
       reason = case when hint_weight(h.reason) < hint_weight(excluded.reason) then excluded.reason else h.reason end
 where excluded.due_at < h.due_at or hint_weight(h.reason) < hint_weight(excluded.reason);
