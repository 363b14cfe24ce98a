-- What happened to an order, in words, and whether two databases know the same. Both are functions of what is known, never
-- of how it came: the versions of an order are ordered by their version and each is compared with the one before; returns
-- have an identity and times of their own. A version that was never seen is not missed: its changes show in the next one.

create function address_text(p_address jsonb) returns text language sql immutable as $$
  select nullif(concat_ws(', ', p_address->>'name', p_address->>'company', p_address->>'address1', p_address->>'address2',
                          p_address->>'zip', p_address->>'city', p_address->>'province', p_address->>'country_code',
                          p_address->>'phone'), '')
$$;

-- What may change of an order itself: a name for each, and the text that people read.
create function order_fields(p_body jsonb) returns table (what text, value text) language sql immutable as $$
  select f.what, f.value
    from jsonb_to_record(p_body)
         o(note text, email text, phone text, financial_status text, shipping_address jsonb, billing_address jsonb,
           total jsonb, currency text, cancelled_at text, cancel_reason text, closed_at text, customer_id bigint,
           po_number text, shipping_lines jsonb, discount_codes jsonb, attributes jsonb, tags jsonb, test boolean)
   cross join lateral (values
         ('note', o.note), ('email', o.email), ('phone', o.phone), ('financial status', o.financial_status),
         ('shipping address', address_text(o.shipping_address)), ('billing address', address_text(o.billing_address)),
         ('total', (o.total->>'shop') || ' ' || o.currency), ('closed', o.closed_at),
         ('cancelled', o.cancelled_at || coalesce(' (' || o.cancel_reason || ')', '')),
         ('customer', o.customer_id::text), ('purchase order', o.po_number), ('test', o.test::text),
         ('shipping', (select string_agg(x->>'title', ', ' order by n)
                         from jsonb_array_elements(o.shipping_lines) with ordinality a(x, n))),
         ('discount codes', (select string_agg(x, ', ' order by x) from jsonb_array_elements_text(o.discount_codes) x)),
         ('attributes', (select string_agg((x->>'name') || '=' || coalesce(x->>'value', ''), ', ' order by n)
                           from jsonb_array_elements(o.attributes) with ordinality a(x, n))),
         ('tags', (select string_agg(x, ', ' order by x) from jsonb_array_elements_text(o.tags) x))) f(what, value)
$$;

-- Lines, fulfilments and refunds of an order, each by its id, with what may change of it.
create function order_parts(p_body jsonb)
returns table (part text, id bigint, line_id bigint, name text, what text, value text) language sql immutable as $$
  select 'line', l.line_id, l.line_id, coalesce(l.name, l.title), f.what, f.value
    from jsonb_to_recordset(p_body->'lines')
         l(line_id bigint, name text, title text, quantity bigint, current_quantity bigint, price jsonb, properties jsonb)
   cross join lateral (values
         ('quantity', l.quantity::text), ('removed', nullif(l.quantity - l.current_quantity, 0)::text),
         ('price', l.price->>'shop'),
         ('properties', (select string_agg((x->>'name') || '=' || coalesce(x->>'value', ''), ', ' order by n)
                           from jsonb_array_elements(l.properties) with ordinality a(x, n)))) f(what, value)
  union all
  select 'fulfilment', x.fulfillment_id, null, coalesce(x.name, x.fulfillment_id::text), f.what, f.value
    from jsonb_to_recordset(p_body->'fulfillments')
         x(fulfillment_id bigint, name text, status text, tracking_numbers jsonb, lines jsonb)
   cross join lateral (values
         ('status', x.status),
         ('tracking', (select string_agg(t, ', ' order by n)
                         from jsonb_array_elements_text(x.tracking_numbers) with ordinality a(t, n))),
         ('units', (select sum((y->>'quantity')::bigint)::text from jsonb_array_elements(x.lines) y))) f(what, value)
  union all
  select 'refund', r.refund_id, null, r.refund_id::text, f.what, f.value
    from jsonb_to_recordset(p_body->'refunds') r(refund_id bigint, note text, lines jsonb)
   cross join lateral (values
         ('note', r.note),
         ('units', (select sum((y->>'quantity')::bigint)::text from jsonb_array_elements(r.lines) y)),
         ('restock', (select string_agg(distinct y->>'restock_type', ', ' order by y->>'restock_type')
                        from jsonb_array_elements(r.lines) y)),
         ('amount', (select sum((y->'subtotal'->>'shop')::numeric + (y->'tax'->>'shop')::numeric)::text
                       from jsonb_array_elements(r.lines) y))) f(what, value)
$$;

-- What is different in b, of the order itself and of its parts. Of a part that came or went there is one row.
create function order_difference(a jsonb, b jsonb)
returns table (part text, id bigint, line_id bigint, what text, old text, new text, words text) language sql immutable as $$
  with x as materialized (select * from order_parts(a)),
       y as materialized (select * from order_parts(b))
  select 'order', null::bigint, null::bigint, what, f.value, g.value,
         case when f.value is null then what || ': ' || g.value
              when g.value is null then what || ' removed (was ' || f.value || ')'
              else what || ' ' || f.value || ' -> ' || g.value end
    from order_fields(a) f join order_fields(b) g using (what)
   where f.value is distinct from g.value
  union all
  select part, id, y.line_id, what, x.value, y.value,
         part || ' ' || y.name || ': ' || what || ' '
           || case when x.value is null then y.value when y.value is null then x.value || ' undone'
                   else x.value || ' -> ' || y.value end
    from x join y using (part, id, what)
   where x.value is distinct from y.value
  union all
  select y.part, y.id, max(y.line_id), 'added', null, max(y.name),
         y.part || ' ' || max(y.name) || ' added: '
           || coalesce(string_agg(y.what || ' ' || y.value, ', ' order by y.what), 'empty')
    from y where not exists (select from x where x.part = y.part and x.id = y.id)
   group by y.part, y.id
  union all
  select x.part, x.id, max(x.line_id), 'gone', max(x.name), null, x.part || ' ' || max(x.name) || ' is no longer there'
    from x where not exists (select from y where y.part = x.part and y.id = x.id)
   group by x.part, x.id
$$;

-- Returns by their own times; what became of what came back.
create function return_history(p_shop text, p_order bigint)
returns table (at timestamptz, id bigint, line_id bigint, what text, new text, words text) language sql stable as $$
  select e.at, r.return_id, null::bigint, e.what, r.name, 'return ' || r.name || ' ' || e.what || e.more
    from order_return r
   cross join lateral (values
         (r.created_at, case when r.approved_at is null and r.status in ('open', 'closed') then 'opened'
                             else 'requested' end, ' (' || r.total_quantity || ' unit(s))'),
         (r.approved_at, 'approved', ''),
         (coalesce(r.closed_at, case when r.status = 'declined' then r.created_at end),
          case when r.status in ('declined', 'canceled') then r.status else 'closed' end,
          coalesce(' (' || r.decline_reason || ')', ''))) e(at, what, more)
   where r.shop = p_shop and r.order_id = p_order and e.at is not null
  union all
  select r.created_at, r.return_id, null, 'exchange', x.title,
         'return ' || r.name || ': ' || x.quantity || ' x ' || coalesce(x.title, x.sku, '?') || ' in exchange'
    from order_exchange_line x
    join order_return r on r.shop = x.shop and r.order_id = x.order_id and r.return_id = x.return_id
   where x.shop = p_shop and x.order_id = p_order
  union all
  select d.created_at, l.return_id, l.line_id, 'came back', d.type, d.quantity || ' unit(s) came back: ' || d.type
    from order_disposition d
    join order_reverse_line l on l.shop = d.shop and l.order_id = d.order_id and l.reverse_line_id = d.reverse_line_id
   where d.shop = p_shop and d.order_id = p_order
$$;

-- What happened to one order, oldest first, by its newest p_versions versions.
create function order_history(p_shop text, p_order bigint, p_versions int default 500)
returns table (at timestamptz, observed_at timestamptz, source text, part text, id bigint, line_id bigint, what text, old text,
               new text, words text) language sql stable as $$
  with seen as (
    select v.*, lag(v.body) over (order by v.updated_at, v.observed_at) as before
      from (select v.* from order_version v where v.shop = p_shop and v.order_id = p_order
             order by v.updated_at desc, v.observed_at desc limit p_versions) v
  )
  select h.* from (
    select s.updated_at as at, s.observed_at, s.source, 'order' as part, null::bigint as id, null::bigint as line_id,
           'first seen' as what, null::text as old, s.body->>'name' as new,
           'first seen: placed ' || (s.body->>'created_at') || ', ' || jsonb_array_length(s.body->'lines')
             || ' line(s), ' || (s.body->'total'->>'shop') || ' ' || (s.body->>'currency') as words
      from seen s where s.before is null
    union all
    select s.updated_at, s.observed_at, s.source, d.*
      from seen s cross join lateral order_difference(s.before, s.body) d where s.before is not null
    union all
    select r.at, null, 'returns', 'return', r.id, r.line_id, r.what, null, r.new, r.words
      from return_history(p_shop, p_order) r) h
   order by h.at, h.observed_at, h.part <> 'order', h.part, h.id, h.what collate "C", h.words collate "C"
$$;
