-- refetch_since: the publishers shall read again whatever changed since a moment.
-- $1 streams, $2 since, $3 shop or null for all, $4 now
insert into refetch_request as r (shop, stream, since_at, requested_at)
select c.shop, c.stream, $2::timestamptz, $4::timestamptz
  from shop_cursor c
 where c.stream = any ($1::text[]) and ($3::text is null or c.shop = $3::text)
 order by c.shop, c.stream
on conflict (shop, stream) do update
   set since_at = case when r.done_at is null then least(r.since_at, excluded.since_at) else excluded.since_at end,
       requested_at = excluded.requested_at, done_at = null
returning shop, stream, since_at;
