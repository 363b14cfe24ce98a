-- Again (152): only a table's key begins with the shop.
drop index sales_order_created;
create index sales_order_created on sales_order (created_at, shop);
drop index variant_component_part;
create index variant_component_part on variant_component (component_id, shop);
