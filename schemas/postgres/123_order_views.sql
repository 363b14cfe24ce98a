-- What people and dashboards read of orders.

-- Where the returns of an order stand: as Shopify shows it, else by the returns that are known.
create function return_status(p_shown text, p_shop text, p_order bigint) returns text language sql stable as $$
  select coalesce(p_shown, (
         select case when bool_or(r.status = 'requested') then 'return_requested'
                     when bool_or(r.status = 'open') then 'in_progress'
                     when bool_or(r.status = 'closed') then 'returned' end
           from order_return r where r.shop = p_shop and r.order_id = p_order), 'no_return')
$$;

create view v_order_whole as
select o.shop, o.order_id, o.name, o.kind, o.state, o.historical, o.test, o.financial_status,
       return_status(o.return_status, o.shop, o.order_id) as return_status, o.edited, o.channel, o.risk_recommendation,
       o.created_at, (o.body->>'processed_at')::timestamptz as processed_at, o.cancelled_at,
       o.body->>'cancel_reason' as cancel_reason, o.closed_at, o.archived_at,
       o.body->>'source_name' as source_name, (o.body->>'location_id')::bigint as location_id,
       (o.body->>'customer_id')::bigint as customer_id, o.body->>'email' as email, o.body->>'phone' as phone,
       o.body->>'note' as note, array(select jsonb_array_elements_text(o.body->'tags')) as tags,
       o.currency, o.body->>'presentment_currency' as presentment_currency,
       o.total, (o.body->'total'->>'presentment')::numeric as total_presentment,
       (o.body->'original_total'->>'shop')::numeric as original_total,
       (o.body->'original_total'->>'presentment')::numeric as original_total_presentment,
       (o.body->'subtotal'->>'shop')::numeric as subtotal, (o.body->'total_tax'->>'shop')::numeric as tax,
       (o.body->'total_shipping'->>'shop')::numeric as shipping, (o.body->'total_discounts'->>'shop')::numeric as discounts,
       (o.body->>'tip')::numeric as tip, o.blocked_reason, o.updated_at, o.observed_at
  from sales_order o where o.updated_at is not null;
comment on view v_order_whole is
  'v_order with the rest of what is known: kind, returns, risk, money in both currencies, and whether it is ours to act on.';

create view v_order_address as
select o.shop, o.order_id, a.kind, a.address->>'name' as name, a.address->>'company' as company,
       a.address->>'address1' as address1, a.address->>'address2' as address2, a.address->>'zip' as zip,
       a.address->>'city' as city, a.address->>'province' as province, a.address->>'province_code' as province_code,
       a.address->>'country' as country, a.address->>'country_code' as country_code, a.address->>'phone' as phone,
       (a.address->>'latitude')::numeric as latitude, (a.address->>'longitude')::numeric as longitude
  from sales_order o
 cross join lateral (values ('shipping', o.body->'shipping_address'), ('billing', o.body->'billing_address')) a(kind, address)
 where jsonb_typeof(a.address) = 'object';
comment on view v_order_address is 'Where an order goes and who pays, as last shown. kind: shipping, billing.';

create view v_order_transaction as
select t.*, p.refund_id
  from order_transaction t
  left join order_refund_payment p on p.shop = t.shop and p.order_id = t.order_id and p.transaction_id = t.transaction_id;
comment on view v_order_transaction is 'Payments with their amounts in both currencies; refund_id: the refund that one made up.';

-- Whether two databases know the same of a shop's orders: rows and digest of every part, without the times at which it was
-- applied, without surrogate numbers, and without what is decided rather than known.
create function order_digests(p_shop text) returns table (part text, rows bigint, digest text) language plpgsql stable
set timezone = 'UTC' as $$
declare
  x record;
begin
  for x in select * from (values
    ('order', 'select order_id, updated_at, observed_at, body_hash, state, kind, historical, archived_at is not null, delivery,
               return_status, edited, channel, risk_recommendation, fo_updated_at, fo_observed_at, fo_body_hash,
               ret_updated_at, ret_observed_at, ret_body_hash, blocked_reason from sales_order where shop = $1'),
    ('version', 'select order_id, updated_at, observed_at, source, body_hash from order_version where shop = $1'),
    ('line', 'select l.order_id, l.line_id, i.item, l.variant_id, l.sku, l.title, l.quantity, l.current_quantity,
              l.requires_shipping, l.stocked, l.waived, l.location_id, l.fulfilled, l.cancelled, l.shipped, l.issued
              from sales_order_line l left join item i using (item_id) where l.shop = $1'),
    ('fact', 'select order_id, line_id, kind, case when on_hand_effect <> 0 then location_id end, sum(units),
              sum(on_hand_effect), sum(issued), bool_and(attributed) from stock_fact where shop = $1
              group by 1, 2, 3, 4 having sum(units) <> 0'),
    ('fulfillment_order', 'select order_id, fulfillment_order_id, location_id, status, request_status, supported_actions,
              updated_at from fulfillment_order where shop = $1'),
    ('fulfillment_order_line', 'select order_id, fulfillment_order_line_id, fulfillment_order_id, line_id, total, remaining
              from fulfillment_order_line where shop = $1'),
    ('shipment', 'select s.order_id, parcel, facility, carrier, tracking_number, tracking_url, shipped_at, l.line_id,
              l.quantity, l.applied from shipment s join shipment_line l using (shop, order_id, parcel) where shop = $1'),
    ('refund', 'select t.* from order_refund t where shop = $1'),
    ('refund_line', 'select t.* from order_refund_line t where shop = $1'),
    ('refund_payment', 'select t.* from order_refund_payment t where shop = $1'),
    ('transaction', 'select t.* from order_transaction t where shop = $1'),
    ('risk', 'select t.* from order_risk t where shop = $1'),
    ('return', 'select t.* from order_return t where shop = $1'),
    ('return_line', 'select t.* from order_return_line t where shop = $1'),
    ('exchange_line', 'select t.* from order_exchange_line t where shop = $1'),
    ('reverse_line', 'select t.* from order_reverse_line t where shop = $1'),
    ('disposition', 'select t.* from order_disposition t where shop = $1'),
    ('ledger', 'select i.item, e.facility, e.source, e.reference, sum(e.quantity) from stock_entry e join item i using (item_id)
              where e.reference like $1 || ''/%'' group by 1, 2, 3, 4 having sum(e.quantity) <> 0')) q(part, sql)
  loop
    part := x.part;
    execute format('select count(*), md5(coalesce(string_agg(md5(t.r::text), '''' order by md5(t.r::text)), ''''))
                      from (select row(q.*) as r from (%s) q) t', x.sql) into rows, digest using p_shop;
    return next;
  end loop;
end $$;

create function order_digest(p_shop text) returns text language sql stable as $$
  select md5(string_agg(d.part || d.rows || d.digest, ' ' order by d.part)) from order_digests(p_shop) d
$$;
