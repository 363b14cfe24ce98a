-- Records of topic `atp`, one per row; yields the places of those that were newer.
--   $1 shops  $2 inventory items  $3 locations  $4 versions  $5 level_min  $6 level_max  $7 promises  $8 watermarks
--   $9 computed_at  $10 now
select * from apply_atp($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                        $8::timestamptz[], $9::timestamptz[], $10::timestamptz)
