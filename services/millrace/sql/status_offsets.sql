-- Where every consumer group stands, partition by partition.
select consumer_group, topic, partition, next_offset, consumed, dead_lettered, updated_at
  from consumer_offset
 order by consumer_group, topic, partition
