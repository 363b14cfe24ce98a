-- launch_orders: brings orders in line with their shop's launch; returns how many, until it is 0.
--   $1 text         shop
--   $2 int          orders at most
--   $3 timestamptz  now
select launch_orders($1::text, $2::int, $3::timestamptz);
