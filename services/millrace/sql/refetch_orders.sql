-- refetch_orders: asks for a read of orders by name or id; one row per word with what it means.
-- $1 words ('#1001', '1001', '5123456789', 'acme/5123456789', 'acme/#1001'), $2 now
with said as (
  select w.word, case when strpos(w.word, '/') > 0 then split_part(w.word, '/', 1) end as shop,
         substr(w.word, strpos(w.word, '/') + 1) as rest
    from unnest($1::text[]) w(word)
), wanted as (
  select s.word, o.shop, o.order_id, o.name from said s
    join sales_order o on o.name in (s.rest, '#' || ltrim(s.rest, '#')) and (s.shop is null or o.shop = s.shop)
  union
  select s.word, o.shop, o.order_id, o.name from said s
    join sales_order o on o.order_id = case when s.rest ~ '^[0-9]{1,18}$' then s.rest::bigint end
                      and (s.shop is null or o.shop = s.shop)
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
select w.word, a.shop, a.order_id, a.name, case when a.shop is null then true end as unknown
  from unnest($1::text[]) with ordinality w(word, n)
  left join (select * from wanted union all select * from unknown) a on a.word = w.word
 order by w.n, a.shop;
