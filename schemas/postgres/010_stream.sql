-- What every service leans on: offsets that move with the rows, dead letters, exceptions for people, leases, and
-- the publishers' cursors.  SQL never asks for the time: it is always a parameter.

-- Where a consumer group stands. Moves first in each transaction that applies records, by compare-and-set on
-- offset and epoch; consumed = applied + duplicate + stale + dead_lettered holds for every partition.
create table consumer_offset (
  consumer_group text not null,
  topic          text not null,
  partition      int not null,
  next_offset    bigint not null,
  epoch          int not null default 0,    -- bumped by a reset; running members notice
  high_offset    bigint not null default 0, -- the furthest ever reached: below it we are replaying
  consumed       bigint not null default 0,
  applied        bigint not null default 0,
  duplicate      bigint not null default 0,
  stale          bigint not null default 0,
  dead_lettered  bigint not null default 0,
  updated_at     timestamptz not null,
  primary key (consumer_group, topic, partition),
  constraint conservation check (consumed = applied + duplicate + stale + dead_lettered)
) with (fillfactor = 70);

-- First start of a partition: begins at the low watermark. Later starts: where we left off.
create function start_offset(p_group text, p_topic text, p_partition int, p_low bigint, p_at timestamptz)
returns table (next_offset bigint, epoch int) language plpgsql as $$
begin
  insert into consumer_offset as c (consumer_group, topic, partition, next_offset, updated_at)
  values (p_group, p_topic, p_partition, p_low, p_at)
  on conflict do nothing;
  return query select c.next_offset, c.epoch from consumer_offset c
   where c.consumer_group = p_group and c.topic = p_topic and c.partition = p_partition;
end $$;

-- Raises when it moves nothing: a plain UPDATE of no row would let the rest of a pipeline commit.
create function advance_offset(p_group text, p_topic text, p_partition int, p_expected bigint, p_next bigint,
                               p_epoch int, p_at timestamptz)
returns void language plpgsql as $$
begin
  update consumer_offset c
     set next_offset = p_next, high_offset = greatest(c.high_offset, p_next), updated_at = p_at
   where c.consumer_group = p_group and c.topic = p_topic and c.partition = p_partition
     and c.next_offset = p_expected and c.epoch = p_epoch;
  if not found then
    raise exception using errcode = 'MR001',
      message = format('%s: %s/%s is not at offset %s, epoch %s: another owner was here',
                       p_group, p_topic, p_partition, p_expected, p_epoch);
  end if;
end $$;

-- A record that could not be applied, kept whole, in the transaction whose offset skips it.
create table dead_letter (
  consumer_group text not null,
  topic          text not null,
  partition      int not null,
  record_offset  bigint not null,
  record_key     bytea,
  payload        bytea,
  headers        jsonb not null default '{}',
  code           text not null,
  reason         text not null,
  at             timestamptz not null,
  retried_at     timestamptz,
  primary key (consumer_group, topic, partition, record_offset)
);

-- What a person must decide or supply: one row per kind and subject, closed when the cause is gone.
create table exception_case (
  kind      text not null check (kind ~ '^[a-z_]+$'),
  subject   text not null,
  detail    text not null,
  opened_at timestamptz not null,
  seen_at   timestamptz not null,
  seen      bigint not null default 1,
  closed_at timestamptz,
  primary key (kind, subject)
);
create index exception_case_open on exception_case (kind, opened_at) where closed_at is null;

create function open_exceptions(p_kind text, p_subjects text[], p_details text[], p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into exception_case as x (kind, subject, detail, opened_at, seen_at)
  select distinct on (s) p_kind, s, d, p_at, p_at from unnest(p_subjects, p_details) u(s, d) order by s
  on conflict (kind, subject) do update
     set detail = excluded.detail, seen_at = excluded.seen_at, seen = x.seen + 1, closed_at = null,
         opened_at = case when x.closed_at is null then x.opened_at else excluded.opened_at end;
end $$;

create function close_exceptions(p_kind text, p_subjects text[], p_at timestamptz)
returns void language plpgsql as $$
begin
  update exception_case set closed_at = p_at
   where kind = p_kind and subject = any (p_subjects) and closed_at is null;
end $$;

-- Who does what only one may do at a time. The token grows with every new owner.
create table lease (
  name       text primary key,
  owner      text not null,
  token      bigint not null,
  expires_at timestamptz not null
);

-- How far a publisher has read a stream of a shop ('orders', 'order-updates', 'products', 'fulfillment-orders').
-- Moves only after everything before it was acknowledged by Kafka. bulk_* : the initial load in progress.
create table shop_cursor (
  shop            text not null,
  stream          text not null,
  through_at      timestamptz,              -- next poll asks for updated_at >= this, minus overlap
  bulk_state      text not null default 'none' check (bulk_state in ('none', 'running', 'done')),
  bulk_operation  text,
  bulk_started_at timestamptz,
  bulk_objects    bigint,
  bulk_produced   bigint,
  updated_at      timestamptz not null,
  primary key (shop, stream)
);

-- A resource that must be read (again): the second look after a webhook, or a repair after a stale record.
create table hint (
  shop         text not null,
  resource     text not null,               -- 'Order/5123456789', 'Product/42'
  due_at       timestamptz not null,
  triggered_at timestamptz not null,        -- the earliest change it stands for: bounds the watermark
  reason       text not null,
  attempts     int not null default 0,
  primary key (shop, resource)
);
create index hint_due on hint (due_at);

-- Everything that happened in the shop up to through_at is in Kafka below the offsets given; it is in force
-- once the group has passed them.
create table shop_watermark (
  shop           text not null,
  through_at     timestamptz not null,
  consumer_group text not null,
  topics         text[] not null,
  partitions     int[] not null,
  next_offsets   bigint[] not null,
  primary key (shop, through_at)
);

create view shop_watermark_in_force as
select w.shop, max(w.through_at) as through_at
  from shop_watermark w
 where not exists (
         select from unnest(w.topics, w.partitions, w.next_offsets) o(topic, partition, next_offset)
           left join consumer_offset c on c.consumer_group = w.consumer_group and c.topic = o.topic
                                      and c.partition = o.partition
          where coalesce(c.next_offset, 0) < o.next_offset)
 group by w.shop;

-- State-based outbox for topics whose value is computed from tables: produced while version > published_version.
create table outbox (
  topic             text not null,
  key               text not null,          -- 'acme/5123456789'
  version           bigint not null,        -- greatest(version + 1, epoch milliseconds)
  published_version bigint not null default 0,
  reason            text not null,
  at                timestamptz not null,
  primary key (topic, key)
) with (fillfactor = 70);
create index outbox_pending on outbox (topic, key) where version > published_version;

create function next_version(p_version bigint, p_at timestamptz) returns bigint language sql immutable as $$
  select greatest(coalesce(p_version, 0) + 1, (extract(epoch from p_at) * 1000)::bigint)
$$;

create function enqueue_outbox(p_topic text, p_keys text[], p_reason text, p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into outbox as o (topic, key, version, reason, at)
  select p_topic, k, next_version(0, p_at), p_reason, p_at from (select distinct unnest(p_keys) k order by 1) s
  on conflict (topic, key) do update
     set version = next_version(o.version, excluded.at), reason = excluded.reason, at = excluded.at;
end $$;
