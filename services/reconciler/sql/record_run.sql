-- record_run: one comparison is over.
-- $1 shop, $2 light or full, $3 kind, $4 when it began, $5 compared up to this change, $6 now, $7 compared, $8 different
insert into reconcile_run (shop, sweep, kind, began_at, through_at, ended_at, compared, different)
values ($1::text, $2::text, $3::text, $4::timestamptz, $5::timestamptz, $6::timestamptz, $7::bigint, $8::bigint)
on conflict do nothing;
