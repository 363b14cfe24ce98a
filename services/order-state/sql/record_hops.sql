-- record_hops: what became of each record of an order; a record that has its row keeps it.
--   $1 text[]          shops
--   $2 bigint[]        order ids
--   $3 text[]          topics, without prefix
--   $4 int[]           partitions
--   $5 bigint[]        offsets
--   $6 text[]          outcomes
--   $7 text[]          why it was refused, or why it was looked at
--   $8 timestamptz[]   versions, first half
--   $9 timestamptz[]   versions, second half
--   $10 timestamptz[]  Kafka's times of the records
--   $11 timestamptz    now
insert into order_hop (shop, order_id, topic, partition, record_offset, outcome, reason, updated_at, observed_at,
                       produced_at, applied_at)
select u.*, $11::timestamptz
  from unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::bigint[], $6::text[], $7::text[], $8::timestamptz[],
              $9::timestamptz[], $10::timestamptz[]) u
on conflict do nothing;
