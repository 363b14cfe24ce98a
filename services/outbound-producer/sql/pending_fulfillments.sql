-- What the fulfilments of orders should be: their parcels, with the lines that are known.
--   $1  how many at most
with p as (
  select o.key, o.version, o.at, split_part(o.key, '/', 1) as shop, split_part(o.key, '/', 2)::bigint as order_id
    from outbox o where o.topic = 'fulfillments' and o.version > o.published_version order by o.key limit $1::bigint
)
select p.key as id, p.key, p.version, p.at, 'millrace/' || p.shop as source,
       jsonb_build_object('shop', p.shop, 'order_id', p.order_id, 'version', p.version, 'parcels', s.parcels)::text
         as value
  from p
 cross join lateral (
       select coalesce(jsonb_agg(jsonb_build_object(
                'parcel', s.parcel, 'facility', s.facility, 'carrier', s.carrier, 'tracking_number', s.tracking_number,
                'tracking_url', s.tracking_url, 'shipped_at', time_text(s.shipped_at), 'lines', l.lines)
                order by s.shipped_at, s.parcel), '[]') as parcels
         from shipment s
        cross join lateral (
              select jsonb_agg(jsonb_build_object('line_id', l.line_id, 'quantity', l.quantity) order by l.line_id)
                       as lines
                from shipment_line l
               where l.shop = s.shop and l.order_id = s.order_id and l.parcel = s.parcel and l.line_id > 0) l
        where s.shop = p.shop and s.order_id = p.order_id and l.lines is not null) s
