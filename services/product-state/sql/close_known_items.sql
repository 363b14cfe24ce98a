-- close_known_items: exceptions about items that a product has brought meanwhile.
--   $1 timestamptz  now
select close_known_items($1::timestamptz);
