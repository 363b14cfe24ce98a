-- Reports what would be sent.
--   $1 shop  $2 location  $3 inventory items  $4 quantities  $5 change_froms  $6 now
select observe_rows($1::text, $2::bigint, $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz)
