-- Tombstones of topic `atp`.
--   $1 shops  $2 inventory items  $3 locations  $4 how many of the first are retired; the others are only locked
select retire_atp($1::text[], $2::bigint[], $3::bigint[], $4::bigint)
