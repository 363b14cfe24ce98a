-- record_routes: writes a decision: allocations with their reservation, requests, queue, outbox, exceptions.
--   $1 text[]          shops, one entry per line and facility
--   $2 bigint[]        order ids
--   $3 bigint[]        line ids
--   $4 text[]          facilities
--   $5 bigint[]        units
--   $6 text[]          shops, one entry per order that was looked at
--   $7 bigint[]        order ids
--   $8 bigint[]        gen of the queue entry that was taken
--   $9 timestamptz[]   when to look again; null: nothing is left to place
--   $10 text[]         what is lacking
--   $11 timestamptz    now
select record_routes($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::bigint[],
                     $8::bigint[], $9::timestamptz[], $10::text[], $11::timestamptz);
