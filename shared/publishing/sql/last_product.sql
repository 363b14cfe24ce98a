-- The last fact of a product, to say of it that it is deleted.
-- $1 shop, $2 product
select body::text from product where shop = $1::text and product_id = $2::bigint and deleted_at is null
