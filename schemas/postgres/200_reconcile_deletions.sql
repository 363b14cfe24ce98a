-- What was deleted while nobody was told is found by every comparison, not only once a day; and the returns of an order are
-- among the words by which it is compared.

-- Few orders of all are open; they are counted every minute.
create index sales_order_open on sales_order (created_at, shop) where cancelled_at is null and closed_at is null;

-- The returns of an order in words, the first ten: one that began and ended untold leaves no other trace.
create function reconcile_returned(p_shop text, p_order bigint) returns text language sql stable as $$
  select coalesce(string_agg(r.return_id || ':' || r.status, ',' order by r.return_id), '-')
    from (select t.return_id, t.status from order_return t
           where t.shop = p_shop and t.order_id = p_order order by t.return_id limit 10) r
$$;

-- What reconcile_ours() said until now is the head of what it says from here on.
alter function reconcile_ours(text, text, bigint[], boolean) rename to reconcile_heads;

create function reconcile_ours(p_shop text, p_kind text, p_ids bigint[], p_whole boolean)
returns table (object_id bigint, updated_at timestamptz, words text) language sql stable as $$
  select h.object_id, h.updated_at,
         h.words || case when p_kind = 'order' then ' returned=' || reconcile_returned(p_shop, h.object_id) else '' end
    from reconcile_heads(p_shop, p_kind, p_ids, p_whole) h
$$;

-- Words about Shopify's orders; what the token may not see of them ('?') is taken to be what is here.
create function reconcile_theirs(p_shop text, p_ids bigint[], p_words text[]) returns text[] language sql stable as $$
  select array_agg(case when u.words like '% returned=?'
                        then left(u.words, -1) || reconcile_returned(p_shop, u.id) else u.words end order by u.n)
    from unnest(p_ids, p_words) with ordinality u(id, words, n)
$$;

-- Whether it is known here that Shopify's object is no more. Of an order its deletion is told to people; that counts until it
-- has been seen again.
create function reconcile_known_gone(p_shop text, p_kind text, p_id bigint) returns boolean language sql stable as $$
  select case when p_kind = 'product'
              then exists (select from product p
                            where p.shop = p_shop and p.product_id = p_id and p.deleted_at is not null)
              else exists (select from sales_order o
                            where o.shop = p_shop and o.order_id = p_id
                              and (o.archived_at is not null
                                   or exists (select from exception_case x
                                               where x.kind = 'order_deleted' and x.subject = p_shop || '/' || p_id
                                                 and x.seen_at >= o.observed_at))) end
$$;

-- Shopify's log says that these were deleted, and when. What is still here is asked for; how many these are.
create function reconcile_deleted(p_shop text, p_kind text, p_ids bigint[], p_times timestamptz[], p_at timestamptz)
returns bigint language plpgsql as $$
declare
  v_verdicts drift_verdict[];
begin
  select array_agg((u.id, u.id, u.at, null, h.words, 'gone')::drift_verdict) into v_verdicts
    from (select x.id, max(x.at) as at from unnest(p_ids, p_times) x(id, at) group by x.id) u
    join reconcile_heads(p_shop, p_kind, p_ids, false) h on h.object_id = u.id
   where not reconcile_known_gone(p_shop, p_kind, u.id);
  perform reconcile_open(p_shop, 'light', p_kind, v_verdicts, p_at);
  return coalesce(cardinality(v_verdicts), 0);
end $$;

-- How many objects are here of those that Shopify counts: open orders of an age at which no token is denied them, live
-- products; made up to p_until, so that what is on its way does not count.
create function reconcile_count(p_shop text, p_kind text, p_since timestamptz, p_until timestamptz)
returns bigint language plpgsql stable as $$
begin
  if p_kind = 'product' then
    return (select count(*) from product p
             where p.shop = p_shop and p.deleted_at is null and coalesce(p.created_at, p.updated_at) <= p_until);
  end if;
  return (select count(*) from sales_order o
           where o.shop = p_shop and o.cancelled_at is null and o.closed_at is null and o.state <> 'placeholder'
             and o.created_at between p_since and p_until)
       - (select count(*) from exception_case x
            join sales_order o on o.shop = p_shop and x.subject = p_shop || '/' || o.order_id
           where x.kind = 'order_deleted' and x.seen_at >= o.observed_at and o.archived_at is null
             and o.order_id = split_part(x.subject, '/', 2)::bigint
             and o.cancelled_at is null and o.closed_at is null and o.created_at between p_since and p_until);
end $$;

-- Drift that ended otherwise than by becoming equal: what is known to be gone here as well; and what an index that lagged
-- showed although it was gone, and did not show again.
create function reconcile_bury(p_shop text, p_at timestamptz) returns void language sql as $$
  update drift d set healed_at = p_at
   where d.shop = p_shop and d.healed_at is null
     and reconcile_known_gone(p_shop, d.kind, d.owner_id)
     and (d.difference = 'gone'
          or d.seen_at < (select max(r.began_at) from reconcile_run r
                           where r.shop = p_shop and r.kind = d.kind and r.sweep = 'light'))
$$;

-- One batch of the end of a full sweep: of the next p_most objects behind p_after, those that are here and were not met there
-- are gone. Objects that changed after p_horizon are left. o_last: the last that was looked at, null when there are no more.
-- Shopify hides orders older than 60 days from a token without read_all_orders, silently: that a full sweep did not meet one
-- says nothing, and neither does a read that shows nothing. Only of younger orders it says that they are gone.
create function reconcile_gone(p_shop text, p_kind text, p_after bigint, p_most int, p_horizon timestamptz, p_at timestamptz,
                               out o_last bigint, out o_gone bigint) language plpgsql as $$
declare
  v_ids bigint[];
  v_verdicts drift_verdict[];
begin
  o_gone := 0;
  if p_kind = 'order' then
    v_ids := array(select o.order_id from sales_order o where o.shop = p_shop and o.order_id > p_after
                    order by o.order_id limit p_most);
    select array_agg((o.order_id, o.order_id, null, null, 'open', 'gone')::drift_verdict) into v_verdicts
      from sales_order o
     where o.shop = p_shop and o.order_id = any (v_ids) and o.updated_at <= p_horizon
       and o.cancelled_at is null and o.closed_at is null and o.state <> 'placeholder'
       and o.created_at > p_at - interval '59 days'
       and not exists (select from reconcile_seen s
                        where s.shop = p_shop and s.kind = p_kind and s.object_id = o.order_id)
       and not reconcile_known_gone(p_shop, p_kind, o.order_id);
  else
    v_ids := array(select p.product_id from product p where p.shop = p_shop and p.product_id > p_after
                    order by p.product_id limit p_most);
    select array_agg((p.product_id, p.product_id, null, null, 'live', 'gone')::drift_verdict) into v_verdicts
      from product p
     where p.shop = p_shop and p.product_id = any (v_ids) and p.updated_at <= p_horizon and p.deleted_at is null
       and not exists (select from reconcile_seen s
                        where s.shop = p_shop and s.kind = p_kind and s.object_id = p.product_id);
  end if;
  perform reconcile_open(p_shop, 'full', p_kind, v_verdicts, p_at);
  o_gone := coalesce(cardinality(v_verdicts), 0);
  o_last := case when cardinality(v_ids) = p_most then v_ids[p_most] end;
end $$;
drop function reconcile_gone(text, text, timestamptz, timestamptz);
