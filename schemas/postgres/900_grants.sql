-- Who may touch what: one role per service, with just its tables, and a reader for people. The owner (whoever runs
-- `millrace migrate`) is the only one who changes the schema. The gateways have no database at all.
--
-- A service connects as a login of yours that is a member of its role, or with `options=-c role=millrace_order_state` in its
-- connection string. Rows that are locked (for update, for share) need the right to update.
do $$
declare
  name text;
begin
  foreach name in array array['millrace_product_publisher', 'millrace_order_publisher', 'millrace_order_update_publisher',
                             'millrace_product_state', 'millrace_order_state', 'millrace_inventory_state',
                             'millrace_order_router', 'millrace_outbound_producer', 'millrace_shopify_writer', 'millrace_reader'] loop
    begin
      execute format('create role %I nologin', name);
    exception when duplicate_object or unique_violation then
      null;                                 -- roles belong to the cluster: another database made it
    end;
  end loop;
end $$;

-- the publishers: one code path, three processes
grant select on
  product
  to millrace_product_publisher, millrace_order_publisher, millrace_order_update_publisher;
grant select, insert, delete on
  shop_watermark
  to millrace_product_publisher, millrace_order_publisher, millrace_order_update_publisher;
grant select, insert, update on
  consumer_offset, dead_letter, exception_case, lease, shop_cursor
  to millrace_product_publisher, millrace_order_publisher, millrace_order_update_publisher;
grant select, insert, update, delete on
  hint
  to millrace_product_publisher, millrace_order_publisher, millrace_order_update_publisher;

-- product-state
grant select on
  channel, channel_facility, fulfillment_order, fulfillment_order_line, parcel_write,
  shipment
  to millrace_product_state;
grant select, insert on
  fulfillment_request, stock_entry
  to millrace_product_state;
grant select, update on
  facility, sales_order_line, stock_fact
  to millrace_product_state;
grant select, insert, update on
  book_row, consumer_offset, dead_letter, dirty_item, exception_case, hint, item, lease,
  outbox, product, sales_order, stock, variant
  to millrace_product_state;
grant select, insert, update, delete on
  allocation, route_queue, shipment_line
  to millrace_product_state;

-- order-state
grant select on
  parcel_write
  to millrace_order_state;
grant select, insert on
  fulfillment_request, item, shipment, stock_entry
  to millrace_order_state;
grant select, update on
  channel, channel_facility, facility, variant
  to millrace_order_state;
grant select, insert, update on
  book_row, consumer_offset, dead_letter, dirty_item, exception_case, hint, lease,
  order_version, outbox, sales_order, sales_order_line, stock, stock_fact
  to millrace_order_state;
grant select, insert, update, delete on
  allocation, fulfillment_order, fulfillment_order_line, route_queue, shipment_line
  to millrace_order_state;

-- inventory-state
grant select on
  allocation, sales_order_line, variant
  to millrace_inventory_state;
grant select, insert on
  item, stock_entry
  to millrace_inventory_state;
grant select, insert, delete on
  channel_facility
  to millrace_inventory_state;
grant select, insert, update on
  channel, consumer_offset, dead_letter, dirty_item, exception_case, facility, lease,
  outbox, route_queue, shop_location, stock
  to millrace_inventory_state;

-- order-router
grant select on
  channel, channel_facility, facility, item
  to millrace_order_router;
grant select, insert on
  fulfillment_request
  to millrace_order_router;
grant select, update on
  sales_order, sales_order_line, stock
  to millrace_order_router;
grant select, insert, update on
  allocation, consumer_offset, dead_letter, dirty_item, exception_case, lease, outbox
  to millrace_order_router;
grant select, update, delete on
  route_queue
  to millrace_order_router;

-- outbound-producer
grant select on
  allocation, atp_figures, book_row, item, sales_order, shipment, shipment_line,
  shop_watermark_in_force, stock
  to millrace_outbound_producer;
grant select, update on
  fulfillment_request, outbox
  to millrace_outbound_producer;
grant select, insert, update on
  atp, consumer_offset, dead_letter, exception_case, lease
  to millrace_outbound_producer;
grant select, insert, update, delete on
  dirty_item
  to millrace_outbound_producer;

-- shopify-writer
grant select on
  book_want, channel, variant
  to millrace_shopify_writer;
grant select, update on
  item, sales_order, sales_order_line
  to millrace_shopify_writer;
grant select, insert, delete on
  write_report
  to millrace_shopify_writer;
grant select, insert, update on
  book_row, consumer_offset, dead_letter, dirty_item, exception_case, lease, parcel_write,
  stock_fact
  to millrace_shopify_writer;
grant select, insert, update, delete on
  stock_request
  to millrace_shopify_writer;

-- people and dashboards
grant select on all tables in schema public to millrace_reader;
