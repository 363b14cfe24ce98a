-- A slot of the writer starts in a shop.
--   $1  shop   $2  slot   $3  may write stock   $4  may write fulfilments   $5  now
select start_writing($1::text, $2::text, $3::boolean, $4::boolean, $5::timestamptz)
