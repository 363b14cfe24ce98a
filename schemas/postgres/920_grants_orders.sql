-- Who may touch what 120 to 129 brought.
do $$
declare
  name text;
begin
  foreach name in array array['millrace_order_state', 'millrace_outbound_producer', 'millrace_reader'] loop
    begin
      execute format('create role %I nologin', name);
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
end $$;
grant select, insert, delete on
  order_refund, order_refund_line, order_refund_payment, order_transaction, order_risk, order_return, order_return_line,
  order_exchange_line, order_reverse_line, order_disposition
  to millrace_order_state;
grant select, insert, update on shop_launch to millrace_order_state;
grant select on atp_figures to millrace_outbound_producer; -- it was made again
grant select on all tables in schema public to millrace_reader;
