-- Shopify hides orders older than 60 days from a token without read_all_orders, silently: that a full sweep did not meet one
-- says nothing, and neither does a read that shows nothing. Only of younger orders it says that they are gone; that an older
-- one was deleted is told by its webhook.
create or replace function reconcile_gone(p_shop text, p_kind text, p_horizon timestamptz, p_at timestamptz)
returns bigint language plpgsql as $$
declare
  v_verdicts drift_verdict[];
begin
  if p_kind = 'order' then
    select array_agg((o.order_id, o.order_id, null, null, 'open', 'gone')::drift_verdict) into v_verdicts
      from sales_order o
     where o.shop = p_shop and o.updated_at <= p_horizon and o.cancelled_at is null and o.closed_at is null
       and o.created_at > p_at - interval '59 days' and o.state <> 'placeholder'
       and not exists (select from exception_case x where x.kind = 'order_deleted' and x.closed_at is null
                                                      and x.subject = o.shop || '/' || o.order_id)
       and not exists (select from reconcile_seen s where s.shop = p_shop and s.kind = p_kind
                                                      and s.object_id = o.order_id);
  elsif p_kind = 'product' then
    select array_agg((p.product_id, p.product_id, null, null, 'live', 'gone')::drift_verdict) into v_verdicts
      from product p
     where p.shop = p_shop and p.updated_at <= p_horizon and p.deleted_at is null
       and not exists (select from reconcile_seen s where s.shop = p_shop and s.kind = p_kind
                                                      and s.object_id = p.product_id);
  end if;
  perform reconcile_open(p_shop, 'full', p_kind, v_verdicts, p_at);
  return coalesce(cardinality(v_verdicts), 0);
end $$;
