-- An intent is made only on what the writer has looked at. `attempts` says how often a parcel has moved on: every intent,
-- release and recorded fulfilment raises it, and it never goes back, so that equal means untouched. A writer that slept
-- between its look and its intent, while another fulfilled part of the parcel, would else send that part again.

drop function intend_parcel(text, bigint, text, bigint[], text, text, text, timestamptz, timestamptz, timestamptz);

-- Persists an intent before it is sent; the caller has locked the order (lock_parcel_orders). False: it must not be
-- sent, because the parcel moved on since p_attempts was read, is no longer wanted, somebody else claims it, or its order
-- has another intent open. Due again when the claim and the replica lag are over.
create function intend_parcel(p_shop text, p_order bigint, p_parcel text, p_attempts bigint, p_before bigint[],
                              p_part text, p_body text, p_owner text, p_claim timestamptz, p_due timestamptz,
                              p_now timestamptz)
returns boolean language plpgsql as $$
begin
  update parcel_write p
     set state = 'intent', before_ids = p_before, part = p_part::jsonb, request_body = p_body, claim_owner = p_owner,
         claim_until = p_claim, due_at = p_due, attempts = p.attempts + 1, gone_at = null
   where p.shop = p_shop and p.order_id = p_order and p.parcel = p_parcel and p.attempts = p_attempts
     and (p.state = 'wanted' or (p.state = 'intent' and p.claim_until < p_now))
     and not exists (select from parcel_write q
                      where q.shop = p_shop and q.order_id = p_order and q.parcel <> p_parcel and q.state = 'intent');
  return found;
end $$;

-- As before, but `attempts` goes on.
create or replace function record_fulfillment(p_shop text, p_order bigint, p_parcel text, p_fulfillment bigint,
                                              p_location bigint, p_lines bigint[], p_units bigint[], p_at timestamptz,
                                              p_tracking text, p_message text, p_now timestamptz)
returns boolean language plpgsql as $$
declare
  items bigint[];
  w parcel_write;
begin
  perform lock_parcel_orders(p_shop, array[p_order]);
  perform learn_facts(p_shop, array_agg(format('fulfil/%s/%s', p_fulfillment, u.line)), array_agg(p_order),
                      array_agg(u.line), array_agg(coalesce(p_location, l.location_id, c.location_id)),
                      array_agg(p_fulfillment), array_agg('fulfil'::text), array_agg(u.units), array_agg(p_at),
                      array_agg(p_tracking), p_now)
     from (select line, sum(units)::bigint as units from unnest(p_lines, p_units) x(line, units) group by 1) u
     join sales_order_line l on l.shop = p_shop and l.order_id = p_order and l.line_id = u.line
     left join channel c on c.shop = p_shop and c.active
   having count(*) > 0;
  update parcel_write p
     set covered = units_sum(p.covered, coalesce((select jsonb_object_agg(x.line, x.units)
                     from (select u.line::text as line, sum(u.units) as units
                             from unnest(p_lines, p_units) u(line, units) group by 1) x), '{}')),
         fulfillment_id = p_fulfillment, fulfillment_ids = p.fulfillment_ids || p_fulfillment,
         attempts = p.attempts + 1, refusals = 0, gone_at = null, part = null, request_body = null, claim_until = null,
         last_error = p_message
   where p.shop = p_shop and p.order_id = p_order and p.parcel = p_parcel and p_fulfillment <> all (p.fulfillment_ids)
  returning * into w;
  if not found then
    return false;
  end if;
  update parcel_write p
     set state = case when units_left(parcel_units(p.desired), p.covered) then 'wanted' else 'done' end,
         due_at = case when units_left(parcel_units(p.desired), p.covered) then p_now end,
         done_at = p_now
   where p.shop = p_shop and p.order_id = p_order and p.parcel = p_parcel;
  -- what had been issued as staff's is put right by order-state, which looks for facts that are not attributed
  update stock_fact f set attributed = f.issued = 0
   where f.shop = p_shop and f.order_id = p_order and f.fulfillment_id = p_fulfillment and f.kind = 'fulfil';
  select array_agg(distinct l.item_id order by l.item_id) into items
    from sales_order_line l
   where l.shop = p_shop and l.order_id = p_order and l.line_id = any (p_lines) and l.item_id is not null;
  perform mark_dirty(items, 'fulfilled', p_now);
  perform close_exceptions(k.kind, array[format('%s/%s/%s', p_shop, p_order, p_parcel)], p_now)
     from (values ('fulfillment_held'), ('fulfillment_refused')) k(kind);
  insert into write_report (shop, cause, effect, outcome, message, order_id, parcel, fulfillment_id, at)
  values (p_shop, format('%s/%s', p_shop, p_order), 'fulfillment', 'done', p_message, p_order, p_parcel, p_fulfillment,
          p_now);
  return true;
end $$;
