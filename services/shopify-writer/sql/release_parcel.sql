-- Nothing was executed: the parcel is wanted again.
--   $1 shop  $2 order  $3 parcel  $4 attempts seen  $5 slot  $6 when  $7 units are missing since  $8 by user error
--   $9 a person may have to act  $10 why  $11 now
select release_parcel($1::text, $2::bigint, $3::text, $4::bigint, $5::text, $6::timestamptz, $7::timestamptz,
                      $8::boolean, $9::boolean, $10::text, $11::timestamptz)
