-- Nothing was executed: the parcel is wanted again.
--   $1 shop  $2 order  $3 parcel  $4 slot  $5 when  $6 units are missing since  $7 by user error  $8 a person may have to
--   act  $9 why  $10 now
select release_parcel($1::text, $2::bigint, $3::text, $4::text, $5::timestamptz, $6::timestamptz, $7::boolean,
                      $8::boolean, $9::text, $10::timestamptz)
