-- Tombstones of topic `atp`.
--   $1 shops  $2 inventory items  $3 locations
select retire_atp($1::text[], $2::bigint[], $3::bigint[])
