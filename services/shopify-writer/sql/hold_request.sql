-- Persists a call before it is sent.
--   $1 key  $2 shop  $3 location  $4 body  $5 inventory items  $6 quantities  $7 change_froms  $8 slot
--   $9 when to repeat it  $10 now
select hold_request($1::uuid, $2::text, $3::bigint, $4::text, $5::bigint[], $6::bigint[], $7::bigint[], $8::text,
                    $9::timestamptz, $10::timestamptz)
