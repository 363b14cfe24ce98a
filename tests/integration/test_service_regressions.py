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


def say_atp(stack, item: int, version: int, gone: bool = False) -> None:
    key = f"acme/{item}/1"
    stack.produce("atp", key, None if gone else promise(item, version), {"ce_id": f"atp/{key}@{version}"})


def levels(stack) -> list:
    """(item, newest version) of the rows that are ours to write."""
    return [(r["i"], r["version"]) for r in stack.rows(
        "select inventory_item_id i, record_version version from book_row where record_level_min is not null order by 1")]


def test_the_newest_word_on_a_row_counts_whether_it_is_a_promise_or_its_end(stack):
    """A row that is no longer ours would be written again, or a tombstone that comes again would end a live row for ever."""
    for item, gone, versions in ((71, {6}, (5, 6)), (72, {6}, (5, 6, 7)), (73, {6}, (7, 6)), (74, {6}, (6, 5)),
                                 (75, set(), (5,))):
        for version in versions:
            say_atp(stack, item, version, version in gone)
    stack.start("shopify-writer", options={"shopify-writer.sweep_interval_ms": 86_400_000})
    wait_until(lambda: (75, 5) in levels(stack), 30, "the batch applied")
    assert levels(stack) == [(72, 7), (73, 7), (75, 5)]
    for item, version, gone in ((72, 6, True), (75, 6, True), (75, 5, False), (76, 1, False)):
        say_atp(stack, item, version, gone)             # another batch: what Postgres holds decides
    wait_until(lambda: (76, 1) in levels(stack), 30, "the second batch applied")
    assert levels(stack) == [(72, 7), (73, 7), (76, 1)]


def expire(shop, key, at: float) -> int:
    return shop.one("select expire_requests(%s, %s, %s, %s, %s, %s) n", shop.shop, shop.moment(1000), key,
                    *[shop.moment(at)] * 3)["n"]


def test_a_request_whose_repeat_is_in_the_air_is_not_closed(stack):
    """Its effect would fall into the very read that opens the row again, and count as somebody else's."""
    shop = SqlShop(stack.db, "expire")
    key = "00000000-0000-4000-8000-000000000001"
    shop.db.execute("insert into book_row (shop, inventory_item_id, location_id) values ('expire', 1, 1)")
    shop.db.execute("select hold_request(%s, 'expire', 1, '{}', '{1}', '{5}', '{3}', 'w', %s, %s)",
                    (key, shop.moment(2030), shop.moment(0)))
    work = "select old from writer_work('expire', %s, %s)"
    assert not shop.one(work, shop.moment(1000), shop.moment(2000))["old"]
    assert expire(shop, None, 2000) == 0
    assert shop.one(work, shop.moment(1000), shop.moment(2030))["old"]
    assert expire(shop, None, 2030) == 1
    shop.db.execute("select hold_request('00000000-0000-4000-8000-000000000002', 'expire', 1, '{}', '{1}', '{5}', '{3}',"
                    " 'w', %s, %s)", (shop.moment(2090), shop.moment(2031)))
    assert expire(shop, "00000000-0000-4000-8000-000000000002", 2040) == 1, "its answer is here: it is not in the air"


def test_a_late_answer_does_not_end_the_intent_that_came_after_it(stack):
    """The parcel would be wanted again while its call is in the air: two fulfilments."""
    shop = SqlShop(stack.db, "late")
    shop.order(500, 3600, [line(5001, shop.sku(), 1, 1)])
    news = "select * from apply_parcels('{late}', '{500}', '{wms/1}', %s, '{1}', %s)"
    wanted = ['{"parcel":"wms/1","lines":[{"line_id":5001,"quantity":1}]}'], shop.moment(10)
    assert shop.one(news, *wanted) == {"apply_parcels": 1}
    assert shop.one(news, *wanted) is None, "what came again is not news"

    def state() -> dict:
        return shop.one("select state, attempts from parcel_write where shop = 'late'")

    def take(at: float) -> list:
        return shop.db.execute("select attempts from take_parcels('late', 9, %s, %s)",
                               (shop.moment(at + 9), shop.moment(at))).fetchall()

    def intend(at: float) -> None:
        assert shop.one("select intend_parcel('late', 500, 'wms/1', %s, '{}', '{}', '{}', 'w', %s, %s, %s) ok",
                        state()["attempts"], shop.moment(at + 5), shop.moment(at + 1), shop.moment(at))["ok"]

    def release(attempts: int, at: float) -> None:
        shop.db.execute("select release_parcel('late', 500, 'wms/1', %s, 'w', %s, null, false, false, 'why', %s)",
                        (attempts, shop.moment(at), shop.moment(at)))
    assert [r["attempts"] for r in take(20)] == [0]
    intend(20)
    assert take(23) == [], "due, but its claim is not over"
    assert [r["attempts"] for r in take(26)] == [1]
    intend(26)
    release(1, 27)
    assert state() == {"state": "intent", "attempts": 2}
    release(2, 27)
    assert state()["state"] == "wanted"


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
