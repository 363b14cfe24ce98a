-- No answer: the same call again, at a given time.
--   $1 key  $2 when
update stock_request set due_at = $2::timestamptz where request_key = $1::uuid and answered_at is null
