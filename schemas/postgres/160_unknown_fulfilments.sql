-- As in 150; a fulfilment whose status nobody has seen yet is under way: its units are neither gone, which would free what was
-- promised to the customer, nor fulfilled, until a status that is known says so.
create or replace function snapshot_lines(p_shops text[], p_orders bigint[])
returns table (shop text, order_id bigint, line_id bigint, variant_id bigint, sku text, title text, quantity bigint,
               current_quantity bigint, unfilled bigint, net bigint, underway bigint, requires_shipping boolean, gift_card boolean,
               item text) language sql stable as $$
  select o.shop, o.order_id, x.line_id, x.variant_id, x.sku, x.title, x.quantity, x.current_quantity,
         case when o.cancelled_at is null then x.unfulfilled_quantity else 0 end,
         coalesce((select sum(y.quantity)
                     from jsonb_to_recordset(o.body->'fulfillments') f(status text, lines jsonb),
                          jsonb_to_recordset(f.lines) y(line_id bigint, quantity bigint)
                    where f.status = 'success' and y.line_id = x.line_id), 0)::bigint,
         coalesce((select sum(y.quantity)
                     from jsonb_to_recordset(o.body->'fulfillments') f(status text, lines jsonb),
                          jsonb_to_recordset(f.lines) y(line_id bigint, quantity bigint)
                    where f.status not in ('success', 'cancelled', 'failure', 'error') and y.line_id = x.line_id), 0)::bigint
           + failed_units(o.body, x.line_id, x.current_quantity,
                          case when o.cancelled_at is null then x.unfulfilled_quantity else 0 end),
         x.requires_shipping, x.gift_card, item_of_line(i.identifier, o.shop, x.sku, x.variant_id)
    from (select coalesce((select c.identifier from catalog_policy c), 'sku') as identifier) i,
         unnest(p_shops, p_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
   cross join lateral jsonb_to_recordset(o.body->'lines')
         x(line_id bigint, variant_id bigint, sku text, title text, quantity bigint, current_quantity bigint,
           unfulfilled_quantity bigint, requires_shipping boolean, gift_card boolean)
$$;
