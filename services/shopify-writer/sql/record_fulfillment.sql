-- The fulfilment exists.
--   $1 shop  $2 order  $3 parcel  $4 fulfilment  $5 location (may be null)  $6 lines  $7 units  $8 Shopify's time
--   $9 tracking number (may be null)  $10 message (may be null)  $11 now
select record_fulfillment($1::text, $2::bigint, $3::text, $4::bigint, $5::bigint, $6::bigint[], $7::bigint[],
                          $8::timestamptz, $9::text, $10::text, $11::timestamptz)
