-- Lets the next owner in at once. The row stays, because tokens must grow.
-- $1 name, $2 token, $3 now
update lease set expires_at = $3::timestamptz where name = $1::text and token = $2::bigint
