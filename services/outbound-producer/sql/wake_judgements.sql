-- Items with a read of Shopify that only waits for a record whose watermark has passed it.
--   $1  how many at most
--   $2  now
select mark_dirty(array(
         select distinct a.item_id
           from book_row b
           join shop_watermark_in_force w on w.shop = b.shop
           join atp a on a.shop = b.shop and a.inventory_item_id = b.inventory_item_id
                     and a.location_id = b.location_id
          where b.read_until is not null and b.read_clean and b.read_until <= w.through_at
            and b.read_until > coalesce(a.watermark, '-infinity') and not a.gone
          limit $1::bigint), 'a read waits to be judged', $2::timestamptz)
 where exists (select from book_row where read_until is not null)
