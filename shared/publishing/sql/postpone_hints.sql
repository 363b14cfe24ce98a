-- To be read again later: moves hints that are still as they were claimed.
-- $1 shop, $2 resources, $3 end of the claim, $4 due (one each)
update hint h
   set due_at = u.due_at, attempts = h.attempts + 1
  from unnest($2::text[], $4::timestamptz[]) u(resource, due_at)
 where h.shop = $1::text and h.resource = u.resource and h.due_at = $3::timestamptz
