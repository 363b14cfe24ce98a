-- Unanswered calls to repeat.
--   $1 shop  $2 slot  $3 how many at most  $4 when again  $5 now
select request_key, body, attempts from take_requests($1::text, $2::text, $3::int, $4::timestamptz, $5::timestamptz)
