-- Answered calls that no late copy can meet any more.
--   $1 shop  $2 answered before  $3 how many at most
delete from stock_request r
 using (select request_key from stock_request
         where shop = $1::text and answered_at < $2::timestamptz order by answered_at limit $3::bigint) o
 where r.request_key = o.request_key
