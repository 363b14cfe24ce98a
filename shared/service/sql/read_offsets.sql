-- Where the partitions of an assignment begin; a partition never seen begins at its low watermark.
-- $1 group, $2 topics, $3 partitions, $4 low watermarks, $5 now
select a.topic, a.partition, s.next_offset, s.epoch
  from unnest($2::text[], $3::int[], $4::bigint[]) a(topic, partition, low)
 cross join lateral start_offset($1::text, a.topic, a.partition, a.low, $5::timestamptz) s
 order by a.topic, a.partition
