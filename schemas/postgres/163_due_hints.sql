-- The hints of a shop that are due are found without looking at all of them, the longest due first.
create index hint_due_of_shop on hint (due_at, shop, resource);
drop index hint_due;
