-- deadletter_one: one record, whole.
-- $1 its id: group/topic/partition@offset
select consumer_group || '/' || topic || '/' || partition || '@' || record_offset as id, code, reason, at, retries, retried_at,
       dropped_at, dropped_why, dead_letter_outlook(topic, payload) as outlook, record_key, headers::text, payload,
       case when headers->>'millrace_retries' ~ '^[1-9][0-9]{0,5}$' then (headers->>'millrace_retries')::int end as came_back,
       topic
  from dead_letter
 where consumer_group || '/' || topic || '/' || partition || '@' || record_offset = $1::text;
