-- What people read beside the rows: what to do about an exception, and what would become of a dead letter now.

-- One sentence for each kind; the README of the service that opens it has more.
create function exception_advice(p_kind text) returns text language sql immutable as $$
  select case p_kind
    when 'api_version' then 'set api_version of the shop to one that Shopify supports and this release knows'
    when 'archived_order' then 'it was deleted while units were open: look whether they were shipped, or count them'
    when 'blocked_order' then 'look at its dead letter (millrace deadletters ls); usually a newer release reads it'
    when 'changed_sku' then 'change the SKU back, or make a new variant and count its stock'
    when 'drift' then 'three cycles could not heal it: the detail says why; millrace refetch reads it at once'
    when 'duplicate_sku' then 'give one of the two variants another SKU (or barcode), or delete it'
    when 'first_push' then 'look at its rows on shopify-writes; mend feed or settings, or set first_push = released'
    when 'fulfillment_held' then 'release the fulfilment order in Shopify'
    when 'fulfillment_refused' then 'the parcel left, but Shopify has not got its units any more: refund, or fulfil by hand'
    when 'history_limited' then 'orders older than 60 days are hidden: ask Shopify for the scope read_all_orders'
    when 'order_deleted' then 'see whether work on it has to stop, then: millrace close exception'
    when 'overshipped' then 'more left than was ordered: call the parcel back, or charge it'
    when 'oversold' then 'count the shelf; the detail names the orders'
    when 'product_deleted' then 'see that it is not sold anywhere, then: millrace close exception'
    when 'reused_variant' then 'count the stock of the product''s variants anew'
    when 'shipped_after_cancel' then 'call the parcel back, or charge it'
    when 'shop_paused' then 'the shop stands still until its token, scopes or bill are mended: the detail says which'
    when 'shopify_refused' then 'stock the item at the location, switch on tracking, or mend the variant in Shopify'
    when 'unfillable' then 'receive stock, edit the order, or give the shop''s channel another facility'
    when 'unknown_facility' then 'describe it in settings: millrace config apply'
    when 'unknown_item' then 'create the product, or correct the SKU in the system that the detail names'
    when 'unknown_line' then 'correct the line or SKU in the system that sent the parcel'
    when 'unknown_order' then 'check the order id in the system that sent the parcel; the order may still arrive'
    when 'unknown_product' then 'the product was not read yet: millrace refetch product, if it does not come by itself'
    when 'unpublishable' then 'report it, with its detail: a value broke its own schema'
    when 'unreadable' then 'report it, with its detail, and update: this release cannot read what Shopify shows'
  end
$$;

create or replace view v_exception as
select x.kind, x.subject, x.detail, x.opened_at, x.seen_at, x.seen, x.closed_at, exception_advice(x.kind) as advice
  from exception_case x;

-- What would become of a dead letter that is sent again now, by the versions that are known by now; whether its consumer
-- can read it is the consumer's to say. A payload is anybody's: it may be no text, no JSON, or have other types.
create function dead_letter_outlook(p_topic text, p_payload bytea) returns text language plpgsql stable as $$
declare
  v_fact    jsonb;
  v_version record;
  v_known   record;
begin
  v_fact := convert_from(p_payload, 'UTF8')::jsonb;
  if jsonb_typeof(v_fact) is distinct from 'object' then
    return 'it is no fact: it would be refused again';
  elsif p_topic !~ '(orders|order-updates|fulfillment-orders|returns|products)$' then
    return 'its topic has no versions: it would be judged anew';
  end if;
  select (v_fact->>'updated_at')::timestamptz as updated_at, (v_fact->>'observed_at')::timestamptz as observed_at
    into v_version;
  if p_topic like '%products' then
    select p.updated_at, p.observed_at into v_known from product p
     where p.shop = v_fact->>'shop' and p.product_id = (v_fact->>'product_id')::bigint;
  else
    select case when p_topic like '%fulfillment-orders' then o.fo_updated_at
                when p_topic like '%returns' then o.ret_updated_at else o.updated_at end as updated_at,
           case when p_topic like '%fulfillment-orders' then o.fo_observed_at
                when p_topic like '%returns' then o.ret_observed_at else o.observed_at end as observed_at
      into v_known from sales_order o
     where o.shop = v_fact->>'shop' and o.order_id = (v_fact->>'order_id')::bigint;
  end if;
  return case when (v_version.updated_at, v_version.observed_at) < (v_known.updated_at, v_known.observed_at)
                then 'a newer version is known: it would be stale'
              when (v_version.updated_at, v_version.observed_at) = (v_known.updated_at, v_known.observed_at)
                then 'its version is known: it would be a duplicate'
              else 'nothing newer is known: it would be applied, if it can be read' end;
exception when data_exception then
  return 'it is no fact: it would be refused again';
end $$;
comment on function dead_letter_outlook is
  'What would become of a dead letter that is sent again now, by the versions that are known by now.';
