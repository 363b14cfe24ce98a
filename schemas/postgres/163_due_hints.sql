-- The hints of a shop that are due are found without looking at all of them.
create index hint_due_of_shop on hint (shop, due_at, resource);
drop index hint_due;
