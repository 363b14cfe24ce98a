-- A catalog of $VARIANTS variants of shop $SHOP, linked to items, three to a product; one building, one channel.
insert into item (item, created_at)
select 'sku:SKU' || lpad(n::text, 6, '0'), 'epoch' from generate_series(0, $VARIANTS - 1) n;
insert into product (shop, product_id, updated_at, observed_at, title, handle, status, body, applied_at)
select '$SHOP', 7000000000000 + n, 'epoch', 'epoch', 'Product ' || n, 'product-' || n, 'active', '{}', 'epoch'
  from generate_series(0, ($VARIANTS - 1) / 3) n;
insert into variant (shop, variant_id, product_id, inventory_item_id, item_id, sku, title, price, position, tracked,
                     requires_shipping, inventory_policy)
select '$SHOP', $FIRST + n, 7000000000000 + n / 3, 45000000000001 + n, i.item_id, substr(i.item, 5), 'Red / M', 1,
       1 + n % 3, true, true, 'deny'
  from generate_series(0, $VARIANTS - 1) n join item i on i.item = 'sku:SKU' || lpad(n::text, 6, '0');
insert into facility (facility, name, priority, updated_at) values ('W1', 'W1', 1, 'epoch');
insert into channel (shop, location_id, updated_at) values ('$SHOP', 7, 'epoch');
insert into channel_facility values ('$SHOP', 7, 'W1');
