-- Kafka has these.
--   $1  topic
--   $2  keys
--   $3  the versions that were published
update outbox o set published_version = u.version
  from (select key, version from unnest($2::text[], $3::bigint[]) u(key, version) order by 1) u
 where o.topic = $1::text and o.key = u.key and o.published_version < u.version
