-- Reports that are not on topic `shopify-writes` yet.
--   $1 how many at most
select report_id, shop, cause, effect, outcome, message, request_key, inventory_item_id, location_id, quantity,
       change_from, order_id, parcel, fulfillment_id, at
  from write_report order by report_id limit $1::bigint
