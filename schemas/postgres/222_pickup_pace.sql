-- Pickup by property costs next to nothing where there is none: what a batch has changed is looked at record by record, not
-- record by verdict, and whether an order has such a line is a look into an index that is nearly empty.
create index sales_order_line_pickup on sales_order_line (shop, order_id) where pickup_store is not null;

drop function pickup_orders(order_record[], order_verdict[], text[]);
create function pickup_orders(p_won order_record[], p_names text[], out o_shops text[], out o_orders bigint[])
language plpgsql stable as $$
declare
  -- in our canonical text a quote within a string is escaped, so this is the key itself
  v_keys text[] := array(select '"name":' || to_json(n.name) from unnest(p_names) n(name));
begin
  select array_agg(k.shop), array_agg(k.order_id) into o_shops, o_orders
    from (select w.shop, w.order_id from unnest(p_won) w
           where exists (select from unnest(v_keys) k(text) where strpos(w.body, k.text) > 0)
           union
          select l.shop, l.order_id
            from unnest(p_won) w
            join sales_order_line l on l.shop = w.shop and l.order_id = w.order_id
           where l.pickup_store is not null
           order by 1, 2) k;
end $$;

create or replace function note_pickups(p_records order_record[], p_verdicts order_verdict[], p_at timestamptz)
returns void language plpgsql as $$
declare
  v_applied bigint[] := array(select v.n from unnest(p_verdicts) v where v.outcome = 'applied');
  v_won order_record[] := array(select r from unnest(p_records) r
                                 where r.kind in ('order', 'fulfillment-orders') and r.n = any (v_applied));
  v_names text[] := array(select p.name from pickup_property p order by p.place, p.name);
  v_told record;
begin
  if exists (select from unnest(v_won) w where w.kind = 'fulfillment-orders') then
    perform note_methods(v_won);
  end if;
  if v_names = '{}' then
    return;
  end if;
  select k.* into v_told from pickup_orders(v_won, v_names) k;
  if v_told.o_shops is not null then
    perform write_pickups(v_told.o_shops, v_told.o_orders, v_names);
    perform judge_pickups(v_told.o_shops, v_told.o_orders, p_at);
  end if;
end $$;

-- How fulfilment orders show that units reach the buyer, kept beside what lines say of it.
create function note_methods(p_won order_record[]) returns void language sql as $$
  update order_beside b set methods = m.methods
    from unnest(p_won) w
    join sales_order o on o.shop = w.shop and o.order_id = w.order_id
   cross join lateral (select nullif(coalesce(o.delivery, '{}'), '{shipping}') as methods) m
   where w.kind = 'fulfillment-orders' and b.shop = w.shop and b.order_id = w.order_id
     and b.methods is distinct from m.methods
$$;
