-- A read came to nothing.
--   $1 shop  $2 location  $3 inventory items  $4 when again
select retry_reads($1::text, $2::bigint, $3::bigint[], $4::timestamptz)
