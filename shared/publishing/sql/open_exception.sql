-- Tells people.
-- $1 kind, $2 subjects, $3 details, $4 now
select open_exceptions($1::text, $2::text[], $3::text[], $4::timestamptz)
