-- Counts what became of the records: consumed = applied + duplicate + stale + dead_lettered.
-- $1 group, $2 topics, $3 partitions, then per partition: $4 applied, $5 duplicate, $6 stale, $7 dead-lettered
update consumer_offset c
   set consumed = c.consumed + t.applied + t.duplicate + t.stale + t.dead,
       applied = c.applied + t.applied,
       duplicate = c.duplicate + t.duplicate,
       stale = c.stale + t.stale,
       dead_lettered = c.dead_lettered + t.dead
  from unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
       t(topic, partition, applied, duplicate, stale, dead)
 where c.consumer_group = $1::text and c.topic = t.topic and c.partition = t.partition
