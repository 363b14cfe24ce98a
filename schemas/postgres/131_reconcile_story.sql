-- A webhook's body brings an order up to date but for what only a read shows: payments, the state of returns, whether it was
-- edited. Where no poll reads it after that, nothing else would tell that they are old; so they are among the words.

create or replace function reconcile_ours(p_shop text, p_kind text, p_ids bigint[], p_whole boolean)
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
