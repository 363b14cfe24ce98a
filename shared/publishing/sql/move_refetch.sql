-- Read again so far, or all of it; nothing when the person has asked anew meanwhile.
-- $1 shop, $2 stream, $3 when it was asked, $4 read again up to, $5 done, or null
update refetch_request
   set since_at = greatest(since_at, $4::timestamptz), done_at = $5::timestamptz
 where shop = $1::text and stream = $2::text and requested_at = $3::timestamptz and done_at is null
