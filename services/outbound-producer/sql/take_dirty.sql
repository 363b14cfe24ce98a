-- Takes items whose promise must be computed again. The next statement computes them: only it sees all that the marks
-- stand for. A mark set meanwhile waits for our transaction and stays.
--   $1  how many at most
delete from dirty_item d
 using (select item_id from dirty_item order by item_id limit $1::bigint for update skip locked) t
 where d.item_id = t.item_id
returning d.item_id, d.reason, d.since
