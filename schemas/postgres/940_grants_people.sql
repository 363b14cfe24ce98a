-- Who may touch the tables of what people ask for (140).
grant select, insert, update on refetch_request
  to millrace_product_publisher, millrace_order_publisher, millrace_order_update_publisher;
grant select, insert on order_hop to millrace_order_state;
grant select on refetch_request, order_hop to millrace_reader;
grant select on v_order, v_order_line, v_order_version, v_order_record, v_fulfillment_order, v_allocation, v_parcel, v_stock,
  v_stock_entry, v_exception, v_dead_letter, v_freshness, v_drift
  to millrace_reader;
