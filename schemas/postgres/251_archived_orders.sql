-- Whether people must look at an order that was deleted is asked of what is known of it now, whatever came first: its units
-- may turn out to be shipped, or open, by a fact that arrives behind its tombstone.

alter function apply_order_sections(order_record[], order_verdict[], timestamptz) rename to apply_all_sections;

-- Units that Shopify still held open for deleted orders, and whether people have been told.
create function archived_units(p_shops text[], p_orders bigint[])
returns table (subject text, name text, units bigint, told boolean) language sql stable as $$
  select k.subject, coalesce(o.name, ''), coalesce(sum(l.open), 0)::bigint,
         exists (select from exception_case c where c.kind = 'archived_order' and c.subject = k.subject and c.closed_at is null)
    from unnest(p_shops, p_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
   cross join lateral (select o.shop || '/' || o.order_id as subject) k
    left join sales_order_line l on l.shop = o.shop and l.order_id = o.order_id
   group by k.subject, o.name
$$;

-- One look finds those that are deleted: nearly always there are none.
create function judge_archived(p_shops text[], p_orders bigint[], p_at timestamptz) returns void language plpgsql as $$
declare
  v_shops text[];
  v_orders bigint[];
begin
  select array_agg(k.shop), array_agg(k.order_id) into v_shops, v_orders
    from (select distinct u.shop, u.order_id from unnest(p_shops, p_orders) u(shop, order_id)) k
    join sales_order o on o.shop = k.shop and o.order_id = k.order_id and o.archived_at is not null;
  if v_shops is not null then
    perform close_exceptions('archived_order', array_agg(a.subject), p_at)
       from archived_units(v_shops, v_orders) a where a.units = 0 and a.told having count(*) > 0;
    perform open_exceptions('archived_order', array_agg(a.subject), array_agg(
                            a.name || ' was deleted while ' || a.units || ' unit(s) were open in Shopify'), p_at)
       from archived_units(v_shops, v_orders) a where a.units > 0 and not a.told having count(*) > 0;
  end if;
end $$;

-- What was applied, not what was told once more: an exception that somebody closed stays closed when topics are replayed.
create function apply_order_sections(p_records order_record[], p_verdicts order_verdict[], p_at timestamptz)
returns setof order_verdict language plpgsql as $$
declare
  v_more order_verdict[];
begin
  v_more := array(select v from apply_all_sections(p_records, p_verdicts, p_at) v);
  perform judge_archived(array_agg(r.shop), array_agg(r.order_id), p_at)
     from unnest(p_records) r
    where r.n = any (array(select v.n from unnest(p_verdicts || v_more) v where v.outcome = 'applied'))
   having count(*) > 0;
  return query select * from unnest(v_more);
end $$;
