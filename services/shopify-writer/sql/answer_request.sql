-- The answer, applied once.
--   $1 key  $2 outcome  $3 message  $4 Shopify's time, not before the effect  $5 stale items  $6 refused items
--   $7 why  $8 now
select answer_request($1::uuid, $2::text, $3::text, $4::timestamptz, $5::bigint[], $6::bigint[], $7::text[],
                      $8::timestamptz)
