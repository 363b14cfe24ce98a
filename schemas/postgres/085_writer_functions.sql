-- What shopify-writer does to the book, one function per step, so that each is one transaction whoever calls it and
-- can be tried in psql. Times are parameters: p_now is ours, p_since, p_until and p_effect_at are Shopify's.

-- What each row wants. The level is `written` clamped into the record's interval: raised to the lower end, cut to the
-- upper one. `known` and `residual` of today stand in both quantities, so that neither a sale nor an outsider's change
-- that the record did not know is undone. Shopify refuses a negative on_hand; compare quantities, not levels.
create view book_want as
select b.shop, b.inventory_item_id, b.location_id, b.attempts, b.observed_quantity, w.level, q.quantity, q.change_from,
       b.record_level_min is not null and b.judged and not b.reread and b.request_key is null
         and q.quantity <> q.change_from as wanted,
       b.read_until is not null and b.read_clean and b.request_key is null
         and coalesce(b.record_watermark >= b.read_until, false) as judgeable
  from book_row b
 cross join lateral (select greatest(b.record_level_min, least(b.written, b.record_level_max)) as level) w
 cross join lateral (select greatest(0, w.level + b.known + b.residual) as quantity,
                            b.written + b.known + b.residual as change_from) q;

-- Records of topic `atp`: the newest version of each row stays. A row is read as soon as it is first heard of.
-- A row that Shopify refuses keeps its back-off. Returns the places of the records that were newer.
create function apply_atp(p_shops text[], p_items bigint[], p_locations bigint[], p_versions bigint[],
                          p_level_mins bigint[], p_level_maxs bigint[], p_promises bigint[],
                          p_watermarks timestamptz[], p_computed timestamptz[], p_now timestamptz)
returns setof bigint language plpgsql as $$
begin
  return query
  with u as (
    select * from unnest(p_shops, p_items, p_locations, p_versions, p_level_mins, p_level_maxs, p_promises,
                         p_watermarks, p_computed)
      with ordinality u(shop, item, location, version, level_min, level_max, promise, watermark, computed, n)
  ), ins as (
    insert into book_row as b (shop, inventory_item_id, location_id, record_version, record_level_min,
                               record_level_max, record_promise, record_watermark, record_at, due_at, read_due_at)
    select u.shop, u.item, u.location, u.version, u.level_min, u.level_max, u.promise, u.watermark, u.computed,
           p_now, p_now
      from u order by u.shop, u.item, u.location
    on conflict (shop, inventory_item_id, location_id) do update
       set record_version = excluded.record_version, record_level_min = excluded.record_level_min,
           record_level_max = excluded.record_level_max, record_promise = excluded.record_promise,
           record_watermark = excluded.record_watermark, record_at = excluded.record_at,
           due_at = case when b.refused is null then p_now else coalesce(b.due_at, p_now) end,
           read_due_at = coalesce(b.read_due_at, p_now)
     where b.record_version < excluded.record_version
    returning b.shop, b.inventory_item_id, b.location_id
  )
  select u.n from u join ins on ins.shop = u.shop and ins.inventory_item_id = u.item and ins.location_id = u.location;
end $$;

-- The first p_gone rows are no longer ours to write (a tombstone on `atp`): what we know stays, nothing is wanted. The
-- others are only locked, because the same transaction is about to change them. A tombstone has a version like any
-- record: one that comes late or again ends nothing that is newer. Returns the places of those that were newer.
create function retire_atp(p_shops text[], p_items bigint[], p_locations bigint[], p_versions bigint[], p_gone bigint)
returns setof bigint language plpgsql as $$
begin
  perform from book_row b join unnest(p_shops, p_items, p_locations) u(shop, item, location)
      on b.shop = u.shop and b.inventory_item_id = u.item and b.location_id = u.location
   order by b.shop, b.inventory_item_id, b.location_id for update of b;
  return query
  update book_row b
     set record_version = u.version, record_level_min = null, record_level_max = null, record_promise = null,
         read_due_at = null
    from unnest(p_shops, p_items, p_locations, p_versions) with ordinality u(shop, item, location, version, n)
   where u.n <= p_gone and b.shop = u.shop and b.inventory_item_id = u.item and b.location_id = u.location
     and b.record_version < u.version
  returning u.n;
end $$;

-- Judges what may be judged (an outsider's change is drift: the next write repairs it) and returns the rows of one
-- location that want a write, locked. The caller persists requests for them in this very transaction, or makes them
-- due again (redue_rows). Three statements on purpose: lock, judge and look each see what the one before has done.
create function decide_rows(p_shop text, p_limit int, p_now timestamptz)
returns table (inventory_item_id bigint, location_id bigint, quantity bigint, change_from bigint, attempts int,
               observed bigint)
language plpgsql as $$
declare
  items bigint[];
  locations bigint[];
begin
  select array_agg(d.i), array_agg(d.l) into items, locations
    from (select b.inventory_item_id as i, b.location_id as l from book_row b
           where b.shop = p_shop and b.due_at <= p_now and b.request_key is null
           order by b.due_at limit p_limit for update skip locked) d;
  if items is null then
    return;
  end if;
  update book_row b
     set written = b.written + case when w.judgeable then b.residual else 0 end,
         residual = case when w.judgeable then 0 else b.residual end,
         judged = b.judged or w.judgeable,
         read_since = case when not w.judgeable then b.read_since end,
         read_until = case when not w.judgeable then b.read_until end,
         read_clean = b.read_clean and not w.judgeable,
         due_at = null
    from book_want w, unnest(items, locations) u(i, l)
   where b.shop = p_shop and b.inventory_item_id = u.i and b.location_id = u.l
     and w.shop = b.shop and w.inventory_item_id = b.inventory_item_id and w.location_id = b.location_id;
  return query
  select w.inventory_item_id, w.location_id, w.quantity, w.change_from, w.attempts, w.observed_quantity
    from book_want w join unnest(items, locations) u(i, l) on w.inventory_item_id = u.i and w.location_id = u.l
   where w.shop = p_shop and w.wanted
   order by w.location_id, w.inventory_item_id;
end $$;

create function redue_rows(p_shop text, p_location bigint, p_items bigint[], p_due timestamptz)
returns void language sql as $$
  update book_row set due_at = p_due
   where shop = p_shop and location_id = p_location and inventory_item_id = any (p_items)
$$;

-- Persists one call before it is sent: its key, its whole body, and what each row asks.
create function hold_request(p_key uuid, p_shop text, p_location bigint, p_body text, p_items bigint[],
                             p_quantities bigint[], p_change_froms bigint[], p_owner text, p_due timestamptz,
                             p_now timestamptz)
returns void language plpgsql as $$
begin
  insert into stock_request (request_key, shop, location_id, body, n_rows, owner, created_at, due_at)
  values (p_key, p_shop, p_location, p_body, cardinality(p_items), p_owner, p_now, p_due);
  update book_row b
     set request_key = p_key, request_quantity = u.q, request_change_from = u.f
    from unnest(p_items, p_quantities, p_change_froms) u(i, q, f)
   where b.shop = p_shop and b.location_id = p_location and b.inventory_item_id = u.i;
end $$;

-- Unanswered requests that are due: to be sent again, the same body under the same key.
create function take_requests(p_shop text, p_owner text, p_limit int, p_hold timestamptz, p_now timestamptz)
returns table (request_key text, body text, attempts int) language sql as $$
  update stock_request r set due_at = p_hold, owner = p_owner, attempts = r.attempts + 1
   where r.request_key = any (array(select s.request_key from stock_request s
                                     where s.shop = p_shop and s.due_at <= p_now and s.answered_at is null
                                     order by s.due_at limit p_limit for update skip locked))
  returning r.request_key::text, r.body, r.attempts
$$;

-- The answer to a request, applied once: only while the request is unanswered, and only to rows whose request it is.
-- One bad row fails the whole call: rows named stale are read before anything else, rows named refused wait and become
-- an exception, the rest are due at once and go out under a new key. p_outcome: 'done', or 'stale', 'refused', 'failed'
-- (nothing was executed; what stood in the way is gone or named by the rows). p_effect_at: no earlier than the effect.
create function answer_request(p_key uuid, p_outcome text, p_message text, p_effect_at timestamptz, p_stale bigint[],
                               p_refused bigint[], p_reasons text[], p_now timestamptz)
returns boolean language plpgsql as $$
declare
  r stock_request;
begin
  update stock_request s set answered_at = p_now, outcome = p_outcome
   where s.request_key = p_key and s.answered_at is null returning * into r;
  if not found then
    return false;
  end if;
  perform from book_row b where b.request_key = p_key order by b.inventory_item_id for update;
  if p_outcome = 'done' then
    perform close_exceptions('shopify_refused',
                             array_agg(format('%s/%s/%s', b.shop, b.inventory_item_id, b.location_id)), p_now)
       from book_row b where b.request_key = p_key and b.refused is not null having count(*) > 0;
  end if;
  insert into write_report (shop, cause, effect, outcome, message, request_key, inventory_item_id, location_id,
                            quantity, change_from, at)
  select b.shop, format('%s/%s/%s', b.shop, b.inventory_item_id, b.location_id), 'stock',
         case when p_outcome = 'done' then 'done' when b.inventory_item_id = any (p_stale) then 'stale'
              when f.reason is not null then 'refused' else 'not_applied' end,
         coalesce(f.reason, p_message), p_key::text, b.inventory_item_id, b.location_id, b.request_quantity,
         b.request_change_from, p_now
    from book_row b left join unnest(p_refused, p_reasons) f(item, reason) on f.item = b.inventory_item_id
   where b.request_key = p_key
   order by b.inventory_item_id;
  update book_row b
     set written = b.written + case when p_outcome = 'done' then b.request_quantity - b.request_change_from else 0 end,
         request_key = null, request_quantity = null, request_change_from = null,
         last_write_at = greatest(b.last_write_at, p_effect_at),
         attempts = case when p_outcome = 'done' then 0 when x.stale or x.reason is not null then b.attempts + 1
                         else b.attempts end,
         refused = case when p_outcome = 'done' then null else coalesce(x.reason, b.refused) end,
         reread = x.stale or (b.reread and p_outcome <> 'done'),
         read_due_at = case when x.stale then p_now + (1 << least(b.attempts, 7)) / 2 * interval '50 ms'
                            else b.read_due_at end,
         due_at = case when x.reason is not null then p_now + (1 << least(b.attempts, 6)) * interval '60 s'
                       when x.stale then null else p_now end
    from (select w.inventory_item_id, w.location_id, w.inventory_item_id = any (p_stale) as stale, f.reason
            from book_row w left join unnest(p_refused, p_reasons) f(item, reason) on f.item = w.inventory_item_id
           where w.request_key = p_key) x
   where b.shop = r.shop and b.request_key = p_key and b.inventory_item_id = x.inventory_item_id
     and b.location_id = x.location_id;
  perform open_exceptions('shopify_refused', array_agg(format('%s/%s/%s', r.shop, f.item, r.location_id)),
                          array_agg(f.reason), p_now)
     from unnest(p_refused, p_reasons) f(item, reason) having count(*) > 0;
  return true;
end $$;

-- Requests too old for their key (Shopify forgets it after a day) are never sent again: we do not know whether they had
-- their effect, so their rows are closed until a read from p_read_at on has been judged. Returns how many there were.
-- One that is in the air is left alone until its answer is due: closed too early, its effect would fall into the very
-- read that opens the row again. p_key: this one at once, whatever its age (Shopify says that its body is not the one it
-- knows).
create function expire_requests(p_shop text, p_oldest timestamptz, p_key uuid, p_effect_at timestamptz,
                                p_read_at timestamptz, p_now timestamptz)
returns bigint language plpgsql as $$
declare
  keys uuid[];
begin
  with old as (
    update stock_request s set answered_at = p_now, outcome = 'expired'
     where s.shop = p_shop and s.answered_at is null
       and ((s.created_at < p_oldest and s.due_at <= p_now) or s.request_key = p_key) returning s.request_key
  )
  select array_agg(old.request_key) into keys from old;
  perform from book_row b where b.request_key = any (keys) order by b.inventory_item_id, b.location_id for update;
  insert into write_report (shop, cause, effect, outcome, message, request_key, inventory_item_id, location_id,
                            quantity, change_from, at)
  select b.shop, format('%s/%s/%s', b.shop, b.inventory_item_id, b.location_id), 'stock', 'expired',
         'no answer within the life of the key: the row is read before it is written again', b.request_key::text,
         b.inventory_item_id, b.location_id, b.request_quantity, b.request_change_from, p_now
    from book_row b where b.request_key = any (keys);
  update book_row b
     set request_key = null, request_quantity = null, request_change_from = null, judged = false, reread = false,
         read_since = null, read_until = null, read_clean = false,
         last_write_at = greatest(b.last_write_at, p_effect_at), read_due_at = p_read_at, due_at = null
   where b.request_key = any (keys);
  return coalesce(cardinality(keys), 0);
end $$;

-- Rows of one location whose read is due, never while a request is in flight. They are held back until p_hold, so that
-- a process that dies loses nothing. last_write_at comes back with the read: a write in between makes it void.
create function take_reads(p_shop text, p_limit int, p_hold timestamptz, p_now timestamptz)
returns table (inventory_item_id bigint, location_id bigint, last_write_at timestamptz) language plpgsql as $$
declare
  place bigint;
  chosen bigint[];
begin
  select b.location_id into place from book_row b
   where b.shop = p_shop and b.read_due_at <= p_now and b.request_key is null
   order by b.read_due_at limit 1;
  -- chosen once: a limit inside the update would be evaluated again for every row
  chosen := array(select s.inventory_item_id from book_row s
                   where s.shop = p_shop and s.location_id = place and s.read_due_at <= p_now
                     and s.request_key is null
                   order by s.read_due_at limit p_limit for update skip locked);
  return query
  update book_row b set read_due_at = p_hold
   where b.shop = p_shop and b.location_id = place and b.inventory_item_id = any (chosen)
  returning b.inventory_item_id, b.location_id, b.last_write_at;
end $$;

-- What a read has shown: the residual is what does not fit, as of the read (facts from after it are not in it). The
-- read may be judged later only if no known fact and no write of ours falls into its window; otherwise it is read again.
-- A read that a write has overtaken is dropped. Returns the rows it was applied to.
create function apply_reads(p_shop text, p_location bigint, p_items bigint[], p_on_hands bigint[],
                            p_last_writes timestamptz[], p_since timestamptz, p_until timestamptz,
                            p_sweep timestamptz, p_again timestamptz, p_later timestamptz, p_now timestamptz)
returns table (inventory_item_id bigint, residual bigint, clean boolean) language plpgsql as $$
begin
  perform from book_row b
   where b.shop = p_shop and b.location_id = p_location and b.inventory_item_id = any (p_items)
   order by b.inventory_item_id for update;
  perform close_exceptions('shopify_refused', array_agg(format('%s/%s/%s', p_shop, b.inventory_item_id, p_location)),
                           p_now)
     from book_row b
    where b.shop = p_shop and b.location_id = p_location and b.inventory_item_id = any (p_items)
      and b.refused is not null and not b.judged
   having count(*) > 0;
  return query
  update book_row b
     set residual = x.on_hand - b.written - (b.known - x.after),
         read_since = p_since, read_until = p_until, read_clean = x.is_clean, reread = false,
         read_due_at = case when x.is_clean then p_sweep when b.judged then p_later else p_again end,
         refused = case when b.judged then b.refused end,
         due_at = case when b.refused is null then p_now else coalesce(b.due_at, p_now) end
    from (select r.inventory_item_id as item, u.on_hand, u.last_write, f.after,
                 f.between = 0 and coalesce(r.last_write_at <= p_since, true) as is_clean
            from unnest(p_items, p_on_hands, p_last_writes) u(item, on_hand, last_write)
            join book_row r on r.shop = p_shop and r.location_id = p_location and r.inventory_item_id = u.item
           cross join lateral (
                 select coalesce(sum(s.on_hand_effect) filter (where s.at > p_until), 0)::bigint as after,
                        count(*) filter (where s.at <= p_until and s.on_hand_effect <> 0) as between
                   from stock_fact s
                  where s.shop = p_shop and s.inventory_item_id = u.item and s.location_id = p_location
                    and s.at > p_since) f) x
   where b.shop = p_shop and b.location_id = p_location and b.inventory_item_id = x.item
     and b.request_key is null and b.last_write_at is not distinct from x.last_write
  returning b.inventory_item_id, b.residual, b.read_clean;
end $$;

-- Rows that Shopify does not show at the location: nothing can be written before a person has stocked them there. They
-- are closed; the first read that shows them clears the refusal (apply_reads).
create function unreadable_rows(p_shop text, p_location bigint, p_items bigint[], p_reason text, p_again timestamptz,
                                p_now timestamptz)
returns void language plpgsql as $$
begin
  update book_row b set judged = false, refused = p_reason, read_due_at = p_again, due_at = null
   where b.shop = p_shop and b.location_id = p_location and b.inventory_item_id = any (p_items)
     and b.request_key is null;
  perform open_exceptions('shopify_refused', array_agg(format('%s/%s/%s', p_shop, i, p_location)),
                          array_agg(p_reason), p_now)
     from unnest(p_items) i having count(*) > 0;
end $$;

-- Mode observe: what would be sent is reported once per quantity.
create function observe_rows(p_shop text, p_location bigint, p_items bigint[], p_quantities bigint[],
                             p_change_froms bigint[], p_now timestamptz)
returns void language plpgsql as $$
begin
  insert into write_report (shop, cause, effect, outcome, inventory_item_id, location_id, quantity, change_from, at)
  select p_shop, format('%s/%s/%s', p_shop, u.i, p_location), 'stock', 'observed', u.i, p_location, u.q, u.f, p_now
    from unnest(p_items, p_quantities, p_change_froms) u(i, q, f);
  update book_row b set observed_quantity = u.q
    from unnest(p_items, p_quantities) u(i, q)
   where b.shop = p_shop and b.location_id = p_location and b.inventory_item_id = u.i;
end $$;
