-- A hint by which somebody asks for a fact again outweighs one that only says that something changed: what changed is read
-- and published when it is news, what is asked for is published although Kafka has it. One row stands for both, so its
-- reason is that of the heavier. Else a topic that ends with an older version would stay so when a webhook's hint was there
-- first, or came after.

create function hint_weight(p_reason text) returns int language sql immutable as $$
  select case when p_reason like '%/delete' then 4
              when p_reason = 'unreadable' then 3
              when p_reason like 'webhook %' then 0
              when p_reason = 'a search shows a change that reads do not' then 1
              else 2 end
$$;

-- As before (080), by weight.
create or replace function add_hints(p_shops text[], p_resources text[], p_due timestamptz[], p_triggered timestamptz[],
                                     p_reasons text[], p_holds boolean[])
returns void language sql as $$
  insert into hint as h (shop, resource, due_at, triggered_at, reason, holds_watermark)
  select s, r, min(d), min(t), (array_agg(w order by hint_weight(w) desc, w))[1], bool_or(k)
    from unnest(p_shops, p_resources, p_due, p_triggered, p_reasons, p_holds) u(s, r, d, t, w, k)
   group by s, r order by s, r
  on conflict (shop, resource) do update
     set due_at = least(h.due_at, excluded.due_at), triggered_at = least(h.triggered_at, excluded.triggered_at),
         attempts = 0,
         reason = case when hint_weight(h.reason) >= greatest(1, hint_weight(excluded.reason)) then h.reason
                       else excluded.reason end,
         holds_watermark = h.holds_watermark or excluded.holds_watermark
$$;

-- As before (086), by weight.
create or replace function repair_products(p_group text, p_topics text[], p_partitions int[], p_shops text[],
                                           p_products bigint[], p_reason text, p_at timestamptz)
returns void language sql as $$
  insert into hint as h (shop, resource, due_at, triggered_at, reason)
  select distinct u.shop, 'Product/' || u.product_id, p_at, p_at, p_reason
    from unnest(p_topics, p_partitions, p_shops, p_products) u(topic, partition, shop, product_id)
    join consumer_offset c on c.consumer_group = p_group and c.topic = u.topic and c.partition = u.partition
   where c.next_offset >= c.high_offset
   order by 1, 2
  on conflict (shop, resource) do update
     set due_at = least(h.due_at, excluded.due_at),
         reason = case when hint_weight(h.reason) >= hint_weight(excluded.reason) then h.reason else excluded.reason end
$$;
