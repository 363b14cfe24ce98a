-- As in 121, with one look instead of two at orders of which nothing is to be said: nearly all of them.
create or replace function judge_launch(p_shops text[], p_orders bigint[], out o_shops text[], out o_orders bigint[])
language plpgsql as $$
declare
  v_shops text[];
  v_orders bigint[];
begin
  select array_agg(o.shop), array_agg(o.order_id) into v_shops, v_orders
    from unnest(p_shops, p_orders) u(shop, order_id)
    join sales_order o on o.shop = u.shop and o.order_id = u.order_id
   cross join lateral (select (select l.launch_at from shop_launch l where l.shop = o.shop) as at) l
   where o.historical or o.archived_at is not null or o.created_at < l.at;
  if v_shops is null then
    return;
  end if;
  update sales_order o set historical = not o.historical
    from (select distinct u.shop, u.order_id from unnest(v_shops, v_orders) u(shop, order_id)) u
   where o.shop = u.shop and o.order_id = u.order_id
     and o.historical <> coalesce(o.created_at < (select l.launch_at from shop_launch l where l.shop = o.shop), false);
  with waived as (
    update sales_order_line l set waived = not l.waived
      from (select distinct o.shop, o.order_id, o.historical or o.archived_at is not null as waived
              from unnest(v_shops, v_orders) u(shop, order_id)
              join sales_order o on o.shop = u.shop and o.order_id = u.order_id) k
     where l.shop = k.shop and l.order_id = k.order_id and l.waived <> k.waived
    returning l.shop, l.order_id
  )
  select array_agg(w.shop), array_agg(w.order_id) into o_shops, o_orders
    from (select distinct w.shop, w.order_id from waived w order by 1, 2) w;
end $$;
