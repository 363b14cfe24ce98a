-- Calls that must not be repeated: their rows are closed until they are read.
--   $1 shop  $2 older than this  $3 and this key (may be null)  $4 Shopify's time  $5 when to read  $6 now
select expire_requests($1::text, $2::timestamptz, $3::uuid, $4::timestamptz, $5::timestamptz, $6::timestamptz)
