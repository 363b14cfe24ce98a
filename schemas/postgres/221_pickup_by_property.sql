-- Pickup in a store that the checkout does not know as such: a property of the line names the store. Shopify's own pickup
-- says so by the fulfilment order's delivery method and goes first; a line property makes pickup of what is shown as shipping.

-- The names of those properties, the one that is believed first of all first: order-state's option pickup_properties.
create table pickup_property (
  name  text primary key,
  place int not null
);

alter table sales_order_line add column pickup_store text; -- as the buyer's shop names it: a facility, or its name and address
alter table order_beside add column methods text[];        -- of its fulfilment orders, as shown; null: shipping

create function set_pickup_properties(p_names text) returns void language sql as $$
  with wanted as (
    select btrim(x.name) as name, min(x.place)::int as place
      from unnest(string_to_array(p_names, ',')) with ordinality x(name, place)
     where btrim(x.name) <> '' group by 1
  ), gone as (
    delete from pickup_property p where not exists (select from wanted w where w.name = p.name)
  )
  insert into pickup_property as p (name, place) select w.name, w.place from wanted w order by w.name
  on conflict (name) do update set place = excluded.place where p.place <> excluded.place
$$;

-- The facility that a store's name means: its key, or the beginning of "name and address"; null when nobody described it.
create function pickup_facility(p_store text) returns text language sql stable as $$
  select f.facility from facility f
   where f.active and (f.facility = p_store or (f.name <> '' and starts_with(p_store, f.name)))
   order by f.facility = p_store desc, length(f.name) desc, f.facility limit 1
$$;

-- Which of the orders that a batch has changed have to do with such properties: nearly none.
create function pickup_orders(p_records order_record[], p_verdicts order_verdict[], p_names text[],
                              out o_shops text[], out o_orders bigint[]) language sql stable as $$
  select array_agg(k.shop), array_agg(k.order_id)
    from (select distinct r.shop, r.order_id
            from unnest(p_records) r join unnest(p_verdicts) v on v.n = r.n and v.outcome = 'applied'
           where r.kind in ('order', 'fulfillment-orders')
             -- in our canonical text a quote within a string is escaped, so this is the key itself
             and (exists (select from unnest(p_names) n(name) where strpos(r.body, '"name":' || to_json(n.name)) > 0)
                  or exists (select from sales_order_line l
                              where l.shop = r.shop and l.order_id = r.order_id and l.pickup_store is not null))
           order by 1, 2) k
$$;

-- The store of each line, and how the orders' units reach their buyers.
create function write_pickups(p_shops text[], p_orders bigint[], p_names text[]) returns void language sql as $$
  update sales_order_line l set pickup_store = k.store
    from (select l.shop, l.order_id, l.line_id,
                 (select btrim(y.value)
                    from jsonb_to_recordset(o.body->'lines') x(line_id bigint, properties jsonb)
                   cross join lateral jsonb_to_recordset(x.properties) y(name text, value text)
                    join unnest(p_names) with ordinality n(name, place) on n.name = y.name
                   where x.line_id = l.line_id and btrim(y.value) <> '' order by n.place limit 1) as store
            from unnest(p_shops, p_orders) u(shop, order_id)
            join sales_order o on o.shop = u.shop and o.order_id = u.order_id
            join sales_order_line l on l.shop = o.shop and l.order_id = o.order_id) k
   where l.shop = k.shop and l.order_id = k.order_id and l.line_id = k.line_id and l.pickup_store is distinct from k.store;
  update sales_order o set delivery = k.methods
    from (select u.shop, u.order_id,
                 case when not p.some_lines then nullif(s.shown, '{}')
                      else array(select distinct m from unnest(array_append(
                                   case when p.all_lines then array_remove(coalesce(s.shown, '{}'), 'shipping')
                                        else coalesce(s.shown, '{shipping}') end, 'pick_up')) m order by m) end as methods
            from unnest(p_shops, p_orders) u(shop, order_id)
           cross join lateral (
                 select coalesce(bool_and(l.pickup_store is not null), false) as all_lines,
                        coalesce(bool_or(l.pickup_store is not null), false) as some_lines
                   from sales_order_line l where l.shop = u.shop and l.order_id = u.order_id and l.requires_shipping) p
            left join lateral (select coalesce(b.methods, '{shipping}') as shown
                                 from order_beside b where b.shop = u.shop and b.order_id = u.order_id) s on true) k
   where o.shop = k.shop and o.order_id = k.order_id and o.delivery is distinct from k.methods
$$;

-- Stores that nobody described are a matter for people; the exception ends when the facility is known.
create function judge_pickups(p_shops text[], p_orders bigint[], p_at timestamptz) returns void language sql as $$
  select open_exceptions('unknown_facility', array_agg(x.store), array_agg(x.detail), p_at)
    from (select l.pickup_store as store,
                 'the buyer of ' || min(o.shop || ' ' || coalesce(o.name, o.order_id::text)) || ' picks up there' as detail
            from unnest(p_shops, p_orders) u(shop, order_id)
            join sales_order o on o.shop = u.shop and o.order_id = u.order_id and o.state = 'open'
            join sales_order_line l on l.shop = o.shop and l.order_id = o.order_id and l.remaining > 0
           where l.pickup_store is not null and pickup_facility(l.pickup_store) is null
           group by l.pickup_store order by l.pickup_store) x
  having count(*) > 0
$$;

create function note_pickups(p_records order_record[], p_verdicts order_verdict[], p_at timestamptz)
returns void language plpgsql as $$
declare
  v_names text[] := array(select p.name from pickup_property p order by p.place, p.name);
  v_told record;
begin
  update order_beside b set methods = m.methods
    from unnest(p_records) r
    join unnest(p_verdicts) v on v.n = r.n and v.outcome = 'applied'
    join sales_order o on o.shop = r.shop and o.order_id = r.order_id
   cross join lateral (select nullif(coalesce(o.delivery, '{}'), '{shipping}') as methods) m
   where r.kind = 'fulfillment-orders' and b.shop = r.shop and b.order_id = r.order_id and b.methods is distinct from m.methods;
  if v_names = '{}' then
    return;
  end if;
  select k.* into v_told from pickup_orders(p_records, p_verdicts, v_names) k;
  if v_told.o_shops is not null then
    perform write_pickups(v_told.o_shops, v_told.o_orders, v_names);
    perform judge_pickups(v_told.o_shops, v_told.o_orders, p_at);
  end if;
end $$;

-- As before, and where what was ordered is picked up.
alter function fold_all_records(order_record[], timestamptz) rename to fold_known_records;
create function fold_all_records(p_records order_record[], p_at timestamptz) returns setof order_verdict language plpgsql as $$
declare
  v_verdicts order_verdict[] := array(select v from fold_known_records(p_records, p_at) v);
begin
  perform note_pickups(p_records, v_verdicts, p_at);
  return query select * from unnest(v_verdicts);
end $$;

-- As before; a store may be named by more than its key.
alter function heal_order_exceptions(timestamptz) rename to heal_known_exceptions;
create function heal_order_exceptions(p_at timestamptz) returns void language plpgsql as $$
begin
  perform close_exceptions('unknown_facility', array_agg(x.subject), p_at)
     from (select x.subject from exception_case x
            where x.closed_at is null and x.kind = 'unknown_facility' and pickup_facility(x.subject) is not null
            order by x.subject for update of x) x
   having count(*) > 0;
  perform heal_known_exceptions(p_at);
end $$;

create view v_order_pickup as
select l.shop, l.order_id, o.name as order_name, l.line_id, l.sku, l.pickup_store as store,
       pickup_facility(l.pickup_store) as facility, l.remaining
  from sales_order_line l join sales_order o on o.shop = l.shop and o.order_id = l.order_id
 where l.pickup_store is not null;
comment on view v_order_pickup is
  'Lines that their buyer picks up at a store which a property of the line names. facility null: nobody has described it.';

grant select, insert, update, delete on pickup_property to millrace_order_state;
grant select on pickup_property, v_order_pickup to millrace_reader;
