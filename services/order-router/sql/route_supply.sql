-- route_supply: what is usable of the items at the facilities, locked.
--   $1 bigint[]  items
--   $2 text[]    facilities
select item_id, facility, usable from route_supply($1::bigint[], $2::text[]);
