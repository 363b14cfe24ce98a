-- What a person wants read again and has not been.
-- $1 shop, $2 stream
select since_at, requested_at
  from refetch_request
 where shop = $1::text and stream = $2::text and done_at is null
