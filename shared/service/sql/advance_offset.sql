-- Moves a partition's offset by compare-and-set on offset and epoch; raises when another owner was here.
-- $1 group, $2 topic, $3 partition, $4 where we think it stands, $5 where it goes, $6 epoch, $7 now
select advance_offset($1::text, $2::text, $3::int, $4::bigint, $5::bigint, $6::int, $7::timestamptz)
