-- set_launch: says when a shop went over to us.
--   $1 text         shop
--   $2 timestamptz  launch
select set_launch($1::text, $2::timestamptz);
