-- Judges, and yields rows that want a write, locked, by location and item.
--   $1 shop  $2 how many at most  $3 now
select inventory_item_id, location_id, quantity, change_from, attempts, observed, held
  from decide_rows($1::text, $2::int, $3::timestamptz)
