-- What shopify-writer does about parcels: fulfilments as desired state, one function per step. Fulfilments have neither
-- key nor compare at Shopify, so an intent comes first, says which fulfilments the order had, and claims the time in
-- which the call may still have its effect. Parcels of one order go one after the other: recovery without a tracking
-- number tells fulfilments apart by their quantities.

-- {"line id": units}, from a parcel as topic `fulfillments` has it.
create function parcel_units(p_desired jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_object_agg(l.line, l.units), '{}')
    from (select x.line_id::text as line, sum(x.quantity) as units
            from jsonb_to_recordset(p_desired->'lines') x(line_id bigint, quantity bigint) group by 1) l
$$;

-- Does any line of p_units have more there than in p_covered?
create function units_left(p_units jsonb, p_covered jsonb) returns boolean language sql immutable as $$
  select exists (select from jsonb_each_text(p_units) w(line, units)
                  where w.units::bigint > coalesce((p_covered->>w.line)::bigint, 0))
$$;

create function units_sum(p_a jsonb, p_b jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_object_agg(s.line, s.units), '{}')
    from (select x.line, sum(x.units::bigint) as units
            from (select * from jsonb_each_text(p_a) union all select * from jsonb_each_text(p_b)) x(line, units)
           group by 1) s
$$;

-- Records of topic `fulfillments`: what should exist grows and never shrinks. A parcel that is done but has learnt of
-- another line of its own is wanted again, for that line. Returns the places of the parcels that are news.
create function apply_parcels(p_shops text[], p_orders bigint[], p_parcels text[], p_desired text[],
                              p_versions bigint[], p_now timestamptz)
returns setof bigint language sql as $$
  with ins as (
    insert into parcel_write as p (shop, order_id, parcel, desired, version, due_at)
    select u.shop, u.order_id, u.parcel, u.desired::jsonb, u.version, p_now
      from unnest(p_shops, p_orders, p_parcels, p_desired, p_versions) u(shop, order_id, parcel, desired, version)
     order by 1, 2, 3
    on conflict (shop, order_id, parcel) do update
       set desired = excluded.desired, version = excluded.version,
           state = case when p.state = 'done' and units_left(parcel_units(excluded.desired), p.covered)
                        then 'wanted' else p.state end,
           due_at = case when p.state = 'done' and units_left(parcel_units(excluded.desired), p.covered)
                         then p_now else p.due_at end
     where p.version < excluded.version and p.desired <> excluded.desired
    returning p.shop, p.order_id, p.parcel
  )
  select u.n from unnest(p_shops, p_orders, p_parcels) with ordinality u(shop, order_id, parcel, n)
    join ins on ins.shop = u.shop and ins.order_id = u.order_id and ins.parcel = u.parcel
$$;

-- Parcels to look at now, one per order, of orders that are known and not blocked; held back until p_hold, so that a
-- process that dies loses nothing. While one parcel of an order is in work the others wait; an intent is looked at when
-- its claim is over, because until then its call may still have its effect.
create function take_parcels(p_shop text, p_limit int, p_hold timestamptz, p_now timestamptz)
returns table (order_id bigint, parcel text, state text, attempts int, refusals int, gone_at timestamptz, known text)
language plpgsql as $$
begin
  return query
  with due as (
    select distinct on (p.order_id) p.order_id, p.parcel
      from parcel_write p
      join sales_order o on o.shop = p.shop and o.order_id = p.order_id
     where p.shop = p_shop and p.state in ('wanted', 'intent') and p.due_at <= p_now
       and (p.state = 'wanted' or p.claim_until < p_now)
       and o.state <> 'placeholder' and o.blocked_reason is null
       and not exists (select from parcel_write q
                        where q.shop = p.shop and q.order_id = p.order_id and q.parcel <> p.parcel
                          and (q.state = 'intent' or (q.state = 'wanted' and q.claim_until > p_now)))
     order by p.order_id, p.version, p.parcel
  ), locked as (
    select q.order_id, q.parcel
      from parcel_write q
     where q.shop = p_shop and q.state in ('wanted', 'intent') and q.due_at <= p_now
       and (q.state = 'wanted' or q.claim_until < p_now)
       and (q.order_id, q.parcel) in (select d.order_id, d.parcel from due d)
     order by q.due_at limit p_limit for update skip locked
  )
  update parcel_write w
     set due_at = p_hold, claim_until = case w.state when 'wanted' then p_hold else w.claim_until end
    from locked l
   where w.shop = p_shop and w.order_id = l.order_id and w.parcel = l.parcel
  returning w.order_id, w.parcel, w.state, w.attempts, w.refusals, w.gone_at,
            jsonb_build_object('desired', w.desired, 'covered', w.covered, 'part', w.part, 'before', w.before_ids,
                               'own', array(select unnest(s.fulfillment_ids) from parcel_write s
                                             where s.shop = p_shop and s.order_id = w.order_id))::text;
end $$;

-- Persists an intent before it is sent; the caller has locked the order (lock_parcel_orders). False: it must not be
-- sent, because it is no longer wanted, somebody else claims it, or its order has another intent open. Due again when
-- the claim and the replica lag are over.
create function intend_parcel(p_shop text, p_order bigint, p_parcel text, p_before bigint[], p_part text, p_body text,
                              p_owner text, p_claim timestamptz, p_due timestamptz, p_now timestamptz)
returns boolean language plpgsql as $$
begin
  update parcel_write p
     set state = 'intent', before_ids = p_before, part = p_part::jsonb, request_body = p_body, claim_owner = p_owner,
         claim_until = p_claim, due_at = p_due, attempts = p.attempts + 1, gone_at = null
   where p.shop = p_shop and p.order_id = p_order and p.parcel = p_parcel
     and (p.state = 'wanted' or (p.state = 'intent' and p.claim_until < p_now))
     and not exists (select from parcel_write q
                      where q.shop = p_shop and q.order_id = p_order and q.parcel <> p_parcel and q.state = 'intent');
  return found;
end $$;

create function lock_parcel_orders(p_shop text, p_orders bigint[]) returns void language plpgsql as $$
begin
  perform from sales_order o where o.shop = p_shop and o.order_id = any (p_orders) order by o.order_id for update;
end $$;

-- Nothing was or will be executed: the parcel waits and is wanted again. Only if p_attempts, which every intent and
-- release raises, is what the caller has seen: a late answer to one intent never ends another. An intent only if it is
-- still p_owner's, or its claim is over (a read has shown that it had no effect). p_held: a person may have to act
-- before it can go on.
create function release_parcel(p_shop text, p_order bigint, p_parcel text, p_attempts bigint, p_owner text,
                               p_due timestamptz, p_gone timestamptz, p_refused boolean, p_held boolean, p_error text,
                               p_now timestamptz)
returns void language plpgsql as $$
begin
  update parcel_write p
     set state = 'wanted', due_at = p_due, gone_at = p_gone, last_error = p_error, claim_until = null,
         attempts = p.attempts + 1, refusals = p.refusals + p_refused::int
   where p.shop = p_shop and p.order_id = p_order and p.parcel = p_parcel and p.attempts = p_attempts
     and (p.state = 'wanted' or (p.state = 'intent' and (p.claim_owner = p_owner or p.claim_until < p_now)));
  if p_refused then
    insert into write_report (shop, cause, effect, outcome, message, order_id, parcel, at)
    values (p_shop, format('%s/%s', p_shop, p_order), 'fulfillment', 'not_applied', p_error, p_order, p_parcel, p_now);
  end if;
  if p_held then
    perform open_exceptions('fulfillment_held', array[format('%s/%s/%s', p_shop, p_order, p_parcel)], array[p_error],
                            p_now);
  end if;
end $$;

-- Rows whose read, and parcels whose turn, came to nothing: again at p_due.
create function retry_reads(p_shop text, p_location bigint, p_items bigint[], p_due timestamptz)
returns void language sql as $$
  update book_row set read_due_at = p_due
   where shop = p_shop and location_id = p_location and inventory_item_id = any (p_items)
$$;

create function retry_parcels(p_shop text, p_orders bigint[], p_parcels text[], p_due timestamptz)
returns void language sql as $$
  update parcel_write p set due_at = p_due, claim_until = case p.state when 'intent' then p.claim_until end
    from unnest(p_orders, p_parcels) u(order_id, parcel)
   where p.shop = p_shop and p.order_id = u.order_id and p.parcel = u.parcel and p.state in ('wanted', 'intent')
$$;

-- The fulfilment exists. In one transaction: the parcel (or this part of it) is covered, the facts are learnt as any
-- observer would learn them, their effect is ours, the figures are computed again. Applied once per fulfilment; false
-- when it was known. A line that is not known yet has no row in the book: the snapshot that brings it brings its fact.
create function record_fulfillment(p_shop text, p_order bigint, p_parcel text, p_fulfillment bigint, p_location bigint,
                                   p_lines bigint[], p_units bigint[], p_at timestamptz, p_tracking text,
                                   p_message text, p_now timestamptz)
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
         attempts = 0, refusals = 0, gone_at = null, part = null, request_body = null, claim_until = null,
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

-- Shopify has not got these units any more: for people, no retry for ever.
create function refuse_parcel(p_shop text, p_order bigint, p_parcel text, p_cancelled boolean, p_message text,
                              p_now timestamptz)
returns void language plpgsql as $$
begin
  perform lock_parcel_orders(p_shop, array[p_order]);
  update parcel_write p
     set state = 'refused', due_at = null, claim_until = null, last_error = p_message, done_at = p_now
   where p.shop = p_shop and p.order_id = p_order and p.parcel = p_parcel and p.state in ('wanted', 'intent');
  if not found then
    return;
  end if;
  perform open_exceptions('fulfillment_refused', array[format('%s/%s/%s', p_shop, p_order, p_parcel)],
                          array[case when p_cancelled then 'shipped after it was cancelled: ' else '' end || p_message],
                          p_now);
  insert into write_report (shop, cause, effect, outcome, message, order_id, parcel, at)
  values (p_shop, format('%s/%s', p_shop, p_order), 'fulfillment', 'refused', p_message, p_order, p_parcel, p_now);
end $$;

-- Modes observe and atp: what would be sent is reported once.
create function observe_parcels(p_shop text, p_limit int, p_now timestamptz) returns bigint language sql as $$
  with seen as (
    update parcel_write p set observed_at = p_now, due_at = null
     where p.shop = p_shop and p.state = 'wanted' and (p.order_id, p.parcel) in (
           select q.order_id, q.parcel from parcel_write q
            where q.shop = p_shop and q.state = 'wanted' and q.due_at <= p_now
            order by q.due_at limit p_limit for update skip locked)
    returning p.order_id, p.parcel
  ), ins as (
    insert into write_report (shop, cause, effect, outcome, order_id, parcel, at)
    select p_shop, format('%s/%s', p_shop, s.order_id), 'fulfillment', 'observed', s.order_id, s.parcel, p_now
      from seen s
    returning 1
  )
  select count(*) from ins
$$;

-- A writer's slot starts: what its former self left unanswered is repeated at once (the key makes it safe), and what
-- was only observed is due when the mode now allows it.
create function start_writing(p_shop text, p_owner text, p_stock boolean, p_parcels boolean, p_now timestamptz)
returns void language plpgsql as $$
begin
  update stock_request s set due_at = p_now
   where s.shop = p_shop and s.owner = p_owner and s.answered_at is null and s.due_at > p_now;
  if p_stock then
    update book_row b set due_at = p_now, observed_quantity = null
     where b.shop = p_shop and b.observed_quantity is not null;
  end if;
  if p_parcels then
    update parcel_write p set due_at = p_now, observed_at = null
     where p.shop = p_shop and p.state = 'wanted' and p.observed_at is not null;
  end if;
end $$;

-- What waits for the writer in a shop, in one look. Old: unanswered requests near the end of their key's life.
-- plpgsql, because its plans are kept: an SQL function would be planned at each of the many looks of an idle writer.
create function writer_work(p_shop text, p_oldest timestamptz, p_now timestamptz,
                            out old boolean, out repeats boolean, out parcels boolean, out rows boolean,
                            out reads boolean)
language plpgsql stable as $$
begin
  old := exists (select from stock_request s
                  where s.shop = p_shop and s.answered_at is null and s.created_at < p_oldest and s.due_at <= p_now);
  repeats := exists (select from stock_request s
                      where s.shop = p_shop and s.answered_at is null and s.due_at <= p_now);
  parcels := exists (select from parcel_write p
                      where p.shop = p_shop and p.state in ('wanted', 'intent') and p.due_at <= p_now);
  rows := exists (select from book_row b where b.shop = p_shop and b.due_at <= p_now and b.request_key is null);
  reads := exists (select from book_row b where b.shop = p_shop and b.read_due_at <= p_now and b.request_key is null);
end $$;
