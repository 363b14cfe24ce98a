-- First snapshots are read by one kept plan: a function in plain SQL is parsed and planned anew in every transaction, which
-- for batches of a few orders was a fifth of what they cost. Its text (150) stays as it is.
do $$
begin
  execute format('create or replace function read_new_orders(p_records order_record[]) returns new_order[] '
                 'language plpgsql stable as %L',
                 'begin return (' || (select p.prosrc from pg_proc p where p.oid = 'read_new_orders'::regproc) || '); end');
end $$;
