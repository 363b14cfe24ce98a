-- deadletter_outlook: what would become of these records, were they sent again now; the most first.
-- $1 ids: group/topic/partition@offset
select count(*) as count, dead_letter_outlook(topic, payload) as outlook
  from dead_letter
 where consumer_group || '/' || topic || '/' || partition || '@' || record_offset = any ($1::text[])
 group by 2 order by 1 desc, 2;
