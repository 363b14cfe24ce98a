-- What was applied to this database.
select version, name, checksum from schema_migration order by version
