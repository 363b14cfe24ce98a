-- trace_order_events: everything known of one order, as it came, each with the moment and its origin.
--   $1 text    shop
--   $2 bigint  order id
select at, hop, text from (
  select v.observed_at as at, 'shopify' as hop,
         format('version %s seen (%s); applied %s ms later', to_char(v.updated_at at time zone 'utc', 'HH24:MI:SS'),
                v.source, round(extract(epoch from v.applied_at - v.observed_at) * 1000)) as text
    from order_version v where v.shop = $1 and v.order_id = $2::bigint
  union all
  select f.updated_at, 'shopify',
         format('fulfilment order %s at location %s: %s', f.fulfillment_order_id, f.location_id, f.status)
    from fulfillment_order f where f.shop = $1 and f.order_id = $2::bigint
  union all
  select a.decided_at, 'router',
         format('%s × %s from %s: %s', a.quantity, coalesce(l.sku, i.item), a.facility, a.state)
    from allocation a
    join item i on i.item_id = a.item_id
    left join sales_order_line l on l.shop = a.shop and l.order_id = a.order_id and l.line_id = a.line_id
   where a.shop = $1 and a.order_id = $2::bigint
  union all
  select r.decided_at, 'outbound',
         format('request %s to %s: %s%s', r.request, r.facility, r.kind,
                case when r.published_version < r.version then ' (not produced yet)' else '' end)
    from fulfillment_request r where r.shop = $1 and r.order_id = $2::bigint
  union all
  select s.shipped_at, 'shipment',
         format('parcel %s left %s with %s %s: %s', s.parcel, s.facility, coalesce(s.carrier, 'no carrier'),
                coalesce(s.tracking_number, 'without tracking'),
                (select string_agg(format('%s × %s', sl.quantity, coalesce(sl.sku, sl.line_id::text)), ', ')
                   from shipment_line sl
                  where sl.shop = s.shop and sl.order_id = s.order_id and sl.parcel = s.parcel))
    from shipment s where s.shop = $1 and s.order_id = $2::bigint
  union all
  select p.done_at, 'writer',
         format('parcel %s: %s%s', p.parcel, p.state, coalesce(', fulfilment ' || p.fulfillment_id,
                ', ' || p.last_error, ''))
    from parcel_write p where p.shop = $1 and p.order_id = $2::bigint
  union all
  select t.at, 'shopify', format('%s of %s unit(s) of line %s (%s)', t.kind, t.units, t.line_id, t.fact_id)
    from stock_fact t where t.shop = $1 and t.order_id = $2::bigint
  union all
  select x.opened_at, 'exception',
         format('%s: %s%s', x.kind, x.detail, case when x.closed_at is null then '' else ' (closed)' end)
    from exception_case x where x.subject = $1 || '/' || $2::bigint
  union all
  select d.at, 'dead letter', format('%s-%s@%s: %s', d.topic, d.partition, d.record_offset, d.reason)
    from dead_letter d where d.record_key = convert_to($1 || '/' || $2::bigint, 'UTF8')
) e order by at nulls last, hop, text;
