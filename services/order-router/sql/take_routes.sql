-- take_routes: orders that are due and that nobody else holds, locked.
--   $1 int          orders at most
--   $2 timestamptz  now
select shop, order_id, gen, attempts, due_at from take_routes($1::int, $2::timestamptz);
