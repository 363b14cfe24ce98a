-- Remembers what must be read; one row per resource.
-- $1 shops, $2 resources, $3 due, $4 triggered, $5 reasons, $6 whether the watermark waits for it
select add_hints($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::boolean[])
