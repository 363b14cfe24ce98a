-- refetch_orders: asks for a read of orders by name or id; one row per word with what it means.
-- $1 words ('#1001', '1001', '5123456789', 'acme/5123456789'), $2 now
with wanted as (
  select w.word, o.shop, o.order_id, o.name
    from unnest($1::text[]) w(word)
    join sales_order o on o.name = '#' || ltrim(w.word, '#') or o.order_id::text = w.word
                       or o.shop || '/' || o.order_id = w.word
), unknown as (                           -- not here yet: Shopify may have it all the same
  select w.word, split_part(w.word, '/', 1) as shop, split_part(w.word, '/', 2)::bigint as order_id, null::text as name
    from unnest($1::text[]) w(word)
   where w.word ~ '^[^/]+/[0-9]{1,18}$' and not exists (select from wanted x where x.word = w.word)
), asked as (
  insert into hint as h (shop, resource, due_at, triggered_at, reason)
  select distinct a.shop, 'Order/' || a.order_id, $2::timestamptz, $2::timestamptz, 'refetch'
    from (select * from wanted union all select * from unknown) a order by 1, 2
  on conflict (shop, resource) do update
     set due_at = least(h.due_at, excluded.due_at), attempts = 0,
         reason = case when hint_weight(h.reason) < hint_weight(excluded.reason) then excluded.reason else h.reason end
)
select w.word, a.shop, a.order_id, a.name
  from unnest($1::text[]) with ordinality w(word, n)
  left join (select * from wanted union all select * from unknown) a on a.word = w.word
 order by w.n, a.shop;
