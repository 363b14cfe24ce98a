-- Is there anything to do? Asked many times a second when nothing is, so it touches the beginnings of five indexes: the
-- order makes sure of that, a mere "exists" is planned as a scan of the table when much was pending at the last analysis.
select coalesce((select true from dirty_item order by item_id limit 1), false),
       coalesce((select true from atp where version > published_version order by shop, inventory_item_id limit 1), false),
       coalesce((select true from outbox where version > published_version order by topic, key limit 1), false),
       coalesce((select true from fulfillment_request where version > published_version
                  order by shop, order_id limit 1), false),
       coalesce((select true from book_row where read_until is not null order by shop, read_until limit 1), false)
