-- Takes or keeps a lease; no row comes back while somebody else holds it. A new owner gets a larger token.
-- $1 name, $2 owner, $3 now, $4 until, $5 slot whose former owner may be replaced at once, or null
insert into lease as l (name, owner, token, expires_at)
values ($1::text, $2::text, 1, $4::timestamptz)
on conflict (name) do update
   set owner = excluded.owner,
       token = case when l.owner = excluded.owner then l.token else l.token + 1 end,
       expires_at = excluded.expires_at
 where l.owner = excluded.owner
    or l.expires_at <= $3::timestamptz
    or split_part(l.owner, '/', 1) = $5::text
returning token
