-- An order whose topic said that it is no more, and that Shopify was seen to have after that, is no longer archived. What was
-- observed before its tombstone does not bring it back, in whatever order both arrive.

-- archived_at: when its latest tombstone was written, which a replay does not change.
create or replace function archive_orders(p_records order_record[], p_at timestamptz)
returns setof order_verdict language sql as $$
  with said as (
    select r.shop, r.order_id, max(coalesce(r.observed_at, p_at)) as at
      from unnest(p_records) r where r.kind = 'gone' group by r.shop, r.order_id
  ), gone as (
    update sales_order o set archived_at = s.at
      from said s
     where o.shop = s.shop and o.order_id = s.order_id and coalesce(o.archived_at < s.at, true)
       and coalesce(o.observed_at <= s.at, true)
    returning o.shop, o.order_id
  )
  select r.n, case when g.shop is not null and row_number() over (partition by r.shop, r.order_id order by r.n) = 1
                   then 'applied' else 'duplicate' end, false, null::text
    from unnest(p_records) r left join gone g on g.shop = r.shop and g.order_id = r.order_id
   where r.kind = 'gone'
$$;

create index sales_order_archived on sales_order (order_id, shop) where archived_at is not null;

-- Orders of this batch that were seen after they were archived: ours again, and everybody hears of it.
create function revive_orders(p_records order_record[], p_at timestamptz) returns void language plpgsql as $$
declare
  v_shops text[];
  v_orders bigint[];
begin
  if not exists (select from sales_order o where o.archived_at is not null) then
    return;                                 -- as nearly always
  end if;
  with seen as (
    select distinct r.shop, r.order_id from unnest(p_records) r where r.kind = 'order'
  ), back as (
    update sales_order o set archived_at = null
      from seen s
     where o.shop = s.shop and o.order_id = s.order_id and o.archived_at < o.observed_at
    returning o.shop, o.order_id
  )
  select array_agg(b.shop), array_agg(b.order_id) into v_shops, v_orders from back b;
  if v_shops is null then
    return;
  end if;
  update sales_order_line l set waived = o.historical
    from unnest(v_shops, v_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
   where l.shop = o.shop and l.order_id = o.order_id and l.waived <> o.historical;
  perform close_exceptions('archived_order', array(select s || '/' || i from unnest(v_shops, v_orders) u(s, i)), p_at);
  perform announce_launch(v_shops, v_orders, 'seen again', p_at);
end $$;

-- What fold_all_records() did until now is most of what it does; and what was archived may come back.
alter function fold_all_records(order_record[], timestamptz) rename to fold_records_and_sections;

create function fold_all_records(p_records order_record[], p_at timestamptz)
returns setof order_verdict language plpgsql as $$
begin
  return query select * from fold_records_and_sections(p_records, p_at);
  perform revive_orders(p_records, p_at);
end $$;
