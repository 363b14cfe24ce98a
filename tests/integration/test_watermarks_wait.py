# SPDX-License-Identifier: Apache-2.0
"""Watermarks that wait for order-state stay few, and none is in force before its records are applied.

Each poll brings one. If they piled up, a weekend of standing still would make every poll and every promise slower; if
thinning lost offsets, stock would be judged by what is not known yet.
"""
from datetime import datetime, timedelta, timezone

SHOP, GROUP, TOPIC = "waiting", "g", "order-updates"
START = datetime(2026, 11, 24, tzinfo=timezone.utc)


def record(db, second: int) -> None:
    """A watermark up to that second; all of it lies below the offset of the same number."""
    db.execute("select record_watermark(%s, %s, %s, array[%s], array[0], array[%s::bigint])",
               (SHOP, START + timedelta(seconds=second), GROUP, TOPIC, second))


def consume(db, until: int) -> None:
    db.execute("insert into consumer_offset (consumer_group, topic, partition, next_offset, updated_at) "
               "values (%s, %s, 0, %s, %s) on conflict (consumer_group, topic, partition) "
               "do update set next_offset = excluded.next_offset", (GROUP, TOPIC, until, START))


def in_force(db) -> float:
    row = db.execute("select through_at from shop_watermark_in_force where shop = %s", (SHOP,)).fetchone()
    return (row["through_at"] - START).total_seconds() if row else 0


def rows(db) -> int:
    return db.execute("select count(*) as n from shop_watermark where shop = %s", (SHOP,)).fetchone()["n"]


def test_standing_still_keeps_few_and_going_on_keeps_up(stack):
    """Breaks when the table grows with each poll, or when a step that was left out is missed afterwards."""
    db = stack.db
    record(db, 1)
    consume(db, 1)
    for second in range(20, 10_000, 20):
        record(db, second)
    assert in_force(db) == 1
    assert rows(db) < 250
    for second in range(10_000, 10_100):
        record(db, second)
        consume(db, second - 2)
    assert second - 2 - 300 < in_force(db) <= second - 2, "caught up, but for the lag and one gap"
    for second in range(10_100, 10_600):  # what is in force has caught up, so gaps are small again
        record(db, second)
        consume(db, second - 2)
        assert in_force(db) <= second - 2
    assert in_force(db) >= second - 2 - 10
    assert rows(db) < 10


def test_the_newest_watermark_asks_for_everything(stack):
    """Breaks when thinning drops the offsets of other topics with the row that carried them."""
    db = stack.db
    db.execute("delete from shop_watermark")
    consume(db, 0)
    topics = [f"topic-{n}" for n in range(20)]
    for n, topic in enumerate(topics):
        db.execute("select record_watermark(%s, %s, %s, array[%s], array[0], array[7::bigint])",
                   (SHOP, START + timedelta(seconds=n), GROUP, topic))
    newest = db.execute("select topics from shop_watermark where shop = %s order by through_at desc limit 1",
                        (SHOP,)).fetchone()
    assert newest["topics"] == sorted(topics)
    assert rows(db) < 5
