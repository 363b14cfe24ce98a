-- deadletter_list: records that could not be applied, oldest first. Filters as in deadletter_reasons.
-- $1 group, $2 topic, $3 code, $4 text in the reason, $5 also what was sent again or dropped, $6 at most
select consumer_group || '/' || topic || '/' || partition || '@' || record_offset as id,
       encode(coalesce(record_key, ''), 'escape') as key, code, reason, at, retries,
       case when dropped_at is not null then 'dropped' when retried_at is not null then 'sent again' else 'waits' end as state,
       coalesce(octet_length(payload), 0)::bigint as bytes,
       case when headers->>'millrace_retries' ~ '^[1-9][0-9]{0,5}$' then (headers->>'millrace_retries')::int end as came_back,
       dead_letter_outlook(topic, payload) as outlook
  from dead_letter d
 where ($1::text is null or consumer_group like '%' || $1::text)
   and ($2::text is null or topic like '%' || $2::text)
   and ($3::text is null or code = $3::text)
   and ($4::text is null or strpos(reason, $4::text) > 0)
   and ($5::boolean or retried_at is null and dropped_at is null)
 order by at, consumer_group, topic, partition, record_offset
 limit $6::bigint;
