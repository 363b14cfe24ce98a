-- Persists an intent before it is sent; false: it must not be sent.
--   $1 shop  $2 order  $3 parcel  $4 fulfilments the order has  $5 units by line  $6 body  $7 slot  $8 claim until
--   $9 when to look what became of it  $10 now
select intend_parcel($1::text, $2::bigint, $3::text, $4::bigint[], $5::text, $6::text, $7::text, $8::timestamptz,
                     $9::timestamptz, $10::timestamptz)
