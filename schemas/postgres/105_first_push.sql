-- The brake of a channel's first push. What Shopify shows before our first write is what people sold by until today; a
-- wrong feed, a missing facility or a unit of measure would overwrite all of it at once. So a channel's rows are held
-- until all that would change has been weighed: little is let through, much waits until a person releases it.

create table first_push (
  shop        text not null,
  location_id bigint not null,
  state       text not null default 'waiting' check (state in ('waiting', 'braked', 'over')),
  n_rows      bigint not null default 0,    -- rows that could be written, as last weighed
  n_waiting   bigint not null default 0,    -- of these, not yet read and judged
  n_changed   bigint not null default 0,    -- would change
  n_zeroed    bigint not null default 0,    -- would change to nothing left to sell
  weighed_at  timestamptz,
  primary key (shop, location_id)
);
comment on table first_push is 'Taken after book rows, before exceptions.';

-- Channels that have been written to are past it.
insert into first_push (shop, location_id, state)
select distinct b.shop, b.location_id, 'over' from book_row b where b.last_write_at is not null;

do $$
begin
  create role millrace_shopify_writer nologin;
exception when duplicate_object or unique_violation then
  null;
end $$;
do $$
begin
  create role millrace_reader nologin;
exception when duplicate_object or unique_violation then
  null;
end $$;
grant select, insert, update on first_push to millrace_shopify_writer;
grant select on first_push to millrace_reader;

-- As before, and it says of each row whether it is held by the brake. The share lock makes a weighing that lets the
-- channel through wait for us: it then finds what we have held, or we find that nothing is held any more.
drop function decide_rows(text, int, timestamptz);
create function decide_rows(p_shop text, p_limit int, p_now timestamptz)
returns table (inventory_item_id bigint, location_id bigint, quantity bigint, change_from bigint, attempts int,
               observed bigint, held boolean)
language plpgsql as $$
declare
  items bigint[];
  locations bigint[];
  stopped bigint[];
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
  insert into first_push (shop, location_id)
  select distinct p_shop, l from unnest(locations) l
   where not exists (select from first_push f where f.shop = p_shop and f.location_id = l)
   order by l
  on conflict do nothing;
  stopped := array(select f.location_id from first_push f
                    where f.shop = p_shop and f.location_id = any (locations) and f.state <> 'over'
                    order by f.location_id for share);
  return query
  select w.inventory_item_id, w.location_id, w.quantity, w.change_from, w.attempts, w.observed_quantity,
         w.location_id = any (stopped)
    from book_want w join unnest(items, locations) u(i, l) on w.inventory_item_id = u.i and w.location_id = u.l
   where w.shop = p_shop and w.wanted
   order by w.location_id, w.inventory_item_id;
end $$;

-- As before, and what the first push is weighed by: in one scan, for a join of the view with its own table is planned as a
-- loop in a loop while statistics are young.
create or replace view book_want as
select b.shop, b.inventory_item_id, b.location_id, b.attempts, b.observed_quantity, w.level, q.quantity, q.change_from,
       b.record_level_min is not null and b.judged and not b.reread and b.request_key is null
         and q.quantity <> q.change_from as wanted,
       b.read_until is not null and b.read_clean and b.request_key is null
         and coalesce(b.record_watermark >= b.read_until, false) as judgeable,
       b.record_level_min is not null and b.refused is null as writable, b.judged, b.record_promise as promise
  from book_row b
 cross join lateral (select greatest(b.record_level_min, least(b.written, b.record_level_max)) as level) w
 cross join lateral (select greatest(0, w.level + b.known + b.residual) as quantity,
                            b.written + b.known + b.residual as change_from) q;

-- What the first push of a channel would do to its rows. Rows that Shopify refuses are not counted: nothing happens to
-- them. Rows that were not read and judged yet may change or not.
create function first_push_figures(p_shop text, p_location bigint, out n_rows bigint, out n_waiting bigint,
                                   out n_changed bigint, out n_zeroed bigint) language sql stable as $$
  select count(*), count(*) filter (where not w.judged), count(*) filter (where w.wanted),
         count(*) filter (where w.wanted and w.promise <= 0 and w.quantity < w.change_from)
    from book_want w where w.shop = p_shop and w.location_id = p_location and w.writable
$$;

-- A channel is let through when a person has said so, when it has so few rows that he would not look, or when little
-- would change even if every row that waits did. It is stopped when much would change and nearly all of it is known; once
-- stopped only a person lets it through. Else it waits for more to be known.
create function first_push_verdict(p_before text, p_released boolean, n_rows bigint, n_waiting bigint, n_changed bigint,
                                   n_zeroed bigint, p_few bigint, p_changed bigint, p_zeroed bigint)
returns text language sql immutable as $$
  select case
    when n_rows = 0 then p_before
    when p_released then 'over'
    when p_before = 'braked' then 'braked'
    when n_rows <= p_few then 'over'
    when (n_changed + n_waiting) * 100 <= p_changed * n_rows and (n_zeroed + n_waiting) * 100 <= p_zeroed * n_rows
      then 'over'
    when n_waiting * 10 <= n_rows and (n_changed * 100 > p_changed * n_rows or n_zeroed * 100 > p_zeroed * n_rows)
      then 'braked'
    else 'waiting' end
$$;

-- Weighs the channels of a shop whose first push is not over, and returns them. p_few: rows of a channel that is never
-- stopped; p_changed, p_zeroed: percent of the rows that may change, and change to nothing left to sell. Rows that were
-- held are due at once when their channel is let through; those that somebody has locked just now are being decided
-- about, and whoever does that finds that nothing is held any more.
create function weigh_first_push(p_shop text, p_released boolean, p_few bigint, p_changed bigint, p_zeroed bigint,
                                 p_now timestamptz)
returns table (location_id bigint, before text, state text, n_rows bigint, n_waiting bigint, n_changed bigint,
               n_zeroed bigint) language plpgsql as $$
declare
  f first_push;
  x record;
  v_state text;
  held bigint[];
begin
  for f in
    select * from first_push p where p.shop = p_shop and p.state <> 'over' order by p.location_id for update
  loop
    select * into x from first_push_figures(p_shop, f.location_id);
    v_state := first_push_verdict(f.state, p_released, x.n_rows, x.n_waiting, x.n_changed, x.n_zeroed, p_few,
                                  p_changed, p_zeroed);
    update first_push p
       set state = v_state, n_rows = x.n_rows, n_waiting = x.n_waiting, n_changed = x.n_changed, n_zeroed = x.n_zeroed,
           weighed_at = p_now
     where p.shop = p_shop and p.location_id = f.location_id;
    if v_state = 'over' then
      held := array(select h.inventory_item_id from book_row h
                     where h.shop = p_shop and h.location_id = f.location_id and h.observed_quantity is not null
                     for update skip locked);
      update book_row b set due_at = p_now, observed_quantity = null
       where b.shop = p_shop and b.location_id = f.location_id and b.inventory_item_id = any (held);
      perform close_exceptions('first_push', array[format('%s/%s', p_shop, f.location_id)], p_now);
    elsif v_state = 'braked' and (f.state, f.n_rows, f.n_waiting, f.n_changed, f.n_zeroed)
                                   is distinct from ('braked', x.n_rows, x.n_waiting, x.n_changed, x.n_zeroed) then
      perform open_exceptions('first_push', array[format('%s/%s', p_shop, f.location_id)], array[format(
                '%s of %s rows would change, %s of them to nothing left to sell; nothing is written to this location. '
                'If that is right, set first_push = released in section [shop.%s] and restart shopify-writer',
                x.n_changed, x.n_rows, x.n_zeroed, p_shop)], p_now);
    end if;
    return query select f.location_id, f.state, v_state, x.n_rows, x.n_waiting, x.n_changed, x.n_zeroed;
  end loop;
end $$;
