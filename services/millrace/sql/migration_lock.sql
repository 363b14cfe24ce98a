-- One migration at a time, until the transaction ends. The number is first/schema_migration.sql's.
select pg_advisory_xact_lock(7240011223)
