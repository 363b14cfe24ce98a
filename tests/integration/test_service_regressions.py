# SPDX-License-Identifier: Apache-2.0
"""What once went wrong between a service and the others, on the real parts: if one fails, an old mistake is back."""
import psycopg
from harness import wait_until
from sql_shop import SqlShop, line, stamp

WAITS = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def promise(item: int, version: int) -> dict:
    terms = ("usable", "shortage", "unallocated", "net", "threshold", "committed_min", "committed_max", "known")
    return {"shop": "acme", "inventory_item_id": item, "location_id": 1, "item": "sku:A", "version": version,
            "promise": 5, "atp": 5, "level_min": 5, "level_max": 5, "watermark": None,
            "terms": dict.fromkeys(terms, 0), "reason": "test", "computed_at": stamp(0)}


def test_a_tombstone_ends_what_its_batch_said_before_and_not_what_it_says_after(stack):
    """A row that is no longer ours would be written again, or one that came back never."""
    for item, values in ((71, (promise(71, 5), None)), (72, (promise(72, 5), None, promise(72, 6)))):
        for value in values:
            stack.produce("atp", f"acme/{item}/1", value)
    stack.start("shopify-writer", options={"shopify-writer.sweep_interval_ms": 86_400_000})
    wait_until(lambda: stack.rows("select 1 from book_row where inventory_item_id = 72"), 30, "the batch applied")
    rows = stack.rows("select inventory_item_id i, record_level_min level from book_row order by 1")
    assert [(r["i"], r["level"]) for r in rows if r["level"] is not None] == [(72, 5)]


def test_the_producer_waits_for_nobody_who_changes_what_it_has_published(stack):
    """Against order-state, which changes both in its own order, marking what was published would dead-lock."""
    shop = SqlShop(stack.db, "marks")
    queue = "select enqueue_outbox(%s, '{marks/500}', 'test', %s)"
    shop.order(500, 3600, [line(5001, shop.sku(), 1, 1)])
    for topic in ("allocations", "fulfillments"):
        shop.db.execute(queue, (topic, shop.now))
    with psycopg.connect(stack.postgres_url) as mine:
        mine.execute(queue, ("allocations", shop.now))
        stack.start("outbound-producer")
        published = "select 1 from outbox where topic = 'fulfillments' and version = published_version"
        wait_until(lambda: stack.rows(published), 30, "the other topic published")
        assert not stack.rows(WAITS)
        mine.execute(queue, ("fulfillments", shop.now))
    wait_until(lambda: not stack.rows("select 1 from outbox where version > published_version"), 30, "both published")
