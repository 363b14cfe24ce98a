-- deadletter_retried: the record stands at the end of its topic again.
-- $1 its id: group/topic/partition@offset, $2 now
update dead_letter set retried_at = $2::timestamptz, retries = retries + 1
 where consumer_group || '/' || topic || '/' || partition || '@' || record_offset = $1::text;
