-- Facts are only changed under their order's lock, as everywhere: order-state adds up the facts of an order and trusts
-- them to stand still meanwhile. A variant may be linked long after its orders were closed, and locking all of them first
-- could wait for ever; so those that somebody holds are left alone, and the sweep of order-state (link_waiting_facts)
-- comes back for them. Nobody is waited for here, so the order of locks is kept.

-- A variant became known: facts that were waiting for it count in the book now.
create or replace function link_facts(p_shop text, p_variants bigint[], p_inventory_items bigint[])
returns void language plpgsql as $$
declare
  fresh text[];
begin
  with mine as materialized (
    select s.fact_id, u.i
      from unnest(p_variants, p_inventory_items) u(v, i)
      join stock_fact s on s.shop = p_shop and s.variant_id = u.v and s.inventory_item_id is null
      join sales_order o on o.shop = s.shop and o.order_id = s.order_id
     order by o.order_id, s.fact_id for update of o skip locked
  ), upd as (
    update stock_fact s set inventory_item_id = m.i
      from mine m
     where s.shop = p_shop and s.fact_id = m.fact_id and s.inventory_item_id is null
    returning s.fact_id
  )
  select array_agg(upd.fact_id) into fresh from upd;
  perform book_facts(p_shop, array_agg(s.inventory_item_id), array_agg(s.location_id), array_agg(s.on_hand_effect),
                     array_agg(s.at))
     from stock_fact s
    where s.shop = p_shop and s.fact_id = any (fresh) and s.location_id is not null
   having count(*) > 0;
end $$;
