-- Work for facilities, in the order in which it was decided.
--   $1  how many at most
select r.shop || '/' || r.order_id || '/' || r.request as id, r.shop || '/' || r.order_id as key,
       r.version, r.decided_at, 'millrace/' || r.shop as source,
       jsonb_build_object('shop', r.shop, 'order_id', r.order_id, 'request', r.request, 'version', r.version,
                          'order_name', o.name, 'facility', r.facility, 'kind', r.kind, 'lines', r.lines,
                          'address', t.address,
                          'shipping_method', o.body->'shipping_lines'->0->>'title',
                          'decided_at', time_text(r.decided_at))::text as value
  from (select * from fulfillment_request where version > published_version
         order by shop, order_id, request limit $1::bigint) r
  left join sales_order o on o.shop = r.shop and o.order_id = r.order_id
 -- what a label needs, whatever else an order comes to say of its addresses
  left join lateral (
       select jsonb_object_agg(k, s.a->k) as address
         from (select nullif(o.body->'shipping_address', 'null') as a) s,
              unnest(array['address1', 'address2', 'city', 'company', 'country', 'country_code', 'first_name',
                           'last_name', 'name', 'phone', 'province', 'province_code', 'zip']) k
        where s.a is not null) t on true
