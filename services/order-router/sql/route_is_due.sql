-- route_is_due: is there an order to be routed?
--   $1 timestamptz  now
select exists (select from route_queue where due_at <= $1::timestamptz);
