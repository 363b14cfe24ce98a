-- What the reconciler finds: objects whose rows here differ from what Shopify shows, since when, why, and the trend.

-- One comparison of one kind of object. light: what changed lately, by searches; full: everything, by a bulk operation.
create table reconcile_run (
  shop       text not null,
  sweep      text not null check (sweep in ('light', 'full')),
  kind       text not null check (kind in ('order', 'fulfillment_order', 'product')),
  began_at   timestamptz not null,
  through_at timestamptz not null,          -- what changed up to then had to be here
  ended_at   timestamptz not null,
  compared   bigint not null,
  different  bigint not null,
  primary key (shop, kind, sweep, began_at)
);

-- Where a person sees what differed. theirs and ours are the same few words about the object, so that the row explains
-- itself. Open until what we have is as new as what was seen there.
create table drift (
  shop       text not null,
  kind       text not null,
  object_id  bigint not null,
  found_at   timestamptz not null,
  owner_id   bigint not null,               -- what is read to heal it: the order of a fulfilment order
  sweep      text not null,
  difference text not null check (difference in ('missing', 'older', 'differs', 'gone')),
  cause      text not null,
  theirs_at  timestamptz,                   -- Shopify's updated_at
  theirs     text,                          -- null: not there
  ours       text,                          -- null: not here
  seen_at    timestamptz not null,
  seen       int not null default 1,
  healed_at  timestamptz,
  primary key (shop, kind, object_id, found_at)
);
create unique index drift_open on drift (shop, kind, object_id) where healed_at is null;

-- What a full sweep has met; what is here and was not met is gone there. Empty between sweeps.
create unlogged table reconcile_seen (
  shop      text not null,
  kind      text not null,
  object_id bigint not null,
  primary key (shop, kind, object_id)
);

create function reconcile_time(p_at timestamptz) returns text language sql immutable as $$
  select coalesce(to_char(p_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '-')
$$;

-- The words about objects of ours; whole: with the lines. The reconciler writes the same words about Shopify's.
-- A webhook's body brings an order up to date but for what only a read shows: payments, the state of returns, whether it was
-- edited. Where no poll reads it after that, nothing else would tell that they are old; so they are among the words.
create function reconcile_ours(p_shop text, p_kind text, p_ids bigint[], p_whole boolean)
returns table (object_id bigint, updated_at timestamptz, words text) language plpgsql stable as $$
begin
  if p_kind = 'order' then
    return query
    select o.order_id, o.updated_at,
           format('name=%s financial=%s total=%s cancelled=%s closed=%s test=%s', o.name, coalesce(o.financial_status, '-'),
                  to_char(o.total, 'FM9999999999999990.009999'), reconcile_time(o.cancelled_at), reconcile_time(o.closed_at), o.test)
           || case when o.fo_updated_at is null then ' payments=- returns=- edited=-'
              else format(' payments=%s returns=%s edited=%s', t.n, coalesce(o.return_status, '-'), o.edited) end
           || case when p_whole then ' lines=' || coalesce(l.lines, '-') else '' end
      from unnest(p_ids) u(id)
      join sales_order o on o.shop = p_shop and o.order_id = u.id
      left join lateral (
           select string_agg(l.line_id || ':' || l.quantity || '/' || l.current_quantity, ',' order by l.line_id) as lines
             from sales_order_line l
            where p_whole and l.shop = o.shop and l.order_id = o.order_id) l on true
     cross join lateral (
           select count(*) as n from order_transaction t where t.shop = o.shop and t.order_id = o.order_id) t
     where o.updated_at is not null;
  elsif p_kind = 'fulfillment_order' then
    return query
    select f.fulfillment_order_id, f.updated_at,
           format('status=%s request=%s location=%s', f.status, f.request_status, coalesce(f.location_id::text, '-'))
      from unnest(p_ids) u(id)
      join fulfillment_order f on f.shop = p_shop and f.fulfillment_order_id = u.id;
  else
    return query
    select p.product_id, p.updated_at,
           format('title=%s handle=%s status=%s variants=%s', p.title, p.handle, p.status, v.n)
      from unnest(p_ids) u(id)
      join product p on p.shop = p_shop and p.product_id = u.id
     cross join lateral (
           select count(*) as n from variant v
            where v.shop = p.shop and v.product_id = p.product_id and v.deleted_at is null) v
     where p.deleted_at is null;
  end if;
end $$;

-- Why an object is not as it should be, in the order in which a person would look.
create function reconcile_cause(p_shop text, p_kind text, p_owner bigint, p_theirs timestamptz, p_at timestamptz)
returns text language plpgsql stable as $$
declare
  v_resource text := case when p_kind = 'product' then 'Product/' else 'Order/' end || p_owner;
  v_stream   text := case p_kind when 'product' then 'products' when 'order' then 'order-updates'
                     else 'fulfillment-orders' end;
  v_service  text := case when p_kind = 'product' then 'product-publisher' else 'order-update-publisher' end;
  v_text     text;
begin
  select format('refused: %s (millrace deadletters show %s/%s/%s@%s)', d.reason, d.consumer_group, d.topic, d.partition,
                d.record_offset) into v_text
    from dead_letter d
   where d.record_key = convert_to(p_shop || '/' || p_owner, 'UTF8') and d.retried_at is null and d.dropped_at is null
   order by d.at desc limit 1;
  if v_text is not null then
    return v_text;
  elsif not exists (select from lease l where l.name = v_service || '/' || p_shop and l.expires_at > p_at) then
    return v_service || ' does not run for this shop';
  elsif exists (select from hint h where h.shop = p_shop and h.resource = v_resource) then
    return 'its read is due';
  elsif exists (select from shop_cursor c where c.shop = p_shop and c.stream = v_stream and c.through_at < p_theirs) then
    return v_service || ' is behind';
  elsif p_kind <> 'product'
        and p_theirs <= (select max(w.through_at) from shop_watermark w where w.shop = p_shop)
        and p_theirs > (select max(f.through_at) from shop_watermark_in_force f where f.shop = p_shop) then
    return 'order-state is behind';
  end if;
  return 'missed by webhooks and polls';
end $$;

create type drift_verdict as (
  object_id bigint, owner_id bigint, theirs_at timestamptz, theirs text, ours text,
  difference text                           -- null: equal, or ours is newer
);

-- Drift rows, and hints that heal them, for the verdicts that say so.
create function reconcile_open(p_shop text, p_sweep text, p_kind text, p_verdicts drift_verdict[], p_at timestamptz)
returns void language plpgsql as $$
begin
  insert into drift as d (shop, kind, object_id, found_at, owner_id, sweep, difference, cause, theirs_at, theirs, ours,
                          seen_at)
  select p_shop, p_kind, v.object_id, p_at, v.owner_id, p_sweep, v.difference,
         reconcile_cause(p_shop, p_kind, v.owner_id, v.theirs_at, p_at), v.theirs_at, v.theirs, v.ours, p_at
    from unnest(p_verdicts) v where v.difference is not null order by v.object_id
  on conflict (shop, kind, object_id) where healed_at is null do update
     set sweep = excluded.sweep, difference = excluded.difference, cause = excluded.cause,
         theirs_at = excluded.theirs_at, theirs = excluded.theirs, ours = excluded.ours, seen_at = excluded.seen_at,
         seen = d.seen + 1;
  -- a read that shows nothing proves a deletion only where everything else was shown
  perform add_hints(array_agg(p_shop), array_agg(r.resource), array_agg(p_at), array_agg(r.theirs_at),
                    array_agg(r.reason), array_agg(true))
     from (select case when p_kind = 'product' then 'Product/' else 'Order/' end || v.owner_id as resource,
                  coalesce(min(v.theirs_at), p_at) as theirs_at,
                  max(case when v.difference = 'gone' then 'reconcile: ' || p_kind || 's/delete' else 'reconcile' end)
                    as reason
             from unnest(p_verdicts) v where v.difference is not null group by 1 order by 1) r
  having count(*) > 0;
end $$;

-- Compares what Shopify showed with what is here; opens, repeats and closes drift, and asks for reads. Objects that
-- changed after p_horizon may still be on their way and are left for the next time.
create function reconcile_compare(p_shop text, p_sweep text, p_kind text, p_ids bigint[], p_owners bigint[],
                                  p_updated timestamptz[], p_words text[], p_horizon timestamptz, p_at timestamptz)
returns table (compared bigint, different bigint) language plpgsql as $$
declare
  v_verdicts drift_verdict[];
begin
  select array_agg((u.id, u.owner, u.updated_at, u.words, o.words,
                    case when o.object_id is null then 'missing'
                         when o.updated_at > u.updated_at then null
                         when o.updated_at < u.updated_at then 'older'
                         when o.words <> u.words then 'differs' end)::drift_verdict)
    into v_verdicts
    from (select distinct on (id) * from unnest(p_ids, p_owners, p_updated, p_words) x(id, owner, updated_at, words)
           order by id, updated_at desc) u
    left join reconcile_ours(p_shop, p_kind, p_ids, p_sweep = 'full') o on o.object_id = u.id
   where u.updated_at <= p_horizon;
  perform reconcile_open(p_shop, p_sweep, p_kind, v_verdicts, p_at);
  update drift d set healed_at = p_at
    from unnest(v_verdicts) v
   where d.shop = p_shop and d.kind = p_kind and d.object_id = v.object_id and d.healed_at is null
     and v.difference is null;
  return query select count(*), count(v.difference) from unnest(v_verdicts) v;
end $$;

-- The end of a full sweep: what is here and was not met there. Objects that changed after p_horizon are left.
-- Shopify hides orders older than 60 days from a token without read_all_orders, silently: that a full sweep did not meet one
-- says nothing, and neither does a read that shows nothing. Only of younger orders it says that they are gone; that an older
-- one was deleted is told by its webhook.
create function reconcile_gone(p_shop text, p_kind text, p_horizon timestamptz, p_at timestamptz)
returns bigint language plpgsql as $$
declare
  v_verdicts drift_verdict[];
begin
  if p_kind = 'order' then
    select array_agg((o.order_id, o.order_id, null, null, 'open', 'gone')::drift_verdict) into v_verdicts
      from sales_order o
     where o.shop = p_shop and o.updated_at <= p_horizon and o.cancelled_at is null and o.closed_at is null
       and o.created_at > p_at - interval '59 days' and o.state <> 'placeholder'
       and not exists (select from exception_case x where x.kind = 'order_deleted' and x.closed_at is null
                                                      and x.subject = o.shop || '/' || o.order_id)
       and not exists (select from reconcile_seen s where s.shop = p_shop and s.kind = p_kind
                                                      and s.object_id = o.order_id);
  elsif p_kind = 'product' then
    select array_agg((p.product_id, p.product_id, null, null, 'live', 'gone')::drift_verdict) into v_verdicts
      from product p
     where p.shop = p_shop and p.updated_at <= p_horizon and p.deleted_at is null
       and not exists (select from reconcile_seen s where s.shop = p_shop and s.kind = p_kind
                                                      and s.object_id = p.product_id);
  end if;
  perform reconcile_open(p_shop, 'full', p_kind, v_verdicts, p_at);
  return coalesce(cardinality(v_verdicts), 0);
end $$;

-- Closes what has healed since it was seen; tells people of what three looks could not heal; returns what is open.
create function reconcile_heal(p_shop text, p_at timestamptz) returns table (kind text, open bigint) language plpgsql as $$
declare
  v_kind text;
  v_whole boolean;
begin
  for v_kind, v_whole in
    select distinct d.kind, d.sweep = 'full' from drift d where d.shop = p_shop and d.healed_at is null
  loop
    update drift d set healed_at = p_at
      from unnest(array(select x.object_id from drift x
                         where x.shop = p_shop and x.kind = v_kind and x.healed_at is null
                           and (x.sweep = 'full') = v_whole)) u(id)
      left join reconcile_ours(p_shop, v_kind, array(select x.object_id from drift x
                         where x.shop = p_shop and x.kind = v_kind and x.healed_at is null), v_whole) o on o.object_id = u.id
     where d.shop = p_shop and d.kind = v_kind and d.object_id = u.id and d.healed_at is null
       and case when d.difference = 'gone' then o.object_id is null or o.updated_at > d.found_at
                     or v_kind = 'order' and (o.words not like '% cancelled=- closed=-%')
                else o.updated_at > d.theirs_at or o.updated_at = d.theirs_at and o.words = d.theirs end;
  end loop;
  perform open_exceptions('drift', array_agg(s.subject order by s.subject), array_agg(s.detail order by s.subject), p_at)
     from (select d.shop || '/' || d.kind || '/' || d.object_id as subject,
                  format('%s since %s: %s; Shopify: %s; here: %s', d.difference, reconcile_time(d.found_at), d.cause,
                         coalesce(d.theirs, 'nothing'), coalesce(d.ours, 'nothing')) as detail
             from drift d where d.shop = p_shop and d.healed_at is null and d.seen >= 3) s
  having count(*) > 0;
  perform close_exceptions('drift', array_agg(x.subject order by x.subject), p_at)
     from exception_case x
    where x.kind = 'drift' and x.closed_at is null and x.subject like p_shop || '/%'
      and not exists (select from drift d where d.healed_at is null
                                            and x.subject = d.shop || '/' || d.kind || '/' || d.object_id)
  having count(*) > 0;
  return query
  select k.kind, count(d.object_id)
    from (values ('order'), ('fulfillment_order'), ('product')) k(kind)
    left join drift d on d.shop = p_shop and d.kind = k.kind and d.healed_at is null
   group by k.kind;
end $$;

-- The trend, an hour a row.
create view v_drift_trend as
select r.shop, r.kind, date_trunc('hour', r.began_at) as hour, count(*) as runs, sum(r.compared) as compared,
       sum(r.different) as different, max(r.different) as worst
  from reconcile_run r group by r.shop, r.kind, date_trunc('hour', r.began_at);
comment on view v_drift_trend is
  'Per hour, shop and kind: how often it was compared with Shopify, how many objects, and how many of them differed.';
