-- exception_list: what waits for a person, the kinds with their oldest first. Filters that are null let everything pass.
-- $1 kind, $2 text in the subject, $3 also what is closed, $4 at most
select kind, subject, detail, opened_at, seen_at, seen, closed_at, advice
  from v_exception
 where ($1::text is null or kind = $1::text)
   and ($2::text is null or strpos(subject, $2::text) > 0)
   and ($3::boolean or closed_at is null)
 order by kind, closed_at is not null, opened_at, subject
 limit $4::bigint;
