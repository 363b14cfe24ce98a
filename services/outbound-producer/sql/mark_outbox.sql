-- Kafka has these. A row that somebody holds is left for the next turn: he may wait for a row that we have marked, so we
-- never wait for him.
--   $1  topic
--   $2  keys
--   $3  the versions that were published
update outbox o set published_version = u.version
  from (select x.key, x.version
          from unnest($2::text[], $3::bigint[]) x(key, version)
          join outbox p on p.topic = $1::text and p.key = x.key
           for update of p skip locked) u
 where o.topic = $1::text and o.key = u.key and o.published_version < u.version
