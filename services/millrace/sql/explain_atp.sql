-- explain_atp: every term of the promise of an item, per channel, beside what was published and what Shopify was sent.
--   $1 text  SKU or item key
select t.shop, t.location_id, coalesce(sl.name, t.location_id::text) as location, t.item,
       t.usable, t.shortage, t.unallocated, t.threshold, t.promise, t.atp,
       t.committed_min, t.committed_max, t.known, t.level_min, t.level_max, a.computed_at, a.reason,
       case when a.version is null then 'not computed yet: outbound-producer is next'
            when a.published_version < a.version then 'not published yet' else 'published' end as published,
       b.written + b.known + b.residual as shopify_on_hand, b.written, b.residual,
       case when b.refused is not null then 'Shopify refuses this row; see the exception shopify_refused'
            when b.judged is null then 'the writer has not seen this row yet'
            when b.request_key is not null then 'a write is in flight'
            when not b.judged then 'closed until a first read has been judged'
            when b.residual <> 0 then 'open; an outside change waits to be judged'
            else 'open, at rest' end as writer
  from atp_term t
  left join shop_location sl on sl.shop = t.shop and sl.location_id = t.location_id
  left join atp a on a.shop = t.shop and a.inventory_item_id = t.inventory_item_id and a.location_id = t.location_id
  left join book_row b on b.shop = t.shop and b.inventory_item_id = t.inventory_item_id
                      and b.location_id = t.location_id
 where t.item_id in (select item_id from item where item in ($1::text, 'sku:' || $1::text))
 order by t.shop, t.location_id;
