-- Everything up to the moment was read and acknowledged; a cursor never goes back.
-- $1 shop, $2 stream, $3 through, $4 now
insert into shop_cursor as c (shop, stream, through_at, updated_at)
values ($1::text, $2::text, $3::timestamptz, $4::timestamptz)
on conflict (shop, stream) do update
   set through_at = greatest(c.through_at, excluded.through_at), updated_at = excluded.updated_at
