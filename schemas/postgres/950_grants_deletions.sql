-- What the reconciler reads since it compares returns.
grant select on order_return to millrace_reconciler;
