-- deadletter_reasons: how many records wait for which reason; the most first. Filters that are null let everything pass.
-- $1 group, $2 topic (with or without prefix), $3 code, $4 text in the reason, $5 also what was sent again or dropped
select count(*) as n, consumer_group, topic, code, min(at) as oldest, max(at) as newest,
       (array_agg(reason order by at desc))[1] as example
  from dead_letter d
 where ($1::text is null or consumer_group like '%' || $1::text)
   and ($2::text is null or topic like '%' || $2::text)
   and ($3::text is null or code = $3::text)
   and ($4::text is null or strpos(reason, $4::text) > 0)
   and ($5::boolean or retried_at is null and dropped_at is null)
 group by consumer_group, topic, code
 order by n desc, consumer_group, topic, code;
