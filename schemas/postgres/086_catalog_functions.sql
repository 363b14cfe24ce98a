-- How products become items, and variants become linked to them: what product-state calls, once per batch.
-- Which variant gets which item is decided in product-state (link.c); this writes the decision and what follows from it.
--
-- Locks, in the order of the whole tree: orders → (product, item, variant) → stock, allocations → book rows →
-- route queue, dirty items, outbox, exceptions.

-- Whole products, newest version wins; of equal versions the higher hash. No two of a batch are the same product.
-- Returns a verdict for each: applied, rival (applied over an equal version), duplicate or stale.
create function save_products(p_shops text[], p_products bigint[], p_updated timestamptz[], p_observed timestamptz[],
                              p_hashes text[], p_bodies text[], p_at timestamptz)
returns table (ordinal bigint, verdict text) language plpgsql set enable_seqscan = off set jit = off as $$
declare
  v_before text[];
begin
  select array_agg(case when p.product_id is null
                          or (u.updated_at, u.observed_at) > (p.updated_at, p.observed_at) then 'applied'
                        when (u.updated_at, u.observed_at) < (p.updated_at, p.observed_at) then 'stale'
                        when u.hash = p.body_hash then 'duplicate'
                        when u.hash collate "C" > p.body_hash then 'rival'
                        else 'stale' end order by u.n)
    into v_before
    from unnest(p_shops, p_products, p_updated, p_observed, p_hashes) with ordinality
         u(shop, product_id, updated_at, observed_at, hash, n)
    left join product p on p.shop = u.shop and p.product_id = u.product_id;

  insert into product as p (shop, product_id, updated_at, observed_at, body_hash, title, handle, status, vendor,
                            product_type, tags, image_url, body, deleted_at, applied_at)
  select u.shop, u.product_id, u.updated_at, u.observed_at, u.hash, b.body->>'title', b.body->>'handle',
         b.body->>'status', b.body->>'vendor', b.body->>'product_type',
         array(select jsonb_array_elements_text(b.body->'tags')), b.body->>'image_url', b.body,
         (b.body->>'deleted_at')::timestamptz, p_at
    from unnest(p_shops, p_products, p_updated, p_observed, p_hashes, p_bodies, v_before)
         u(shop, product_id, updated_at, observed_at, hash, body, verdict)
   cross join lateral (select u.body::jsonb as body) b
   where u.verdict in ('applied', 'rival')
   order by u.shop, u.product_id
  on conflict (shop, product_id) do update
     set updated_at = excluded.updated_at, observed_at = excluded.observed_at, body_hash = excluded.body_hash,
         title = excluded.title, handle = excluded.handle, status = excluded.status, vendor = excluded.vendor,
         product_type = excluded.product_type, tags = excluded.tags, image_url = excluded.image_url,
         body = excluded.body, deleted_at = excluded.deleted_at, applied_at = excluded.applied_at;
  return query select u.n, u.v from unnest(v_before) with ordinality u(v, n);
end $$;

-- Orders with open lines of the variants, locked in one order before anything else is.
create function lock_orders_of(p_shops text[], p_variants bigint[], p_at timestamptz) returns void language plpgsql
as $$
begin
  perform lock_orders(array_agg(o.shop), array_agg(o.order_id), p_at)
     from (select distinct l.shop, l.order_id
             from unnest(p_shops, p_variants) u(shop, variant_id)
             join sales_order_line l on l.shop = u.shop and l.variant_id = u.variant_id
            where l.remaining > 0 or l.open > 0) o
   having count(*) > 0;
end $$;

-- Open lines of the variants count for these items from now on: what was reserved of the old item is reserved of the
-- new one, and what is not tracked asks for nothing, what is tracked again does (as in apply_order_lines). The caller has
-- locked the orders, and announces those that changed (o_shops null: none) once it has done what comes before that in
-- the order of locks.
create function repoint_lines(p_shops text[], p_variants bigint[], p_items bigint[], p_tracked boolean[],
                              p_at timestamptz, out o_shops text[], out o_orders bigint[], out o_items bigint[],
                              out o_moves stock_move[]) language plpgsql as $$
declare
  v_shops text[];
  v_orders bigint[];
  v_lines bigint[];
  v_before bigint[];
  v_after bigint[];
  v_stocked boolean[];
begin
  select array_agg(l.shop), array_agg(l.order_id), array_agg(l.line_id), array_agg(l.item_id), array_agg(u.item_id),
         array_agg(w.stocked)
    into v_shops, v_orders, v_lines, v_before, v_after, v_stocked
    from unnest(p_shops, p_variants, p_items, p_tracked) u(shop, variant_id, item_id, tracked)
    join sales_order_line l on l.shop = u.shop and l.variant_id = u.variant_id
    join sales_order o on o.shop = l.shop and o.order_id = l.order_id
   cross join lateral (
         select l.requires_shipping and u.tracked
                and not o.body->'lines' @> jsonb_build_array(jsonb_build_object('line_id', l.line_id, 'gift_card', true))
                  as stocked) w
   where (l.remaining > 0 or l.open > 0) and (l.item_id is distinct from u.item_id or l.stocked <> w.stocked);
  if v_shops is null then
    return;
  end if;

  perform move_reserved(v_shops, v_orders, v_lines, v_after, p_at);
  update sales_order_line l set item_id = u.item_id, stocked = u.stocked
    from unnest(v_shops, v_orders, v_lines, v_after, v_stocked) u(shop, order_id, line_id, item_id, stocked)
   where l.shop = u.shop and l.order_id = u.order_id and l.line_id = u.line_id;
  select array_agg(o.shop), array_agg(o.order_id) into o_shops, o_orders
    from (select distinct u.s as shop, u.o as order_id from unnest(v_shops, v_orders) u(s, o) order by 1, 2) o;
  o_items := v_before || v_after;
  o_moves := array(select m from settle_orders(o_shops, o_orders, p_at) m);
end $$;

-- What the lines have reserved is reserved of these items from now on.
create function move_reserved(p_shops text[], p_orders bigint[], p_lines bigint[], p_items bigint[], p_at timestamptz)
returns void language plpgsql as $$
declare
  v_before bigint[];
  v_after bigint[];
  v_facilities text[];
  v_units bigint[];
begin
  select array_agg(a.item_id), array_agg(u.item_id), array_agg(a.facility), array_agg(a.quantity)
    into v_before, v_after, v_facilities, v_units
    from unnest(p_shops, p_orders, p_lines, p_items) u(shop, order_id, line_id, item_id)
    join allocation a on a.shop = u.shop and a.order_id = u.order_id and a.line_id = u.line_id
   where a.item_id <> u.item_id and allocation_rank(a.state) > 0;
  if v_before is null then
    return;
  end if;
  perform lock_stock(v_before || v_after, v_facilities || v_facilities, p_at);
  perform reserve_stock(v_before || v_after, v_facilities || v_facilities,
                        array(select -u from unnest(v_units) u) || v_units);
  update allocation a set item_id = u.item_id
    from unnest(p_shops, p_orders, p_lines, p_items) u(shop, order_id, line_id, item_id)
   where a.shop = u.shop and a.order_id = u.order_id and a.line_id = u.line_id and a.item_id <> u.item_id
     and allocation_rank(a.state) > 0;
end $$;

-- Gives items another name. Returns the keys of their stock, under the old names and the new.
create function rename_items(p_renamed bigint[], p_items text[]) returns text[] language plpgsql as $$
declare
  v_keys text[];
begin
  select array_agg(key_part(n.item) || '/' || key_part(s.facility)) into v_keys
    from unnest(p_renamed, p_items) u(item_id, item)
    join item i on i.item_id = u.item_id
    join stock s on s.item_id = u.item_id
   cross join lateral (values (i.item), (u.item)) n(item);
  update item i set item = u.item from unnest(p_renamed, p_items) u(item_id, item) where i.item_id = u.item_id;
  return v_keys;
end $$;

-- What the catalog now says of variants: one row each, aligned arrays. A placeholder that got its SKU keeps its
-- surrogate (p_renamed, else null): stock and lines follow without being touched.
-- p_gone_*: variants that a product no longer has. p_duplicates, p_renumbered: what a person must know, else null.
create function save_variants(p_shops text[], p_products bigint[], p_variants bigint[], p_inventory_items bigint[],
                              p_items text[], p_linked boolean[], p_renamed bigint[], p_fresh boolean[],
                              p_changed boolean[], p_skus text[], p_barcodes text[], p_titles text[],
                              p_prices numeric[], p_compare_at numeric[], p_positions bigint[], p_images text[],
                              p_options text[], p_tracked boolean[], p_ships boolean[], p_policies text[],
                              p_duplicates text[], p_renumbered text[], p_gone_shops text[], p_gone_variants bigint[],
                              p_at timestamptz)
returns void language plpgsql set enable_seqscan = off set jit = off as $$
declare
  v_ids bigint[];
  v_dirty bigint[];
  v_keys text[];
begin
  perform lock_orders_of(array_agg(u.shop), array_agg(u.variant_id), p_at)
     from unnest(p_shops, p_variants, p_fresh) u(shop, variant_id, fresh) where u.fresh having count(*) > 0;
  v_keys := rename_items(p_renamed, p_items);
  perform ensure_items(p_items, p_at);
  select array_agg(i.item_id order by u.n) into v_ids
    from unnest(p_items) with ordinality u(item, n) join item i on i.item = u.item;

  with gone as (
    update variant v set deleted_at = p_at
      from unnest(p_gone_shops, p_gone_variants) u(shop, variant_id)
     where v.shop = u.shop and v.variant_id = u.variant_id and v.deleted_at is null
    returning v.item_id
  )
  select array_agg(g.item_id) into v_dirty from gone g;
  insert into variant as v (shop, variant_id, product_id, inventory_item_id, item_id, sku, barcode, title, price,
                            compare_at_price, position, image_url, options, tracked, requires_shipping,
                            inventory_policy, linked)
  select u.shop, u.variant_id, u.product_id, u.inventory_item_id, u.item_id, u.sku, u.barcode, u.title, u.price,
         u.compare_at, u.position, u.image, u.options::jsonb, u.tracked, u.ships, u.policy, u.linked
    from unnest(p_shops, p_products, p_variants, p_inventory_items, v_ids, p_linked, p_skus, p_barcodes, p_titles,
                p_prices, p_compare_at, p_positions, p_images, p_options, p_tracked, p_ships, p_policies)
         u(shop, product_id, variant_id, inventory_item_id, item_id, linked, sku, barcode, title, price, compare_at,
           position, image, options, tracked, ships, policy)
   order by u.shop, u.variant_id
  on conflict (shop, variant_id) do update
     set product_id = excluded.product_id, inventory_item_id = excluded.inventory_item_id,
         item_id = excluded.item_id, sku = excluded.sku, barcode = excluded.barcode, title = excluded.title,
         price = excluded.price, compare_at_price = excluded.compare_at_price, position = excluded.position,
         image_url = excluded.image_url, options = excluded.options, tracked = excluded.tracked,
         requires_shipping = excluded.requires_shipping, inventory_policy = excluded.inventory_policy,
         linked = excluded.linked, deleted_at = null;

  perform follow_links(p_shops, p_variants, v_ids, p_inventory_items, v_keys, p_fresh, p_tracked, p_at);
  perform mark_dirty(v_dirty || array(select u.i from unnest(v_ids, p_changed) u(i, changed) where u.changed), 'catalog',
                     p_at);
  perform judge_variants(p_shops, p_variants, p_items, p_duplicates, p_renumbered, p_gone_shops, p_gone_variants, p_at);
  perform revisit_waiting(p_gone_shops, p_gone_variants, p_at);
end $$;

-- What waited for the variants: lines that were counted for another item, facts that had no row in the book. Topic
-- `stock` hears of renamed items under both names.
create function follow_links(p_shops text[], p_variants bigint[], p_items bigint[], p_inventory_items bigint[],
                             p_stock_keys text[], p_fresh boolean[], p_tracked boolean[], p_at timestamptz)
returns void language plpgsql as $$
declare
  r record;
  x record;
begin
  select p.* into r
    from (select array_agg(u.shop) as shops, array_agg(u.v) as variants, array_agg(u.i) as items, array_agg(u.t) as tracked
            from unnest(p_shops, p_variants, p_items, p_tracked, p_fresh) u(shop, v, i, t, fresh) where u.fresh) f,
         repoint_lines(f.shops, f.variants, f.items, f.tracked, p_at) p;
  if p_stock_keys is not null then
    perform enqueue_outbox('stock', p_stock_keys, 'item renamed', p_at);
  end if;
  for x in
    select u.shop, array_agg(u.v) as variants, array_agg(u.i) as inventory_items
      from unnest(p_shops, p_variants, p_inventory_items, p_fresh) u(shop, v, i, fresh)
     where u.fresh group by u.shop order by u.shop
  loop
    perform link_facts(x.shop, x.variants, x.inventory_items);
  end loop;
  if r.o_shops is not null then
    perform announce_orders(r.o_shops, r.o_orders, r.o_moves, r.o_items, 'product linked', p_at);
    perform enqueue_outbox('allocations', array_agg(u.s || '/' || u.o), 'product linked', p_at)
       from unnest(r.o_shops, r.o_orders) u(s, o);
  end if;
end $$;

create function judge_variants(p_shops text[], p_variants bigint[], p_items text[], p_duplicates text[],
                               p_renumbered text[], p_gone_shops text[], p_gone_variants bigint[], p_at timestamptz)
returns void language plpgsql as $$
declare
  v_subjects text[] := array(select u.s || '/variant/' || u.v from unnest(p_shops, p_variants) u(s, v));
  v_gone text[] := array(select u.s || '/variant/' || u.v from unnest(p_gone_shops, p_gone_variants) u(s, v));
begin
  perform close_exceptions('unknown_product', v_subjects, p_at);
  perform close_exceptions('unknown_item', p_items, p_at);
  perform close_exceptions('duplicate_sku', v_gone || array(
            select u.s from unnest(v_subjects, p_duplicates) u(s, d) where u.d is null), p_at);
  perform close_exceptions('changed_sku', v_gone || array(
            select u.s from unnest(v_subjects, p_renumbered) u(s, d) where u.d is null), p_at);
  perform open_exceptions('duplicate_sku', array_agg(u.s), array_agg(u.d), p_at)
     from unnest(v_subjects, p_duplicates) u(s, d) where u.d is not null having count(*) > 0;
  perform open_exceptions('changed_sku', array_agg(u.s), array_agg(u.d), p_at)
     from unnest(v_subjects, p_renumbered) u(s, d) where u.d is not null having count(*) > 0;
end $$;

-- Variants that waited for a SKU whose owner is gone: their products are read again, and then they get it.
create function revisit_waiting(p_gone_shops text[], p_gone_variants bigint[], p_at timestamptz)
returns void language sql as $$
  insert into hint as h (shop, resource, due_at, triggered_at, reason)
  select distinct w.shop, 'Product/' || w.product_id, p_at, p_at, 'a SKU became free'
    from unnest(p_gone_shops, p_gone_variants) u(shop, variant_id)
    join variant g on g.shop = u.shop and g.variant_id = u.variant_id and g.linked
    join item i on i.item_id = g.item_id
    join variant w on w.shop = g.shop and 'sku:' || btrim(w.sku) = i.item and not w.linked and w.deleted_at is null
   order by 1, 2
  on conflict (shop, resource) do update set due_at = least(h.due_at, excluded.due_at)
$$;
create index variant_waiting on variant (shop, btrim(sku)) where not linked and deleted_at is null;

-- Tombstones: the products are archived; their rows and versions stay, so that a late fact cannot bring them back.
-- Returns those that were not archived before.
create function archive_products(p_shops text[], p_products bigint[], p_at timestamptz)
returns table (shop text, product_id bigint) language plpgsql as $$
#variable_conflict use_column
declare
  v_shops text[];
  v_variants bigint[];
begin
  select array_agg(v.shop), array_agg(v.variant_id) into v_shops, v_variants
    from unnest(p_shops, p_products) u(shop, product_id)
    join variant v on v.shop = u.shop and v.product_id = u.product_id and v.deleted_at is null;
  if v_shops is not null then
    perform save_variants('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
                          '{}', '{}', '{}', '{}', '{}', '{}', v_shops, v_variants, p_at);
  end if;
  return query
  update product p set deleted_at = p_at
    from unnest(p_shops, p_products) u(shop, product_id)
   where p.shop = u.shop and p.product_id = u.product_id and p.deleted_at is null
  returning p.shop, p.product_id;
end $$;

-- A lower version after a newer one: compaction would keep the wrong record, so the newest is asked for again.
-- Silent while the partition is being replayed.
create function repair_products(p_group text, p_topics text[], p_partitions int[], p_shops text[], p_products bigint[],
                                p_reason text, p_at timestamptz) returns void language sql as $$
  insert into hint as h (shop, resource, due_at, triggered_at, reason)
  select distinct u.shop, 'Product/' || u.product_id, p_at, p_at, p_reason
    from unnest(p_topics, p_partitions, p_shops, p_products) u(topic, partition, shop, product_id)
    join consumer_offset c on c.consumer_group = p_group and c.topic = u.topic and c.partition = u.partition
   where c.next_offset >= c.high_offset
   order by 1, 2
  on conflict (shop, resource) do update set due_at = least(h.due_at, excluded.due_at)
$$;

-- Lines that were taken in while their variant was being linked, each unseen by the other transaction: they follow now.
-- Returns how many variants had such lines.
create function repoint_strays(p_limit int, p_at timestamptz) returns bigint language plpgsql
set enable_seqscan = off set jit = off as $$
declare
  v_shops text[];
  v_variants bigint[];
begin
  select array_agg(s.shop), array_agg(s.variant_id) into v_shops, v_variants
    from (select distinct l.shop, l.variant_id
            from sales_order_line l
            join variant v on v.shop = l.shop and v.variant_id = l.variant_id
           where l.unallocated > 0 and v.deleted_at is null and l.item_id <> v.item_id
           order by 1, 2 limit p_limit) s;
  if v_shops is null then
    return 0;
  end if;
  perform lock_orders_of(v_shops, v_variants, p_at);
  perform follow_links(array_agg(v.shop), array_agg(v.variant_id), array_agg(v.item_id), array_agg(v.inventory_item_id),
                       null, array_agg(true), array_agg(v.tracked), p_at)
     from unnest(v_shops, v_variants) u(shop, variant_id)
     join variant v on v.shop = u.shop and v.variant_id = u.variant_id;
  return cardinality(v_shops);
end $$;

-- Exceptions whose cause went away while the transactions did not see each other.
create function close_known_items(p_at timestamptz) returns void language sql as $$
  update exception_case x set closed_at = p_at
   where x.kind = 'unknown_item' and x.closed_at is null
     and exists (select from item i join variant v on v.item_id = i.item_id where i.item = x.subject)
$$;
