-- A parcel's number may be written on a fulfilment after it was first seen, or corrected. Whose it is is then asked of the
-- newest snapshot; the number it had when it was first seen would make a parcel's units leave twice, or not, by which of the
-- snapshots came first.

alter function fulfillment_owner(text, bigint, bigint, text[]) rename to owner_by_numbers;

-- Numbers of a fulfilment as its order shows it now; null: it does not (what the writer recorded is ahead of it).
create function shown_numbers(p_shop text, p_order bigint, p_fulfillment bigint) returns text[] language sql stable as $$
  select array(select jsonb_array_elements_text(f.tracking_numbers))
    from sales_order o
   cross join lateral jsonb_to_recordset(o.body->'fulfillments') f(fulfillment_id bigint, tracking_numbers jsonb)
   where o.shop = p_shop and o.order_id = p_order and f.fulfillment_id = p_fulfillment
$$;

-- p_tracking: what it had when it was first seen.
create function fulfillment_owner(p_shop text, p_order bigint, p_fulfillment bigint, p_tracking text[])
returns table (yes boolean, waiting boolean) language sql stable as $$
  select o.yes, o.waiting
    from owner_by_numbers(p_shop, p_order, p_fulfillment,
                          coalesce(shown_numbers(p_shop, p_order, p_fulfillment), p_tracking)) o
$$;
