-- Kafka has these. A row that somebody holds is left for the next turn: he may wait for a row that we have marked, so we
-- never wait for him.
--   $1  topic
--   $2  keys
--   $3  the versions that were published
--   $4  partitions
--   $5  offsets, -1: not known
--   $6  when Kafka acknowledged them
update outbox o set published_version = u.version, sent_partition = u.partition, sent_offset = nullif(u.record_offset, -1),
       sent_at = $6::timestamptz
  from (select x.key, x.version, x.partition, x.record_offset
          from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) x(key, version, partition, record_offset)
          join outbox p on p.topic = $1::text and p.key = x.key
           for update of p skip locked) u
 where o.topic = $1::text and o.key = u.key and o.published_version < u.version
