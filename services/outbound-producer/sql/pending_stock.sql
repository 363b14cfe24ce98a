-- Stock that moved. What bears another name since (its item was renamed) is null, a tombstone under the old key.
--   $1  how many at most
with p as (
  select o.key, o.version, o.at, key_part_decode(split_part(o.key, '/', 1)) as item,
         key_part_decode(split_part(o.key, '/', 2)) as facility
    from outbox o where o.topic = 'stock' and o.version > o.published_version order by o.key limit $1::bigint
)
select p.key as id, p.key, p.version, p.at, 'millrace' as source,
       case when s.item_id is not null then jsonb_build_object('item', p.item, 'facility', p.facility, 'on_hand', s.on_hand, 'reserved', s.reserved,
                          'as_of', time_text(s.as_of), 'version', p.version)::text end as value
  from p
  left join item i on i.item = p.item
  left join stock s on s.item_id = i.item_id and s.facility = p.facility
