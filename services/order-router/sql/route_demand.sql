-- route_demand: lines of locked orders that want units, the lines of an order together.
--   $1 text[]    shops
--   $2 bigint[]  order ids
select shop, order_id, line_id, item_id, item, units from route_demand($1::text[], $2::bigint[]);
