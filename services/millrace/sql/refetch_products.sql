-- refetch_products: asks for a read of products by id, handle or a variant's SKU; one row per word with what it means.
-- $1 words ('ABC-1', 'blue-shirt', '42', 'acme/42'), $2 now
with wanted as (
  select w.word, p.shop, p.product_id, p.title
    from unnest($1::text[]) w(word)
    join product p on p.product_id::text = w.word or p.handle = w.word or p.shop || '/' || p.product_id = w.word
                   or exists (select from variant v where v.shop = p.shop and v.product_id = p.product_id
                                                     and v.sku = w.word and v.deleted_at is null)
), unknown as (
  select w.word, split_part(w.word, '/', 1) as shop, split_part(w.word, '/', 2)::bigint as product_id,
         null::text as title
    from unnest($1::text[]) w(word)
   where w.word ~ '^[^/]+/[0-9]{1,18}$' and not exists (select from wanted x where x.word = w.word)
), asked as (
  insert into hint as h (shop, resource, due_at, triggered_at, reason)
  select distinct a.shop, 'Product/' || a.product_id, $2::timestamptz, $2::timestamptz, 'refetch'
    from (select * from wanted union all select * from unknown) a order by 1, 2
  on conflict (shop, resource) do update
     set due_at = least(h.due_at, excluded.due_at), attempts = 0,
         reason = case when hint_weight(h.reason) < hint_weight(excluded.reason) then excluded.reason else h.reason end
)
select w.word, a.shop, a.product_id, a.title, case when a.shop is null then true end as unknown
  from unnest($1::text[]) with ordinality w(word, n)
  left join (select * from wanted union all select * from unknown) a on a.word = w.word
 order by w.n, a.shop;
