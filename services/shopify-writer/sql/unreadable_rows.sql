-- Rows that Shopify does not show.
--   $1 shop  $2 location  $3 inventory items  $4 why  $5 when to look again  $6 now
select unreadable_rows($1::text, $2::bigint, $3::bigint[], $4::text, $5::timestamptz, $6::timestamptz)
