-- apply_order_records: everything a batch of facts about orders leads to; one row per fact with its verdict.
--   $1 text[]         kinds
--   $2 text[]         shops
--   $3 bigint[]       order ids
--   $4 timestamptz[]  versions, first half
--   $5 timestamptz[]  versions, second half
--   $6 text[]         hashes of the bodies
--   $7 text[]         sources; of shipments: the parcel
--   $8 text[]         bodies
--   $9 timestamptz    now
select n, outcome, coalesce(tie, false), reason
  from apply_order_records($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::text[],
                           $7::text[], $8::text[], $9::timestamptz)
 order by n;
