-- The shop answers again.
--   $1 shop  $2 now
select close_exceptions('shop_paused', array[$1::text], $2::timestamptz)
