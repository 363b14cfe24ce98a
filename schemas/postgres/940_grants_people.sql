-- Who may touch the tables of what people ask for (140).
grant select, insert, update on refetch_request
  to millrace_product_publisher, millrace_order_publisher, millrace_order_update_publisher;
grant select, insert on order_hop to millrace_order_state;
grant select on refetch_request, order_hop to millrace_reader;
