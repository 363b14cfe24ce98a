-- The reconciler's role, and what it may touch: it reads what is known, and writes what it found and whom to ask again.
do $$
begin
  create role millrace_reconciler nologin;
exception when duplicate_object or unique_violation then
  null;
end $$;
grant select on
  sales_order, sales_order_line, order_transaction, fulfillment_order, product, variant, dead_letter, shop_cursor,
  shop_watermark, shop_watermark_in_force, consumer_offset
  to millrace_reconciler;
grant select, insert, update on lease, hint, exception_case, drift to millrace_reconciler;
grant select, insert, delete on reconcile_run, reconcile_seen to millrace_reconciler;
grant select on reconcile_run, drift, v_drift_trend to millrace_reader;
