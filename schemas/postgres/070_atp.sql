-- Available to promise: one view yields every term, so that the number, its explanation and what is sent can never
-- disagree. Per inventory item of a shop and channel:
--
--     usable      = sum over the channel's facilities of max(0, on_hand - reserved - safety_stock), floored before summing
--     shortage    = sum over them of max(0, reserved - on_hand)
--     unallocated = demand without a facility, of every shop whose channels draw on these facilities
--     net         = usable - shortage - unallocated
--     promise     = net if negative, else max(0, net - threshold)
--     committed   = open units of this very variant that Shopify holds at the row; _max with those whose place is not
--                   known yet
--     level       = promise + committed - known           what our own writes should have brought on_hand to
--
-- A facility that is switched off or may not ship offers nothing, but what it has promised and lacks still counts as shortage.
create index sales_order_line_variant_open on sales_order_line (shop, variant_id) where open > 0;

--
-- atp_figures is all but the watermark, which belongs to the shop: who computes many items asks it once, in the same
-- statement. Ask for single items (`cross join lateral (select .. where item_id = .. offset 0)`): planned over many at
-- once, young statistics lead to scans of everything.
create view atp_figures as
select t.shop, t.location_id, t.inventory_item_id, t.item_id, t.item,
       t.usable, t.shortage, t.unallocated, t.threshold, t.net, t.promise, greatest(0, t.promise) as atp,
       t.committed_min, t.committed_max, t.known,
       t.promise + t.committed_min - t.known as level_min,
       t.promise + t.committed_max - t.known as level_max
  from (select c.shop, c.location_id, v.inventory_item_id, i.item_id, i.item, c.threshold,
               f.usable, f.shortage, d.unallocated, n.net,
               case when n.net < 0 then n.net else greatest(0, n.net - c.threshold) end as promise,
               o.committed_min, o.committed_max, coalesce(b.known, 0) as known
          from item i
          join variant v on v.item_id = i.item_id and v.linked and v.deleted_at is null and v.tracked
          join channel c on c.shop = v.shop and c.active
         cross join lateral (
               select coalesce(sum(s.usable) filter (where fa.active and fa.ships), 0)::bigint as usable,
                      coalesce(sum(s.shortage), 0)::bigint as shortage
                 from stock s
                 join channel_facility cf on cf.facility = s.facility and cf.shop = c.shop
                                         and cf.location_id = c.location_id
                 left join facility fa on fa.facility = s.facility
                where s.item_id = i.item_id) f
         cross join lateral (
               select coalesce(sum(l.unallocated), 0)::bigint as unallocated
                 from sales_order_line l
                where l.item_id = i.item_id and l.unallocated > 0
                  and (l.shop = c.shop
                       or l.shop in (select cf2.shop
                                       from channel_facility cf1
                                       join channel_facility cf2 on cf2.facility = cf1.facility
                                      where cf1.shop = c.shop and cf1.location_id = c.location_id))) d
         cross join lateral (select f.usable - f.shortage - d.unallocated as net) n
         cross join lateral (
               select coalesce(sum(l.open) filter (where l.location_id = c.location_id), 0)::bigint as committed_min,
                      coalesce(sum(l.open) filter (where l.location_id = c.location_id or l.location_id is null), 0)::bigint
                        as committed_max
                 from sales_order_line l
                where l.shop = c.shop and l.variant_id = v.variant_id and l.open > 0) o
          left join lateral (
               select r.known from book_row r
                where r.shop = c.shop and r.inventory_item_id = v.inventory_item_id and r.location_id = c.location_id
               offset 0) b on true) t;

create view atp_term as
select f.*, w.through_at as watermark
  from atp_figures f
  left join shop_watermark_in_force w on w.shop = f.shop;

-- What was last computed per row, and what of it was published.
create table atp (
  shop              text not null,
  inventory_item_id bigint not null,
  location_id       bigint not null,
  item_id           bigint not null,
  version           bigint not null,
  published_version bigint not null default 0,
  promise           bigint not null,
  level_min         bigint not null,
  level_max         bigint not null,
  watermark         timestamptz,
  terms             jsonb not null,         -- every column of atp_term
  gone              boolean not null default false, -- no longer sold there: a tombstone on the topic
  reason            text not null,
  computed_at       timestamptz not null,
  primary key (shop, inventory_item_id, location_id)
) with (fillfactor = 60);
create index atp_pending on atp (shop, inventory_item_id) where version > published_version;
create index atp_item on atp (item_id);
