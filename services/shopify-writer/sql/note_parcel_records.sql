-- The records of topic `fulfillments` that parcels were taken from; the rows are ours since apply_parcels.
--   $1 shops  $2 orders  $3 parcels  $4 partitions  $5 offsets  $6 now
update parcel_write p set record_partition = u.partition, record_offset = u.record_offset, taken_at = $6::timestamptz
  from unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[])
       u(shop, order_id, parcel, partition, record_offset)
 where p.shop = u.shop and p.order_id = u.order_id and p.parcel = u.parcel
