-- What changed in a product, field by field: a function of the versions that were seen, whatever order they came in.
--
-- The chain of a product is its row in product (the newest) and its rows in product_version, ordered by updated_at,
-- observed_at and the hash of the body. Every version but the lowest has in product_change what differs from the one below.

create function metafield_name(p_metafield jsonb) returns text language sql immutable as $$
  select 'metafields/' || (p_metafield->>'namespace') || '.' || (p_metafield->>'key')
$$;

-- Fields of a product itself, each by its name; lists by their members.
create function product_fields(p_body jsonb) returns table (field text, value jsonb) language sql immutable as $$
  select e.key, e.value
    from jsonb_each(p_body - '{variants,media,metafields,options,shop,product_id,updated_at,observed_at}'::text[]) e
  union all
  select 'options/' || (o->>'id'), o - 'id' from jsonb_array_elements(p_body->'options') o
  union all
  select 'media/' || (m->>'id'), m - 'id' from jsonb_array_elements(p_body->'media') m
  union all
  select 'media', coalesce(jsonb_agg(m->'id' order by n), '[]')
    from jsonb_array_elements(p_body->'media') with ordinality a(m, n)
  union all
  select metafield_name(m), m->'value' from jsonb_array_elements(p_body->'metafields') m
$$;

create function variant_fields(p_variant jsonb) returns table (field text, value jsonb) language sql immutable as $$
  select e.key, e.value from jsonb_each(p_variant - '{metafields,variant_id,updated_at}'::text[]) e
  union all
  select metafield_name(m), m->'value' from jsonb_array_elements(p_variant->'metafields') m
$$;

-- What is different in b. A deletion changes nothing but that.
create function product_difference(a jsonb, b jsonb)
returns table (variant_id bigint, field text, old jsonb, new jsonb) language sql immutable as $$
  with before as materialized (select (v->>'variant_id')::bigint as id, v from jsonb_array_elements(a->'variants') v),
       after as materialized (select (v->>'variant_id')::bigint as id, v from jsonb_array_elements(b->'variants') v),
       difference as (
  select 0::bigint as variant_id, field, x.value as old, y.value as new
    from product_fields(a) x full join product_fields(b) y using (field)
   where x.value is distinct from y.value and (field = 'deleted_at' or b->>'deleted_at' is null)
  union all
  select id, 'variant', x.v, y.v
    from before x full join after y using (id)
   where (x.v is null or y.v is null) and b->>'deleted_at' is null
  union all
  select id, f.field, f.old, f.new
    from before x join after y using (id)
   cross join lateral (
         select field, i.value as old, j.value as new
           from variant_fields(x.v) i full join variant_fields(y.v) j using (field)
          where i.value is distinct from j.value) f
   where x.v - 'updated_at' <> y.v - 'updated_at' and b->>'deleted_at' is null)
  select d.variant_id, d.field, nullif(d.old, 'null'), nullif(d.new, 'null') from difference d
$$;

-- Versions that were seen, aligned arrays: each takes its place in the chain of its product, and what differs from its
-- neighbours is written. p_bodies: null for the one that has just become the product's row.
-- Bounded: of versions below the present one the newest p_keep stay, and what changed within them.
-- Returns the products in which an earlier version was new: what was decided without it has to be looked at again.
create function record_versions(p_shops text[], p_products bigint[], p_updated timestamptz[], p_observed timestamptz[],
                                p_hashes text[], p_bodies text[], p_keep bigint)
returns table (shop text, product_id bigint) language plpgsql set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  v_late_shops text[];
  v_late_products bigint[];
  v_late_keys text[];
begin
  with late as (
    insert into product_version (shop, product_id, updated_at, observed_at, body_hash, body)
    select u.shop, u.product_id, u.updated_at, u.observed_at, u.hash, u.body::jsonb
      from unnest(p_shops, p_products, p_updated, p_observed, p_hashes, p_bodies)
           u(shop, product_id, updated_at, observed_at, hash, body)
     where u.body is not null
     order by u.shop, u.product_id
    on conflict do nothing
    returning shop, product_id, body_hash
  )
  select array_agg(l.shop), array_agg(l.product_id), array_agg(l.body_hash) into v_late_shops, v_late_products, v_late_keys
    from late l;
  perform rewrite_changes(v_late_shops || t.shops, v_late_products || t.products, v_late_keys || t.hashes)
     from (select array_agg(u.shop) as shops, array_agg(u.product_id) as products, array_agg(u.hash) as hashes
             from unnest(p_shops, p_products, p_hashes, p_bodies) u(shop, product_id, hash, body)
            where u.body is null) t;
  perform forget_versions(p_shops, p_products, p_keep);
  return query select distinct u.shop, u.product_id from unnest(v_late_shops, v_late_products) u(shop, product_id);
end $$;

-- The versions named have just entered the chain: the changes of each, and of the one above it, are written anew.
create function rewrite_changes(p_shops text[], p_products bigint[], p_hashes text[]) returns void language plpgsql
as $$
declare
  t record;
begin
  select array_agg(c.shop) as shops, array_agg(c.product_id) as products, array_agg(c.updated_at) as updated,
         array_agg(c.observed_at) as observed, array_agg(c.body_hash) as hashes, array_agg(c.below_updated) as below_updated,
         array_agg(c.below_observed) as below_observed, array_agg(c.below_hash) as below_hashes
    into t
    from version_chains(p_shops, p_products) c
   where exists (select from unnest(p_shops, p_products, p_hashes) u(shop, product_id, hash)
                  where u.shop = c.shop and u.product_id = c.product_id and u.hash in (c.body_hash, c.below_hash));

  delete from product_change x
   using unnest(t.shops, t.products, t.updated, t.observed, t.hashes) u(shop, product_id, updated_at, observed_at, hash)
   where x.shop = u.shop and x.product_id = u.product_id and x.at = u.updated_at and x.observed_at = u.observed_at
     and x.body_hash = u.hash;
  insert into product_change (shop, product_id, at, observed_at, body_hash, variant_id, field, old, new)
  select u.shop, u.product_id, u.updated_at, u.observed_at, u.hash, d.variant_id, d.field, d.old, d.new
    from unnest(t.shops, t.products, t.updated, t.observed, t.hashes, t.below_updated, t.below_observed, t.below_hashes)
         u(shop, product_id, updated_at, observed_at, hash, below_updated, below_observed, below_hash)
   cross join lateral (
         select version_body(u.shop, u.product_id, u.below_updated, u.below_observed, u.below_hash) as before,
                version_body(u.shop, u.product_id, u.updated_at, u.observed_at, u.hash) as after
         offset 0) b                        -- offset 0: each is fetched once
   cross join lateral product_difference(b.before, b.after) d
   where u.below_hash is not null
   order by u.shop, u.product_id;
end $$;

-- The versions of products, each with the one below it.
create function version_chains(p_shops text[], p_products bigint[])
returns table (shop text, product_id bigint, updated_at timestamptz, observed_at timestamptz, body_hash text,
               below_updated timestamptz, below_observed timestamptz, below_hash text) language sql stable as $$
  with asked as (select distinct * from unnest(p_shops, p_products) u(shop, product_id)),
       chain as (
  select v.shop, v.product_id, v.updated_at, v.observed_at, v.body_hash
    from asked a join product_version v on v.shop = a.shop and v.product_id = a.product_id
  union all
  select p.shop, p.product_id, p.updated_at, p.observed_at, p.body_hash collate "C"
    from asked a join product p on p.shop = a.shop and p.product_id = a.product_id)
  select c.shop, c.product_id, c.updated_at, c.observed_at, c.body_hash, lag(c.updated_at) over w, lag(c.observed_at) over w,
         lag(c.body_hash) over w
    from chain c
  window w as (partition by c.shop, c.product_id order by c.updated_at, c.observed_at, c.body_hash collate "C")
$$;

create function version_body(p_shop text, p_product bigint, p_updated timestamptz, p_observed timestamptz, p_hash text)
returns jsonb language sql stable as $$
  select coalesce(
    (select v.body from product_version v
      where v.shop = p_shop and v.product_id = p_product and v.updated_at = p_updated and v.observed_at = p_observed
        and v.body_hash = p_hash),
    (select p.body from product p where p.shop = p_shop and p.product_id = p_product))
$$;

-- Of each product the newest versions stay; the lowest of them has none below it, so nothing is said to have changed.
create function forget_versions(p_shops text[], p_products bigint[], p_keep bigint) returns void language plpgsql as $$
begin
  with old as (
    delete from product_version v
     using (select x.shop, x.product_id, x.updated_at, x.observed_at, x.body_hash
              from (select distinct * from unnest(p_shops, p_products)) d(shop, product_id)
             cross join lateral (
                   select y.* from product_version y
                    where y.shop = d.shop and y.product_id = d.product_id
                    order by y.updated_at desc, y.observed_at desc, y.body_hash desc offset p_keep) x) o
     where v.shop = o.shop and v.product_id = o.product_id and v.updated_at = o.updated_at
       and v.observed_at = o.observed_at and v.body_hash = o.body_hash
    returning v.shop, v.product_id
  ),
  lowest as (
    select l.* from (select distinct shop, product_id from old) d
     cross join lateral (
           select y.shop, y.product_id, y.updated_at, y.observed_at, y.body_hash from product_version y
            where y.shop = d.shop and y.product_id = d.product_id
            order by y.updated_at desc, y.observed_at desc, y.body_hash desc offset p_keep - 1 limit 1) l
  )
  delete from product_change c using lowest l
   where c.shop = l.shop and c.product_id = l.product_id
     and (c.at, c.observed_at, c.body_hash) <= (l.updated_at, l.observed_at, l.body_hash);
end $$;
