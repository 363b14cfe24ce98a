-- What people do with what could not be applied, and what they ask to be read again.

-- A dead letter is open until it was sent again or dropped. Sending again puts the same record at the end of its topic:
-- the consumer judges it against what is known by then, and what still cannot be applied becomes a new dead letter, one
-- retry older. dropped_why is what the person said.
alter table dead_letter add column retries int not null default 0;
alter table dead_letter add column dropped_at timestamptz;
alter table dead_letter add column dropped_why text;
create index dead_letter_open on dead_letter (consumer_group, code) where retried_at is null and dropped_at is null;

-- Everything that changed since a moment is read again by the publisher of that stream: it moves its cursor back to
-- since_at, once, and says so in done_at. One open request per stream: a wider one replaces a narrower one.
create table refetch_request (
  shop         text not null,
  stream       text not null,               -- 'orders', 'order-updates', 'products', 'fulfillment-orders'
  since_at     timestamptz not null,
  requested_at timestamptz not null,
  done_at      timestamptz,
  primary key (shop, stream)
);

-- Every record of an order's topics that was consumed, and what became of it: what `millrace trace order` shows of a
-- hop. A record has one row for ever, so a replay adds none. The order is known by its key, even when its payload could not be read.
create table order_hop (
  shop          text not null,
  order_id      bigint not null,
  topic         text not null,
  partition     int not null,
  record_offset bigint not null,
  outcome       text not null check (outcome in ('applied', 'duplicate', 'stale', 'dead_lettered')),
  reason        text,                       -- why it was refused, or why it was looked at
  updated_at    timestamptz,                -- its version, if it has one
  observed_at   timestamptz,
  produced_at   timestamptz,                -- Kafka's time of the record
  applied_at    timestamptz not null,
  primary key (shop, order_id, topic, partition, record_offset)
) partition by hash (order_id);

do $$
begin
  for i in 0..7 loop
    execute format('create table order_hop_%s partition of order_hop
                    for values with (modulus 8, remainder %s)', i, i);
  end loop;
end $$;
