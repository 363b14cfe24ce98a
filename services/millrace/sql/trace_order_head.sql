-- trace_order_head: the orders of that name, and in one sentence why each stands where it stands.
--   $1 text  name with or without '#', or Shopify's id; in front of it the shop and '/', if it is known
with said as (
  select case when strpos($1::text, '/') > 0 then split_part($1::text, '/', 1) end as shop,
         substr($1::text, strpos($1::text, '/') + 1) as word
), found as (
  select o.shop, o.order_id from said s join sales_order o on o.name in (s.word, '#' || ltrim(s.word, '#'))
  union
  select o.shop, o.order_id from said s
    join sales_order o on o.order_id = case when s.word ~ '^[0-9]{1,18}$' then s.word::bigint end
)
select o.shop, o.order_id, coalesce(o.name, '(unknown)') as name, o.state,
       case
         when o.blocked_reason is not null then 'blocked: ' || o.blocked_reason
         when o.archived_at is not null then 'its topic says that it is no more; what was known of it stays'
         when o.historical then 'placed before the shop went over to us: it is shown, somebody else ships it'
         when o.state = 'placeholder' then 'something names this order, but Shopify has not shown it to us yet'
         when o.state = 'cancelled' then 'cancelled in Shopify'
         when p.refused is not null then 'Shopify refused parcel ' || p.refused
         when l.unallocated > 0 then l.unallocated || ' unit(s) wait for a facility'
              || coalesce(': ' || x.detail, '; the router is next')
         when p.waiting > 0 then p.waiting || ' parcel(s) wait to be told to Shopify'
              || coalesce(': ' || p.last_error, '; the writer is next')
         when l.remaining > 0 then l.remaining || ' unit(s) wait to be shipped by ' || a.facilities
         when l.shipped + l.issued > 0 then 'everything has left; nothing to do'
         else 'nothing to ship'
       end as stands
  from said
  join found f on said.shop is null or f.shop = said.shop
  join sales_order o on o.shop = f.shop and o.order_id = f.order_id
 cross join lateral (
       select coalesce(sum(unallocated), 0) as unallocated, coalesce(sum(remaining), 0) as remaining,
              coalesce(sum(shipped), 0) as shipped, coalesce(sum(issued), 0) as issued
         from sales_order_line l where l.shop = o.shop and l.order_id = o.order_id) l
 cross join lateral (
       select count(*) filter (where state in ('wanted', 'intent')) as waiting,
              max(last_error) filter (where state in ('wanted', 'intent')) as last_error,
              max(parcel || coalesce(': ' || last_error, '')) filter (where state = 'refused') as refused
         from parcel_write p where p.shop = o.shop and p.order_id = o.order_id) p
 cross join lateral (
       select string_agg(distinct facility, ', ') as facilities
         from allocation a
        where a.shop = o.shop and a.order_id = o.order_id and a.state not in ('shipped', 'rejected')) a
  left join exception_case x on x.kind = 'unfillable' and x.subject = o.shop || '/' || o.order_id
                            and x.closed_at is null
 order by o.shop, o.order_id;
