-- Done with: deletes hints that are still as they were claimed.
-- $1 shop, $2 resources, $3 end of the claim
delete from hint
 where shop = $1::text and resource = any ($2::text[]) and due_at = $3::timestamptz
