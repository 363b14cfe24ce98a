-- archive_facility: a tombstone takes the facility out of service; its row, stock and history stay.
--   $1 text         facility
--   $2 timestamptz  now
update facility set active = false, updated_at = $2::timestamptz where facility = $1::text and active
returning facility;
