-- What outbound-producer leans on: times and keys as topics write them, and stock that announces itself.

-- RFC 3339, UTC, six digits: as everywhere on our topics.
create function time_text(p_at timestamptz) returns text language sql stable as $$
  select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- One part of a Kafka key: '/' and '%' encoded, so that a key splits in one way only.
create function key_part(p_part text) returns text language sql immutable as $$
  select replace(replace(p_part, '%', '%25'), '/', '%2F')
$$;

create function key_part_decode(p_part text) returns text language sql immutable as $$
  select replace(replace(p_part, '%2F', '/'), '%25', '%')
$$;

-- Stock announces itself, whoever moves it: topic `stock` is the opening balance of a rebuild and must not miss a row.
-- Whoever updates stock holds the row's lock already, so that taking the outbox row for it here cannot dead-lock.
create function announce_stock() returns trigger language plpgsql as $$
begin
  perform enqueue_outbox('stock', array_agg(key_part(i.item) || '/' || key_part(n.facility)), 'stock moved',
                         max(n.as_of))
     from new_rows n
     join old_rows o on o.item_id = n.item_id and o.facility = n.facility
     join item i on i.item_id = n.item_id
    where (n.on_hand, n.reserved, n.as_of) is distinct from (o.on_hand, o.reserved, o.as_of)
   having count(*) > 0;
  return null;
end $$;

create trigger stock_announced after update on stock
  referencing old table as old_rows new table as new_rows
  for each statement execute function announce_stock();
