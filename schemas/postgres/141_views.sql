-- What people, dashboards and other systems may read of orders, stock and the stream itself. Tables change with every
-- release; these views do not: columns are only added (after the others), never renamed, never taken away, and a column
-- keeps its meaning and its type. Views of the catalog stand in 113.

create view v_order as
select o.shop, o.order_id, o.name, o.state, o.financial_status, o.test, o.currency, o.total,
       o.body->>'presentment_currency' as presentment_currency, (o.body->'total'->>'presentment')::numeric as presentment_total,
       o.body->>'email' as email, o.body->>'source_name' as source_name,
       array(select jsonb_array_elements_text(o.body->'tags')) as tags,
       o.body->'shipping_address'->>'city' as ship_to_city, o.body->'shipping_address'->>'country_code' as ship_to_country,
       o.created_at, o.cancelled_at, o.closed_at, o.updated_at, o.observed_at, o.blocked_reason
  from sales_order o where o.updated_at is not null;
comment on view v_order is 'Orders as Shopify last showed them, one row each; state is what became of the work on it.';

create view v_order_line as
select l.shop, l.order_id, o.name as order_name, l.line_id, l.sku, l.title, i.item, l.quantity, l.current_quantity,
       l.fulfilled, l.cancelled, l.shipped, l.issued, l.allocated, l.remaining, l.unallocated, l.stocked,
       l.requires_shipping, l.variant_id, l.location_id
  from sales_order_line l
  join sales_order o on o.shop = l.shop and o.order_id = l.order_id
  left join item i on i.item_id = l.item_id;
comment on view v_order_line is
  'Lines with what is known of each unit: ordered, cancelled, fulfilled (Shopify), shipped or issued (left a building), '
  'allocated to a facility, and what remains. item null: nothing that is kept in stock.';

create view v_order_version as
select v.shop, v.order_id, o.name as order_name, v.updated_at, v.observed_at, v.source, v.applied_at, v.body
  from order_version v join sales_order o on o.shop = v.shop and o.order_id = v.order_id;
comment on view v_order_version is 'Every version of an order that was seen, newest by (updated_at, observed_at).';

create view v_order_record as
select h.shop, h.order_id, h.topic, h.partition, h.record_offset, h.outcome, h.reason, h.updated_at, h.observed_at,
       h.produced_at, h.applied_at
  from order_hop h;
comment on view v_order_record is 'Every record about an order that was consumed, where it lies in Kafka, and what became of it.';

create view v_fulfillment_order as
select f.shop, f.fulfillment_order_id, f.order_id, f.location_id, c.name as location, f.status, f.request_status,
       f.supported_actions, f.updated_at
  from fulfillment_order f
  left join shop_location c on c.shop = f.shop and c.location_id = f.location_id;
comment on view v_fulfillment_order is 'Shopify''s fulfilment orders: which location has to ship, and what may be done with them.';

create view v_allocation as
select a.shop, a.order_id, o.name as order_name, a.line_id, l.sku, i.item, a.facility, a.state, a.quantity, a.decided_at
  from allocation a
  join sales_order o on o.shop = a.shop and o.order_id = a.order_id
  left join sales_order_line l on l.shop = a.shop and l.order_id = a.order_id and l.line_id = a.line_id
  join item i on i.item_id = a.item_id;
comment on view v_allocation is 'Which facility ships which units of a line, and how far that is.';

create view v_parcel as
select s.shop, s.order_id, o.name as order_name, s.parcel, s.facility, s.carrier, s.tracking_number, s.tracking_url,
       s.shipped_at, w.state as shopify_state, w.fulfillment_id, w.last_error
  from shipment s
  join sales_order o on o.shop = s.shop and o.order_id = s.order_id
  left join parcel_write w on w.shop = s.shop and w.order_id = s.order_id and w.parcel = s.parcel;
comment on view v_parcel is 'Parcels that left a building, and the fulfilment that each became in Shopify.';

create view v_stock as
select i.item, s.facility, s.on_hand, s.reserved, s.safety_stock, s.usable, s.shortage, s.count_as_of, s.count_source, s.as_of
  from stock s join item i on i.item_id = s.item_id;
comment on view v_stock is 'What lies where: on hand = the latest count and the movements after it; usable = what may be promised of it.';

create view v_stock_entry as
select i.item, e.facility, e.kind, e.quantity, e.as_of, e.source, e.event_id, e.reference, e.recorded_at
  from stock_entry e join item i on i.item_id = e.item_id;
comment on view v_stock_entry is 'The stock ledger: append-only, each event of a source once.';

create view v_exception as
select x.kind, x.subject, x.detail, x.opened_at, x.seen_at, x.seen, x.closed_at from exception_case x;
comment on view v_exception is 'What waits for a person (closed_at null), and what did.';

create view v_dead_letter as
select d.consumer_group || '/' || d.topic || '/' || d.partition || '@' || d.record_offset as id, d.consumer_group, d.topic,
       d.partition, d.record_offset, encode(coalesce(d.record_key, ''), 'escape') as key, d.code, d.reason, d.at, d.retries,
       d.retried_at, d.dropped_at, d.dropped_why
  from dead_letter d;
comment on view v_dead_letter is 'Records that could not be applied; without their payloads, which may hold anything.';

create view v_freshness as
select c.shop, c.stream, c.through_at, c.bulk_state as load_state, c.bulk_objects as load_objects, c.bulk_produced as load_produced,
       f.through_at as applied_through_at
  from shop_cursor c
  left join shop_watermark_in_force f on f.shop = c.shop;
comment on view v_freshness is
  'How far each stream of a shop was read, and up to when everything of it is applied (orders and fulfilment orders).';

create view v_drift as
select d.shop, d.kind, d.object_id, d.difference, d.cause, d.theirs, d.ours, d.found_at, d.seen, d.healed_at from drift d;
comment on view v_drift is 'What differed from Shopify, why, and when it healed (healed_at null: it differs now).';
