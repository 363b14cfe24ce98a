-- A value that breaks its own schema is not published: a person must see it, the others go on.
--   $1  topic/id
--   $2  why
--   $3  now
select open_exceptions('unpublishable', array[$1::text], array[$2::text], $3::timestamptz)
