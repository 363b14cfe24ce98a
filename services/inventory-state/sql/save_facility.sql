-- save_facility: a facility as its setting describes it; no row comes back when nothing changed.
--   $1 text         facility
--   $2 text         name
--   $3 bigint       priority
--   $4 text         authority
--   $5 bigint       safety stock
--   $6 boolean      ships
--   $7 boolean      active
--   $8 timestamptz  now
insert into facility as f (facility, name, priority, authority, safety_stock, ships, active, updated_at)
values ($1::text, $2::text, $3::bigint, $4::text, $5::bigint, $6::boolean, $7::boolean, $8::timestamptz)
on conflict (facility) do update
   set name = excluded.name, priority = excluded.priority, authority = excluded.authority,
       safety_stock = excluded.safety_stock, ships = excluded.ships, active = excluded.active,
       updated_at = excluded.updated_at
 where (f.name, f.priority, f.authority, f.safety_stock, f.ships, f.active)
       is distinct from (excluded.name, excluded.priority, excluded.authority, excluded.safety_stock,
                         excluded.ships, excluded.active)
returning f.facility;
