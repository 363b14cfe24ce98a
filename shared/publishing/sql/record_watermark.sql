-- Records how far the shop is in Kafka, and from which offsets on that is in force. Gives the moment recorded.
-- $1 shop, $2 through, $3 consumer group, $4 topics, $5 partitions, $6 next offsets
select record_watermark($1::text, $2::timestamptz, $3::text, $4::text[], $5::int[], $6::bigint[])
