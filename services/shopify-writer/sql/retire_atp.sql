-- Tombstones of topic `atp`, one per row; yields the places of those that were newer.
--   $1 shops  $2 inventory items  $3 locations  $4 versions
--   $5 how many of the first are retired; the others are only locked
select * from retire_atp($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint)
