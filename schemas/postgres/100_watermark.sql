-- Watermarks that wait, because order-state stands still or runs behind, are thinned out: each poll brings one, and every
-- look at what is in force reads them all. The newest carries the offsets of those before it, so that leaving out one
-- in between loses nothing but a step on the way.

-- How far apart waiting watermarks stand: 10 seconds, and more the longer nothing has been in force.
create function watermark_gap(p_waited interval) returns interval language sql immutable as $$
  select greatest(interval '10 seconds', p_waited / 64)
$$;

create function watermark_is_in_force(w shop_watermark) returns boolean language sql stable as $$
  select not exists (
           select from unnest(w.topics, w.partitions, w.next_offsets) o(topic, partition, next_offset)
             left join consumer_offset c on c.consumer_group = w.consumer_group and c.topic = o.topic
                                        and c.partition = o.partition
            where coalesce(c.next_offset, 0) < o.next_offset)
$$;

-- Leaves out the newest watermark, which p_through follows, when another waits closely before it.
create function thin_watermarks(p_shop text, p_through timestamptz) returns void language plpgsql as $$
declare
  v_first  timestamptz;
  v_newest shop_watermark;
  v_before shop_watermark;
begin
  select min(w.through_at) into v_first from shop_watermark w where w.shop = p_shop;
  select * into v_newest from shop_watermark w where w.shop = p_shop order by w.through_at desc limit 1;
  select * into v_before from shop_watermark w where w.shop = p_shop order by w.through_at desc limit 1 offset 1;
  if v_newest.through_at - v_before.through_at < watermark_gap(p_through - v_first)
     and not watermark_is_in_force(v_before) then
    delete from shop_watermark w where w.shop = p_shop and w.through_at = v_newest.through_at;
  end if;
end $$;

-- As before, and thinned out. Everything up to p_through is in Kafka below the offsets given, and below those of the
-- watermark before: a later one never asks for less. A change that a hint stands for and that no read has shown holds
-- it back.
create or replace function record_watermark(p_shop text, p_through timestamptz, p_group text, p_topics text[],
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
  perform thin_watermarks(p_shop, v_through);
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
                          where f.shop = p_shop and f.through_at < v_through and watermark_is_in_force(f));
  return v_through;
end $$;
