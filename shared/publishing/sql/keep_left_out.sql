-- An object that a bulk result could not show, as a dead letter that has no place in a topic: each time it is met anew.
-- $1 group, $2 topic, $3 its own number, $4 key, $5 payload, $6 headers, $7 code, $8 reason, $9 now
insert into dead_letter (consumer_group, topic, partition, record_offset, record_key, payload, headers, code, reason, at)
values ($1::text, $2::text, -1, $3::bigint, $4::bytea, $5::bytea, $6::jsonb, $7::text, $8::text, $9::timestamptz)
on conflict (consumer_group, topic, partition, record_offset) do update
   set payload = excluded.payload, headers = excluded.headers, code = excluded.code, reason = excluded.reason,
       at = excluded.at, retried_at = null, dropped_at = null, dropped_why = null;
