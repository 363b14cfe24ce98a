-- A shop that cannot be written to until a person acts.
--   $1 shop  $2 why  $3 now
select open_exceptions('shop_paused', array[$1::text], array[$2::text], $3::timestamptz)
