-- Persists an intent before it is sent; false: it must not be sent.
--   $1 shop  $2 order  $3 parcel  $4 attempts seen  $5 fulfilments the order has  $6 units by line  $7 body  $8 slot
--   $9 claim until  $10 when to look what became of it  $11 now
select intend_parcel($1::text, $2::bigint, $3::text, $4::bigint, $5::bigint[], $6::text, $7::text, $8::text,
                     $9::timestamptz, $10::timestamptz, $11::timestamptz)
