-- judge_reused_variants: only variants that became one of several, and whose stock was not counted since, are exceptions.
--   $1 timestamptz  now
select judge_reused_variants($1::timestamptz);
