-- Rows that are decided about again.
--   $1 shop  $2 location  $3 inventory items  $4 when
select redue_rows($1::text, $2::bigint, $3::bigint[], $4::timestamptz)
