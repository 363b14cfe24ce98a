-- trace_order_changes: what each version of an order changed, and what became of its returns, in words; a version that
-- shows nothing new is left out. Columns as in trace_order_hops.
--   $1 text     shop
--   $2 bigint   order id
--   $3 boolean  show names, addresses, email, phone and what people wrote
with history as (
  select h.*, v.body,
         h.part || '/' || h.what in ('order/note', 'order/email', 'order/phone', 'order/shipping address',
                                     'order/billing address', 'order/attributes', 'line/properties', 'refund/note')
           and not $3::boolean as personal
    from order_history($1::text, $2::bigint) with ordinality h(at, observed_at, source, part, id, line_id, what, old, new,
                                                                 words, n)
    left join order_version v on v.shop = $1::text and v.order_id = $2::bigint and v.updated_at = h.at
                             and v.observed_at = h.observed_at
), told as (
  select h.at, h.observed_at, h.source, h.n, h.what = 'first seen' as first,
         case when h.personal
              then case when h.part = 'order' then '' else h.part || ' ' || h.id || ': ' end || h.what
                   || case when h.old is null then ' added' when h.new is null then ' removed' else ' changed' end
              when h.what = 'first seen' then h.words || ': '
                   || (select string_agg(format('%s × %s', x->>'quantity', coalesce(x->>'sku', x->>'title')), ', ' order by n)
                         from jsonb_array_elements(h.body->'lines') with ordinality l(x, n))
                   || case when $3::boolean
                           then coalesce((select string_agg('; ' || f.what || ': ' || f.value, '' order by f.what)
                                            from order_fields(h.body) f
                                           where f.what in ('note', 'email', 'phone', 'shipping address')), '')
                           else '' end
              when h.what = 'added' and h.body is not null then format('%s %s added: %s', h.part, h.new,
                   (select string_agg(p.what || ' ' || p.value, ', ' order by p.what) from order_parts(h.body) p
                     where p.part = h.part and p.id = h.id and (p.what not in ('note', 'properties') or $3::boolean)))
              else h.words end as words
    from history h
)
select coalesce(t.observed_at, t.at) as at, 'shopify' as hop, null::text as topic, null::int as partition,
       null::bigint as record_offset, case when bool_or(t.first) then 'placed' else 'changed' end as outcome,
       null::bigint as ms_to_kafka, null::bigint as ms_to_commit,
       string_agg(t.words, '; ' order by t.n) || ' (' || t.source || ')' as text
  from told t
 group by t.at, t.observed_at, t.source
 order by 1, min(t.n);
