-- What waits: for the producer, for the ATP computation, for a person.
select 'outbox' as what, count(*) as n from outbox where version > published_version
union all select 'atp to publish', count(*) from atp where version > published_version
union all select 'hints', count(*) from hint
union all select 'orders to route', count(*) from route_queue
union all select 'dead letters', count(*) from dead_letter where retried_at is null and dropped_at is null
union all select 'differences from Shopify', count(*) from drift where healed_at is null
union all select 'exceptions: ' || kind, count(*) from exception_case where closed_at is null group by kind
order by 1
