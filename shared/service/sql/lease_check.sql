-- One row while the token is still the lease's; it stays so until the transaction ends.
-- $1 name, $2 token
select token from lease where name = $1::text and token = $2::bigint for share
