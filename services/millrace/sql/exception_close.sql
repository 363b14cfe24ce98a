-- exception_close: a person says that it is dealt with.
-- $1 kind, $2 subject, $3 now
update exception_case set closed_at = $3::timestamptz
 where kind = $1::text and subject = $2::text and closed_at is null;
