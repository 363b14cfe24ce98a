-- deadletter_one: one record, whole.
-- $1 its id: group/topic/partition@offset
select consumer_group, topic, partition, record_offset, record_key, payload, headers::text, code, reason, at, retries,
       retried_at, dropped_at, dropped_why
  from dead_letter
 where consumer_group || '/' || topic || '/' || partition || '@' || record_offset = $1::text;
