-- launch_orders: brings the next orders in line with their shop's launch; the last one looked at, null when none is left.
--   $1 text         shop
--   $2 bigint       the last order of the call before
--   $3 int          orders at most
--   $4 timestamptz  now
select launch_orders($1::text, $2::bigint, $3::int, $4::timestamptz);
