-- deadletter_drop: these records are given up; they stay readable with --all.
-- $1 ids: group/topic/partition@offset, $2 why, $3 now
update dead_letter set dropped_at = $3::timestamptz, dropped_why = $2::text
 where consumer_group || '/' || topic || '/' || partition || '@' || record_offset = any ($1::text[])
   and dropped_at is null;
