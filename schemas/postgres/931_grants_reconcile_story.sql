-- What the reconciler's words about an order are read from besides its row.
grant select on order_transaction to millrace_reconciler;
