-- explain_stock: the buildings behind a promise, and whether they feed a channel.
--   $1 text  SKU or item key
select s.facility, s.on_hand, s.reserved, s.safety_stock, s.usable,
       (select format('%s %s of %s (%s)', e.kind, e.quantity, to_char(e.as_of at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS'),
                      e.source)
          from stock_entry e where e.item_id = s.item_id and e.facility = s.facility
         order by e.as_of desc, e.recorded_at desc limit 1) as last_entry,
       case when f.active is not true or f.ships is not true then 'unknown, off or not shipping: not counted'
            when not exists (select from channel_facility cf where cf.facility = s.facility) then 'feeds no channel' end as note
  from stock s
  left join facility f on f.facility = s.facility
 where s.item_id in (select item_id from item where item in ($1::text, 'sku:' || $1::text))
 order by f.priority nulls last, s.facility;
