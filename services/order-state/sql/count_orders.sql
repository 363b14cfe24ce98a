-- count_orders: orders by state, for the metrics.
select s.state, count(o.order_id)
  from (values ('placeholder'), ('open'), ('cancelled'), ('completed')) s(state)
  left join sales_order o on o.state = s.state
 group by s.state;
