-- Only a table's key begins with the shop. An index that begins with it as well is as good as the key in the eyes of a
-- planner whose statistics are young, and he takes it: each look-up of an order then reads every order of the shop. Turned
-- round, the same indexes serve the same questions and cannot be mistaken.

drop index sales_order_name;
create index sales_order_name on sales_order (name, shop);
drop index sales_order_line_variant;
create index sales_order_line_variant on sales_order_line (variant_id, shop);
drop index sales_order_line_variant_open;
create index sales_order_line_variant_open on sales_order_line (variant_id, shop) where open > 0;
drop index fulfillment_order_order;
create index fulfillment_order_order on fulfillment_order (order_id, shop);
drop index fulfillment_order_line_order;
create index fulfillment_order_line_order on fulfillment_order_line (order_id, line_id, shop);
drop index shipment_tracking;
create index shipment_tracking on shipment (tracking_number, shop);
drop index stock_fact_order;
create index stock_fact_order on stock_fact (order_id, shop);
drop index stock_fact_unlinked;
create index stock_fact_unlinked on stock_fact (variant_id, shop) where inventory_item_id is null;
drop index stock_fact_row;
create index stock_fact_row on stock_fact (inventory_item_id, location_id, at, shop);
drop index variant_inventory_item;
create unique index variant_inventory_item on variant (inventory_item_id, shop) where deleted_at is null;
drop index variant_product;
create index variant_product on variant (product_id, shop);
