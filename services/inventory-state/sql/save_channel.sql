-- save_channel: a channel as its setting describes it. Answers: changed, facilities that were or are its own, why refused.
--   $1 text         shop
--   $2 bigint       location id
--   $3 boolean      active
--   $4 bigint       threshold
--   $5 text[]       facilities
--   $6 timestamptz  now
select c.changed, c.refused, t.facility
  from apply_channel($1::text, $2::bigint, $3::boolean, $4::bigint, $5::text[], $6::timestamptz) c
  left join lateral unnest(c.touched) t(facility) on true;
