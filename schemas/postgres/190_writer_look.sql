-- What an idle writer asks several times a second touches the beginnings of four indexes. A mere "exists" does not: it
-- is planned as a scan of the table when much was pending at the last analysis, and that plan is kept.
create or replace function writer_work(p_shop text, p_oldest timestamptz, p_now timestamptz,
                                       out old boolean, out repeats boolean, out parcels boolean, out rows boolean,
                                       out reads boolean)
language plpgsql stable as $$
begin
  repeats := coalesce((select true from stock_request s
                        where s.shop = p_shop and s.answered_at is null and s.due_at <= p_now
                        order by s.due_at limit 1), false);
  old := repeats and exists (select from stock_request s
                              where s.shop = p_shop and s.answered_at is null and s.created_at < p_oldest
                                and s.due_at <= p_now);
  parcels := coalesce((select true from parcel_write p
                        where p.shop = p_shop and p.state in ('wanted', 'intent') and p.due_at <= p_now
                        order by p.due_at limit 1), false);
  rows := coalesce((select true from book_row b
                     where b.shop = p_shop and b.due_at <= p_now and b.request_key is null
                     order by b.due_at limit 1), false);
  reads := coalesce((select true from book_row b
                      where b.shop = p_shop and b.read_due_at <= p_now and b.request_key is null
                      order by b.read_due_at limit 1), false);
end $$;
