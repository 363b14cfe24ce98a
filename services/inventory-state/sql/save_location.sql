-- save_location: the name of a location of a shop; no row comes back when nothing changed.
--   $1 text         shop
--   $2 bigint       location id
--   $3 text         name
--   $4 timestamptz  now
insert into shop_location as l (shop, location_id, name, updated_at)
values ($1::text, $2::bigint, $3::text, $4::timestamptz)
on conflict (shop, location_id) do update set name = excluded.name, updated_at = excluded.updated_at
 where l.name is distinct from excluded.name
returning l.location_id;
