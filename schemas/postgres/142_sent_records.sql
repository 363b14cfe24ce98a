-- Where our decisions lie in Kafka: what `millrace trace order` shows of a hop that goes out. Null: not sent yet, or sent
-- before this was remembered. A key that was sent again names its newest record.

alter table outbox add column sent_partition int;
alter table outbox add column sent_offset bigint;
alter table outbox add column sent_at timestamptz;         -- when Kafka acknowledged it

alter table fulfillment_request add column sent_partition int;
alter table fulfillment_request add column sent_offset bigint;
alter table fulfillment_request add column sent_at timestamptz;

-- The record of topic `fulfillments` that a parcel was taken from, as shopify-writer met it.
alter table parcel_write add column record_partition int;
alter table parcel_write add column record_offset bigint;
alter table parcel_write add column taken_at timestamptz;
