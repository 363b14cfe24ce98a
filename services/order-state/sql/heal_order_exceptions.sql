-- heal_order_exceptions: closes exceptions whose cause went away unseen.
--   $1 timestamptz  now
select heal_order_exceptions($1::timestamptz);
