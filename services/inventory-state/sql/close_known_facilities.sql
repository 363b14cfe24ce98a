-- close_known_facilities: exceptions about facilities that have arrived meanwhile, however the transactions interleaved.
--   $1 timestamptz  now
update exception_case x set closed_at = $1::timestamptz
 where x.kind = 'unknown_facility' and x.closed_at is null
   and exists (select from facility f where f.facility = x.subject);
