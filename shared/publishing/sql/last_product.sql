-- The last fact of a product that was applied, and whether it says that the product is deleted.
-- $1 shop, $2 product
select body::text, deleted_at is not null from product where shop = $1::text and product_id = $2::bigint
