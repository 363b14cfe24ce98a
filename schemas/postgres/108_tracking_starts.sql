-- What left while its item was not tracked. Such a parcel moves no stock: nothing is promised of the item, its shelves may
-- never have been counted. When tracking starts, the shelf's number is promised, and what left after that number was taken
-- has to come off, or it is sold again. So those parcels are applied once more, now with their ledger entries, as of the
-- time they left: the fold of the ledger does the rest. What left before the shelf's last count (or, never counted, before
-- its first movement) is in that number already; of a shelf without any number nothing is known, and nothing is written.

-- Applied parcel lines of the variants that have no ledger entry although their shelf's number is older than they are.
create function late_parcels(p_shops text[], p_variants bigint[])
returns table (shop text, order_id bigint, line_id bigint, parcel text, units bigint) language sql stable as $$
  select x.shop, x.order_id, x.line_id, x.parcel, x.quantity
    from (select distinct * from unnest(p_shops, p_variants)) u(shop, variant_id)
    join sales_order_line l on l.shop = u.shop and l.variant_id = u.variant_id and l.requires_shipping and not l.stocked
                           and l.shipped > 0
    join shipment_line x on x.shop = l.shop and x.order_id = l.order_id and x.line_id = l.line_id and x.applied
    join shipment s on s.shop = x.shop and s.order_id = x.order_id and s.parcel = x.parcel
    join stock k on k.item_id = l.item_id and k.facility = s.facility
   where s.shipped_at > coalesce(k.count_as_of, (select min(e.as_of) from stock_entry e
                                                  where e.item_id = k.item_id and e.facility = k.facility))
     and not exists (select from stock_entry e
                      where e.item_id = k.item_id and e.source = 'shipment'
                        and e.event_id = x.shop || '/' || x.parcel || '/' || x.line_id)
$$;

-- Orders with open lines or late parcels of the variants, locked in one order before anything else is.
create or replace function lock_orders_of(p_shops text[], p_variants bigint[], p_at timestamptz) returns void
language plpgsql as $$
begin
  perform lock_orders(array_agg(o.shop), array_agg(o.order_id), p_at)
     from (select distinct l.shop, l.order_id
             from unnest(p_shops, p_variants) u(shop, variant_id)
             join sales_order_line l on l.shop = u.shop and l.variant_id = u.variant_id
            where l.remaining > 0 or l.open > 0
           union
           select t.shop, t.order_id from late_parcels(p_shops, p_variants) t) o
   having count(*) > 0;
end $$;

-- Parcel lines are applied again by the next settle_orders(): as if they had just become known.
create function unapply_parcels(p_shops text[], p_orders bigint[], p_lines bigint[], p_parcels text[], p_units bigint[])
returns void language plpgsql as $$
begin
  update shipment_line x set applied = false
    from unnest(p_shops, p_orders, p_lines, p_parcels) u(shop, order_id, line_id, parcel)
   where x.shop = u.shop and x.order_id = u.order_id and x.line_id = u.line_id and x.parcel = u.parcel;
  update sales_order_line l set shipped = l.shipped - u.units
    from (select shop, order_id, line_id, sum(units)::bigint as units
            from unnest(p_shops, p_orders, p_lines, p_units) u(shop, order_id, line_id, units) group by 1, 2, 3) u
   where l.shop = u.shop and l.order_id = u.order_id and l.line_id = u.line_id;
end $$;

-- As before, and lines with late parcels of variants that are tracked now count them.
create or replace function repoint_lines(p_shops text[], p_variants bigint[], p_items bigint[], p_tracked boolean[],
                                         p_at timestamptz, out o_shops text[], out o_orders bigint[],
                                         out o_items bigint[], out o_moves stock_move[]) language plpgsql as $$
declare
  v_shops text[];
  v_orders bigint[];
  v_lines bigint[];
  v_before bigint[];
  v_after bigint[];
  v_stocked boolean[];
  late record;
begin
  select array_agg(t.shop) as shops, array_agg(t.order_id) as orders, array_agg(t.line_id) as lines,
         array_agg(t.parcel) as parcels, array_agg(t.units) as units
    into late
    from (select array_agg(u.s) as shops, array_agg(u.v) as variants
            from unnest(p_shops, p_variants, p_tracked) u(s, v, tracked) where u.tracked) w,
         late_parcels(w.shops, w.variants) t;
  select array_agg(l.shop), array_agg(l.order_id), array_agg(l.line_id), array_agg(l.item_id), array_agg(w.item_id),
         array_agg(w.stocked)
    into v_shops, v_orders, v_lines, v_before, v_after, v_stocked
    from unnest(p_shops, p_variants, p_items, p_tracked) u(shop, variant_id, item_id, tracked)
    join sales_order_line l on l.shop = u.shop and l.variant_id = u.variant_id
    join sales_order o on o.shop = l.shop and o.order_id = l.order_id
   cross join lateral (
         select l.requires_shipping and u.tracked
                and not o.body->'lines' @> jsonb_build_array(jsonb_build_object('line_id', l.line_id, 'gift_card', true))
                  as stocked,
                l.remaining > 0 or l.open > 0 as is_open,
                case when l.remaining > 0 or l.open > 0 then u.item_id else l.item_id end as item_id) w
   where (w.is_open and (l.item_id is distinct from u.item_id or l.stocked <> w.stocked))
      or (w.stocked and (l.shop, l.order_id, l.line_id) in (select * from unnest(late.shops, late.orders, late.lines)));
  if v_shops is null then
    return;
  end if;

  perform move_reserved(v_shops, v_orders, v_lines, v_after, p_at);
  update sales_order_line l set item_id = u.item_id, stocked = u.stocked
    from unnest(v_shops, v_orders, v_lines, v_after, v_stocked) u(shop, order_id, line_id, item_id, stocked)
   where l.shop = u.shop and l.order_id = u.order_id and l.line_id = u.line_id;
  perform unapply_parcels(array_agg(t.s), array_agg(t.o), array_agg(t.l), array_agg(t.p), array_agg(t.n))
     from unnest(late.shops, late.orders, late.lines, late.parcels, late.units) t(s, o, l, p, n)
     join sales_order_line l on l.shop = t.s and l.order_id = t.o and l.line_id = t.l and l.stocked
   having count(*) > 0;
  select array_agg(o.shop), array_agg(o.order_id) into o_shops, o_orders
    from (select distinct u.s as shop, u.o as order_id from unnest(v_shops, v_orders) u(s, o) order by 1, 2) o;
  o_items := v_before || v_after;
  o_moves := array(select m from settle_orders(o_shops, o_orders, p_at) m);
end $$;
