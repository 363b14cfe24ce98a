-- heal: closes what has healed, tells people of what does not; what is open, by kind.
-- $1 shop, $2 now
select kind, open from reconcile_heal($1::text, $2::timestamptz);
