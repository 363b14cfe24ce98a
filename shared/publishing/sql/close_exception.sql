-- The cause is gone.
-- $1 kind, $2 subjects, $3 now
select close_exceptions($1::text, $2::text[], $3::timestamptz)
