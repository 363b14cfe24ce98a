-- Is there anything to do? Asked many times a second when nothing is, so it touches the beginnings of four indexes.
select exists (select from dirty_item),
       exists (select from atp where version > published_version),
       exists (select from outbox where version > published_version),
       exists (select from fulfillment_request where version > published_version)
