-- trace_order_hops: every record of an order that Kafka has of it, in and out, and what became of it. Of what goes out only
-- the newest record of a key is remembered. A dead letter of another group (the writer's, say) is here as well. Clocks
-- differ, and Kafka's has milliseconds: a span of less than nothing is nothing.
--   $1 text    shop
--   $2 bigint  order id
--   $3 text    prefix of topics and groups
with incoming as (
  select h.*, d.retried_at, d.dropped_why
    from order_hop h
    left join dead_letter d on h.outcome = 'dead_lettered' and d.consumer_group like '%order-state'
                           and d.topic = $3::text || h.topic and d.partition = h.partition
                           and d.record_offset = h.record_offset
   where h.shop = $1::text and h.order_id = $2::bigint
), ms as (select 1000 as a_second)
select h.applied_at as at, 'order-state' as hop, h.topic, h.partition, h.record_offset,
       replace(h.outcome, '_', '-') as outcome,
       (extract(epoch from greatest(h.produced_at, h.observed_at) - h.observed_at) * a_second)::bigint as ms_to_kafka,
       (extract(epoch from greatest(h.applied_at, h.produced_at) - h.produced_at) * a_second)::bigint as ms_to_commit,
       coalesce(h.reason, case h.topic when 'orders' then 'the order, for the first time'
                                       when 'fulfillment-orders' then 'what only a read shows of it'
                                       when 'returns' then 'its returns' else '' end)
         || case h.outcome when 'duplicate' then ': known already' when 'stale' then ': a newer one was known' else '' end
         || case when h.retried_at is not null then ' (sent again)' else coalesce(' (given up: ' || h.dropped_why || ')', '') end
         as text
  from incoming h cross join ms
union all
select d.at, replace(d.consumer_group, $3::text, ''), substr(d.topic, length($3::text) + 1), d.partition, d.record_offset,
       'dead-lettered', null, null, d.reason
  from dead_letter d
 where d.record_key = convert_to($1::text || '/' || $2::bigint, 'UTF8')
   and not exists (select from incoming h where $3::text || h.topic = d.topic and h.partition = d.partition
                      and h.record_offset = d.record_offset)
union all
select coalesce(o.sent_at, o.at), 'outbound', o.topic, o.sent_partition, o.sent_offset,
       case when o.version > o.published_version then 'waits' else 'sent' end,
       case when o.version = o.published_version
            then (extract(epoch from greatest(o.sent_at, o.at) - o.at) * a_second)::bigint end, null,
       format('%s (%s)', case o.topic when 'allocations' then 'who ships what, by now' else 'what Shopify is to be told' end,
              o.reason)
  from outbox o cross join ms
 where o.key = $1::text || '/' || $2::bigint and o.topic in ('allocations', 'fulfillments')
union all
select coalesce(r.sent_at, r.decided_at), 'outbound', 'fulfillment-requests', r.sent_partition, r.sent_offset,
       case when r.version > r.published_version then 'waits' else 'sent' end,
       case when r.sent_at is not null
            then (extract(epoch from greatest(r.sent_at, r.decided_at) - r.decided_at) * a_second)::bigint end, null,
       format('request %s to %s: %s %s', r.request, r.facility, r.kind,
              (select string_agg(format('%s × %s', x->>'quantity', coalesce(x->>'sku', x->>'item')), ', ')
                 from jsonb_array_elements(r.lines) x))
  from fulfillment_request r cross join ms
 where r.shop = $1::text and r.order_id = $2::bigint
union all
-- the writer may have met it before the producer heard that Kafka has it: then it is told in the order of cause and effect
select greatest(p.taken_at, o.sent_at), 'writer', 'fulfillments', p.record_partition, p.record_offset, 'applied', null,
       (extract(epoch from greatest(p.taken_at, o.sent_at) - o.sent_at) * a_second)::bigint,
       format('parcel %s is to be told to Shopify', p.parcel)
  from parcel_write p
 cross join ms
  left join outbox o on o.topic = 'fulfillments' and o.key = $1::text || '/' || $2::bigint
                    and o.sent_partition = p.record_partition and o.sent_offset = p.record_offset
 where p.shop = $1::text and p.order_id = $2::bigint and p.record_offset is not null
 order by at, topic, partition, record_offset, hop;
