-- Rows of one location whose read is due.
--   $1 shop  $2 how many at most  $3 when again if nothing comes of it  $4 now
select inventory_item_id, location_id, last_write_at
  from take_reads($1::text, $2::int, $3::timestamptz, $4::timestamptz)
