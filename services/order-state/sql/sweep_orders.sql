-- sweep_orders: finishes what had to wait; returns how many orders were settled.
--   $1 int          orders at most
--   $2 timestamptz  now
select sweep_orders($1::int, $2::timestamptz);
