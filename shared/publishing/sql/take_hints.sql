-- Claims due hints of one kind: their due_at moves behind the claim, so that a hint arriving meanwhile shows.
-- $1 shop, $2 pattern of the resource ('Order/%'), $3 now, $4 end of the claim, $5 how many at most
update hint h
   set due_at = $4::timestamptz
  from (select shop, resource from hint
         where shop = $1::text and resource like $2::text and due_at <= $3::timestamptz
         order by due_at, resource
         limit $5::int
           for update skip locked) t
 where h.shop = t.shop and h.resource = t.resource
returning h.resource, h.triggered_at, h.attempts, h.reason, h.holds_watermark
