-- trace_order_events: what was decided, shipped and told to Shopify, what waits for a person, what differed from Shopify.
-- Columns as in trace_order_hops.
--   $1 text    shop
--   $2 bigint  order id
select at, hop, null::text as topic, null::int as partition, null::bigint as record_offset, outcome,
       null::bigint as ms_to_kafka, null::bigint as ms_to_commit, text
  from (
  select f.updated_at as at, 'shopify' as hop, f.status as outcome,
         format('fulfilment order %s is at %s', f.fulfillment_order_id, coalesce(c.name, 'location ' || f.location_id)) as text
    from fulfillment_order f
    left join shop_location c on c.shop = f.shop and c.location_id = f.location_id
   where f.shop = $1::text and f.order_id = $2::bigint
  union all
  select a.decided_at, 'router', a.state,
         format('%s: %s', a.facility, string_agg(format('%s × %s', a.quantity, coalesce(l.sku, i.item)), ', '
                                                 order by a.line_id))
    from allocation a
    join item i on i.item_id = a.item_id
    left join sales_order_line l on l.shop = a.shop and l.order_id = a.order_id and l.line_id = a.line_id
   where a.shop = $1::text and a.order_id = $2::bigint
   group by a.decided_at, a.facility, a.state
  union all
  select q.due_at, 'router', 'waits', format('a facility is to be chosen (%s)', q.reason)
    from route_queue q where q.shop = $1::text and q.order_id = $2::bigint
  union all
  select s.shipped_at, 'parcel', 'shipped',
         format('%s left %s: %s; %s %s', s.parcel, s.facility,
                (select string_agg(format('%s × %s', p.quantity, coalesce(l.sku, p.sku, 'line ' || p.line_id)), ', '
                                   order by p.line_id)
                   from shipment_line p
                   left join sales_order_line l on l.shop = p.shop and l.order_id = p.order_id and l.line_id = p.line_id
                  where p.shop = s.shop and p.order_id = s.order_id and p.parcel = s.parcel),
                coalesce(s.carrier, 'no carrier'), coalesce(s.tracking_number, 'without a number'))
    from shipment s where s.shop = $1::text and s.order_id = $2::bigint
  union all
  select coalesce(p.done_at, p.due_at), 'writer', p.state,
         case p.state when 'done' then format('parcel %s is fulfilment %s in Shopify', p.parcel,
                                              array_to_string(p.fulfillment_ids, ', '))
              else format('parcel %s%s', p.parcel, coalesce(': ' || p.last_error, '')) end
    from parcel_write p where p.shop = $1::text and p.order_id = $2::bigint
  union all
  select e.at, 'exception', e.outcome, x.kind || case e.outcome when 'opened' then ': ' || x.detail else '' end
    from exception_case x
   cross join lateral (values (x.opened_at, 'opened'), (x.closed_at, 'closed')) e(at, outcome)
   where e.at is not null
     and (x.subject = $1::text || '/' || $2::bigint or x.subject like $1::text || '/' || $2::bigint || '/%')
  union all
  select e.at, 'drift', e.outcome, format('%s %s: %s', d.kind, d.difference, d.cause)
    from drift d
   cross join lateral (values (d.found_at, 'found'), (d.healed_at, 'healed')) e(at, outcome)
   where e.at is not null and d.shop = $1::text
     and ((d.kind = 'order' and d.object_id = $2::bigint) or (d.kind <> 'product' and d.owner_id = $2::bigint))
  union all
  select h.due_at, 'shopify', 'waits', format('the order is to be read again (%s)', h.reason)
    from hint h where h.shop = $1::text and h.resource = 'Order/' || $2::bigint
  ) e
 order by at nulls last, hop, outcome, text;
