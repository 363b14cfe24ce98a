-- What a read has shown.
--   $1 shop  $2 location  $3 inventory items  $4 on_hand  $5 last writes when it began  $6 since  $7 until
--   $8 next sweep  $9 again, if a closed row's read was not clean  $10 an open row's  $11 now
select inventory_item_id, residual, clean
  from apply_reads($1::text, $2::bigint, $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz,
                   $7::timestamptz, $8::timestamptz, $9::timestamptz, $10::timestamptz, $11::timestamptz)
