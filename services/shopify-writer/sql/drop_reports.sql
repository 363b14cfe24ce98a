-- Kafka has these reports.
--   $1 ids
delete from write_report where report_id = any ($1::bigint[])
