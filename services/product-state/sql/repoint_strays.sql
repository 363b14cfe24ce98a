-- repoint_strays: lines that were taken in while their variant was being linked, and count for another item.
--   $1 int          variants at most
--   $2 timestamptz  now
select repoint_strays($1::int, $2::timestamptz);
