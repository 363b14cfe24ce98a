-- Runs before anything is prepared: the table that remembers what was applied. Two that come at once take turns.
select pg_advisory_xact_lock(7240011223);
create table if not exists schema_migration (
  version    int primary key,
  name       text not null,
  checksum   text not null,
  applied_at timestamptz not null
);
