-- gone: of the next objects, what is here and a full sweep did not meet: the last that was looked at, and how many are gone.
-- $1 shop, $2 kind, $3 behind this id, $4 how many are looked at, $5 compared up to this change, $6 now
select o_last, o_gone
  from reconcile_gone($1::text, $2::text, $3::bigint, $4::int, $5::timestamptz, $6::timestamptz);
