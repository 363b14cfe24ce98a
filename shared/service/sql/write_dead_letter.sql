-- Keeps a record that could not be applied, whole, with the newest reason.
-- $1 group, $2 topic, $3 partition, $4 offset, $5 key, $6 payload, $7 headers, $8 code, $9 reason, $10 now
insert into dead_letter (consumer_group, topic, partition, record_offset, record_key, payload, headers, code, reason, at)
values ($1::text, $2::text, $3::int, $4::bigint, $5::bytea, $6::bytea, $7::jsonb, $8::text, $9::text, $10::timestamptz)
on conflict (consumer_group, topic, partition, record_offset) do update
   set code = excluded.code, reason = excluded.reason, at = excluded.at
