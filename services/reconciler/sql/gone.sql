-- gone: what is here and a full sweep did not meet; how many.
-- $1 shop, $2 kind, $3 compared up to this change, $4 now
select reconcile_gone($1::text, $2::text, $3::timestamptz, $4::timestamptz);
