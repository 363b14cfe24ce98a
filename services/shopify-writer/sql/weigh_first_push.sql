-- Weighs what the first push of a shop's channels would change; yields those whose first push was not over.
--   $1 shop  $2 released by a person  $3 rows of a channel that is never stopped  $4 percent that may change
--   $5 percent that may go to nothing left  $6 now
select location_id, before, state, n_rows, n_waiting, n_changed, n_zeroed
  from weigh_first_push($1::text, $2::boolean, $3::bigint, $4::bigint, $5::bigint, $6::timestamptz)
