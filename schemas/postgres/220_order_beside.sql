-- What a read tells of an order beside its fulfilment orders and what nobody joins with: what was agreed step by step, duties,
-- taxes, both currencies of the tip, receipts of payments, metafields, bundles. It is kept as it was told, and views read it.

create table order_beside (
  shop     text not null,
  order_id bigint not null,
  body     jsonb not null,                  -- the newest fact of fulfillment-orders without what has tables of its own
  primary key (shop, order_id)
);

-- As before, and what else the same snapshots say.
alter function write_reads(order_record[]) rename to write_read_tables;
create function write_reads(p_won order_record[]) returns void language plpgsql as $$
begin
  perform write_read_tables(p_won);
  insert into order_beside as b (shop, order_id, body)
  select w.shop, w.order_id, w.body::jsonb - array['fulfillment_orders', 'observed_at', 'order_id', 'risk', 'shop', 'updated_at']
    from unnest(p_won) w
   order by w.shop, w.order_id
  on conflict (shop, order_id) do update set body = excluded.body where b.body <> excluded.body;
end $$;

-- Every sale of everything that was agreed.
create view v_order_sale as
select b.shop, b.order_id, a.agreement_id, a.happened_at, a.reason, a.refund_id, a.return_id, s.sale_id, s.action, s.line_type,
       s.line_id, s.shipping_line_id, s.quantity,
       (s.total->>'shop')::numeric as total, (s.total->>'presentment')::numeric as total_presentment,
       (s.tax->>'shop')::numeric as tax, (s.tax->>'presentment')::numeric as tax_presentment,
       (s.discount->>'shop')::numeric as discount, (s.discount->>'presentment')::numeric as discount_presentment
  from order_beside b
 cross join lateral jsonb_to_recordset(b.body->'agreements')
       a(agreement_id bigint, happened_at timestamptz, reason text, refund_id bigint, return_id bigint, sales jsonb)
 cross join lateral jsonb_to_recordset(a.sales)
       s(sale_id bigint, action text, line_type text, line_id bigint, shipping_line_id bigint, quantity bigint, total jsonb,
         tax jsonb, discount jsonb);
comment on view v_order_sale is
  'What was agreed and when: the order as placed, each edit, refund and return, sale by sale, in both currencies. Orders that '
  'are still as they were placed have none.';

create view v_order_duty as
select b.shop, b.order_id, l.line_id, d.duty_id, d.country_code, d.harmonized_system_code,
       (d.price->>'shop')::numeric as price, (d.price->>'presentment')::numeric as price_presentment
  from order_beside b
 cross join lateral jsonb_to_recordset(b.body->'lines') l(line_id bigint, duties jsonb)
 cross join lateral jsonb_to_recordset(l.duties)
       d(duty_id bigint, country_code text, harmonized_system_code text, price jsonb);
comment on view v_order_duty is 'What customs take for lines of an order, in both currencies.';

create view v_order_tax as
select b.shop, b.order_id, t.title, t.rate, (t.price->>'shop')::numeric as price,
       (t.price->>'presentment')::numeric as price_presentment
  from order_beside b
 cross join lateral jsonb_to_recordset(b.body->'tax_lines') t(title text, rate numeric, price jsonb);
comment on view v_order_tax is 'Taxes on all lines of an order, before returns, in both currencies. rate 0.13 is 13 %.';

create view v_order_sum as
select o.shop, o.order_id, s.sum, (s.amount->>'shop')::numeric as amount, o.currency,
       (s.amount->>'presentment')::numeric as amount_presentment, o.body->>'presentment_currency' as presentment_currency
  from sales_order o
  left join order_beside b on b.shop = o.shop and b.order_id = o.order_id
 cross join lateral (values ('subtotal', o.body->'subtotal'), ('discounts', o.body->'total_discounts'),
                            ('shipping', o.body->'total_shipping'), ('tax', o.body->'total_tax'), ('tip', b.body->'tip'),
                            ('total', o.body->'total'), ('total before refunds', o.body->'original_total'),
                            ('total as placed', b.body->'placed_total')) s(sum, amount)
 where jsonb_typeof(s.amount) = 'object';
comment on view v_order_sum is 'Every sum of an order, one a row, in both currencies: as edited, before refunds, as placed.';

create view v_order_line_known as
select l.shop, l.order_id, l.line_id, l.title, l.sku, v.barcode, x.gift_card, l.quantity, l.current_quantity,
       x.unfulfilled_quantity, coalesce(m.non_fulfillable_quantity, 0) as non_fulfillable_quantity
  from sales_order_line l
  join sales_order o on o.shop = l.shop and o.order_id = l.order_id
  left join lateral (select x.gift_card, x.unfulfilled_quantity
                       from jsonb_to_recordset(o.body->'lines') x(line_id bigint, gift_card boolean, unfulfilled_quantity bigint)
                      where x.line_id = l.line_id) x on true
  left join variant v on v.shop = l.shop and v.variant_id = l.variant_id
  left join order_beside b on b.shop = l.shop and b.order_id = l.order_id
  left join lateral (select m.non_fulfillable_quantity
                       from jsonb_to_recordset(b.body->'lines') m(line_id bigint, non_fulfillable_quantity bigint)
                      where m.line_id = l.line_id) m on true;
comment on view v_order_line_known is
  'Lines as Shopify counts them: what is current, can still be fulfilled, cannot be; the barcode is that of its variant now.';

-- What was agreed, in words: the history's view of it. Money is the shop's.
create function agreement_history(p_shop text, p_order bigint)
returns table (at timestamptz, id bigint, what text, new text, words text) language sql stable as $$
  select s.happened_at, s.agreement_id, s.reason, sum(s.total)::text,
         case s.reason when 'order' then 'agreed when it was placed' when 'order_edit' then 'agreed by an edit'
                       else 'agreed by a ' || s.reason end
           || ': ' || string_agg(coalesce(s.quantity || ' x ', '') || coalesce(l.title, s.line_type) || ' ' || s.total, ', '
                                 order by s.sale_id)
           || '; in all ' || sum(s.total) || coalesce(' ' || o.currency, '')
    from v_order_sale s
    join sales_order o on o.shop = s.shop and o.order_id = s.order_id
    left join sales_order_line l on l.shop = s.shop and l.order_id = s.order_id and l.line_id = s.line_id
   where s.shop = p_shop and s.order_id = p_order
   group by s.happened_at, s.agreement_id, s.reason, o.currency
$$;

-- The history as before, with what was agreed. Neighbouring versions say what changed; this says what it cost.
alter function order_history(text, bigint, int) rename to version_history;
create function order_history(p_shop text, p_order bigint, p_versions int default 500)
returns table (at timestamptz, observed_at timestamptz, source text, part text, id bigint, line_id bigint, what text, old text,
               new text, words text) language sql stable as $$
  select h.* from (
    select v.* from version_history(p_shop, p_order, p_versions) v
    union all
    select a.at, null, 'agreements', 'agreement', a.id, null, a.what, null, a.new, a.words
      from agreement_history(p_shop, p_order) a) h
   order by h.at, h.observed_at, h.part <> 'order', h.part, h.id, h.what collate "C", h.words collate "C"
$$;

do $$
begin
  create role millrace_order_state nologin;
exception when duplicate_object or unique_violation then
  null;
end $$;
do $$
begin
  create role millrace_reader nologin;
exception when duplicate_object or unique_violation then
  null;
end $$;
grant select, insert, update on order_beside to millrace_order_state;
grant select on order_beside, v_order_sale, v_order_duty, v_order_tax, v_order_sum, v_order_line_known to millrace_reader;
