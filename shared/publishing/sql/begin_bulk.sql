-- An initial load was submitted; changes from here on are found by polls.
-- $1 shop, $2 stream, $3 operation, $4 from where polls go on, $5 submitted at, $6 now
insert into shop_cursor as c (shop, stream, through_at, bulk_state, bulk_operation, bulk_started_at, updated_at)
values ($1::text, $2::text, $4::timestamptz, 'running', $3::text, $5::timestamptz, $6::timestamptz)
on conflict (shop, stream) do update
   set through_at = least(c.through_at, excluded.through_at), bulk_state = 'running',
       bulk_operation = excluded.bulk_operation, bulk_started_at = excluded.bulk_started_at,
       bulk_objects = null, bulk_produced = null, updated_at = excluded.updated_at
