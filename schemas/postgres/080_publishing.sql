-- What the publishers need beyond their tables: hints that arrive while they are being read, and watermarks
-- that never claim more than is known.

-- False: what the hint stands for moves no stock (the fulfilment orders of a new order), so that nothing waits for it.
alter table hint add column holds_watermark boolean not null default true;
create index hint_shop on hint (shop, triggered_at) where holds_watermark;

-- A reader claims a hint by moving its due_at; a hint that arrives meanwhile moves it again, so that the reader,
-- who finishes by comparing due_at, does not lose it. A deletion stays one, whatever comes after it and out of order:
-- the read that finds nothing has to know why. What is unreadable stays so until a read can be mapped.
create function add_hints(p_shops text[], p_resources text[], p_due timestamptz[], p_triggered timestamptz[],
                          p_reasons text[], p_holds boolean[])
returns void language sql as $$
  insert into hint as h (shop, resource, due_at, triggered_at, reason, holds_watermark)
  select s, r, min(d), min(t),
         coalesce(min(w) filter (where w like '%/delete'), min(w) filter (where w = 'unreadable'), min(w)), bool_or(k)
    from unnest(p_shops, p_resources, p_due, p_triggered, p_reasons, p_holds) u(s, r, d, t, w, k)
   group by s, r order by s, r
  on conflict (shop, resource) do update
     set due_at = least(h.due_at, excluded.due_at), triggered_at = least(h.triggered_at, excluded.triggered_at),
         attempts = 0,
         reason = case when h.reason like '%/delete' or h.reason = 'unreadable' and excluded.reason not like '%/delete'
                       then h.reason else excluded.reason end,
         holds_watermark = h.holds_watermark or excluded.holds_watermark
$$;

-- Everything up to p_through is in Kafka below the offsets given, and below those of the watermark before: a
-- later one never asks for less. A change that a hint stands for and that no read has shown holds it back.
create function record_watermark(p_shop text, p_through timestamptz, p_group text, p_topics text[],
                                 p_partitions int[], p_next_offsets bigint[])
returns timestamptz language plpgsql as $$
declare
  v_last    shop_watermark;
  v_through timestamptz;
begin
  select * into v_last from shop_watermark w where w.shop = p_shop order by through_at desc limit 1;
  select least(p_through, min(triggered_at) - interval '1 microsecond') into v_through
    from hint where shop = p_shop and holds_watermark and resource not like 'Product/%';
  if v_through <= v_last.through_at then
    return v_last.through_at;
  end if;
  insert into shop_watermark (shop, through_at, consumer_group, topics, partitions, next_offsets)
  select p_shop, v_through, p_group, array_agg(topic order by topic, partition),
         array_agg(partition order by topic, partition), array_agg(next_offset order by topic, partition)
    from (select topic, partition, max(next_offset) as next_offset
            from (select * from unnest(p_topics, p_partitions, p_next_offsets) n(topic, partition, next_offset)
                  union all
                  select * from unnest(v_last.topics, v_last.partitions, v_last.next_offsets)
                                o(topic, partition, next_offset)) u
           group by topic, partition) m
  having count(*) > 0;
  delete from shop_watermark w
   where w.shop = p_shop
     and w.through_at < (select max(f.through_at) from shop_watermark f
                          where f.shop = p_shop and f.through_at < v_through
                            and not exists (
                              select from unnest(f.topics, f.partitions, f.next_offsets) o(topic, partition, next_offset)
                                left join consumer_offset c
                                  on c.consumer_group = f.consumer_group and c.topic = o.topic
                                 and c.partition = o.partition
                               where coalesce(c.next_offset, 0) < o.next_offset));
  return v_through;
end $$;
