-- A launch goes through a shop's orders by their key: each statement looks at so many orders and not at those before,
-- so that a shop with two years of orders is one walk and not a thousand from its beginning.

drop function launch_orders(text, int, timestamptz);

-- Brings the next p_limit orders behind p_after in line with their shop's launch; returns the last one it looked at,
-- null when there is none left.
create function launch_orders(p_shop text, p_after bigint, p_limit int, p_at timestamptz) returns bigint
language plpgsql
set plan_cache_mode = force_generic_plan set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
declare
  v_last bigint;
  v_shops text[];
  v_orders bigint[];
  v_told record;
begin
  select max(k.order_id) into v_last
    from (select o.order_id from sales_order o where o.shop = p_shop and o.order_id > p_after
           order by o.order_id limit p_limit) k;
  select array_agg(o.shop order by o.order_id), array_agg(o.order_id order by o.order_id) into v_shops, v_orders
    from sales_order o join shop_launch l on l.shop = o.shop
   where o.shop = p_shop and o.order_id > p_after and o.order_id <= v_last
     and o.created_at is not null and o.historical <> (o.created_at < l.launch_at);
  if v_shops is null then
    return v_last;
  end if;
  perform lock_known_orders(v_shops, v_orders);
  select * into v_told from judge_launch(v_shops, v_orders);
  if v_told.o_shops is not null then
    perform announce_launch(v_told.o_shops, v_told.o_orders, 'launch', p_at);
  end if;
  return v_last;
end $$;
