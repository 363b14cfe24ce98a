-- choose_identifier: puts an identifier policy in force and answers with the one that is.
--   $1 text         sku, barcode or shopify_id
--   $2 timestamptz  now
select choose_identifier($1::text, $2::timestamptz);
