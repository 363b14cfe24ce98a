# SPDX-License-Identifier: Apache-2.0
"""What falls between two ways of finding things still arrives: before the first load, and while a publisher was down.

Searches lag: an order of the last seconds is in no search yet, and neither the load nor a poll that trusts the load
would ever show it.
"""
import re
import time

import pytest
from harness import wait_until

SHOP = "acme"
SEARCH_LAG_MS, REPLICA_LAG_MS = 10_000, 2_000


@pytest.fixture(scope="module")
def shop(stack):
    """A shop without webhooks whose search lags; two of its orders are younger than that when the load begins."""
    lags = f"[shop.{SHOP}]\nsearch_lag_ms = {SEARCH_LAG_MS}\nreplica_lag_ms = {REPLICA_LAG_MS}\n"
    text = re.sub(r"(?m)^(search_lag_ms|replica_lag_ms)\s*=.*\n", "", stack.config.read_text())
    stack.config.write_text(text.replace(f"[shop.{SHOP}]\n", lags))
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False, "search_lag_ms": SEARCH_LAG_MS - 2000})
    sandbox.post("seed", {"seed": 7, "products": 12, "orders": 3, "stock": 1000, "locations": [{"name": "Online"}]})
    sandbox.post("orders", {"count": 2})
    stack.first = {f"{SHOP}/{o['id']}" for o in sandbox.get("state")["orders"]}
    assert len(stack.first) == 5
    time.sleep(2.5)  # so that the second of the orders is over when the load begins
    stack.start("order-publisher")
    stack.updates = stack.start("order-update-publisher")
    return sandbox


def keys_in(stack, *topics: str) -> set:
    return {r.key for topic in topics for r in stack.consume(topic)}


def test_no_watermark_claims_what_searches_may_not_show(stack, shop):
    """Breaks when the first watermark is the moment of the load, whose search lagged as any does."""
    ends = time.monotonic() + 30
    looks = []
    while len(looks) < 20 and time.monotonic() < ends:
        rows = stack.rows("select extract(epoch from clock_timestamp() - max(through_at))::float + %s as behind "
                          "from shop_watermark where shop = %s", int(stack.clock_file.read_text()) / 1e6, SHOP)
        looks += [row["behind"] for row in rows if row["behind"] is not None]
        time.sleep(0.1)
    assert len(looks) == 20, "there are watermarks"
    assert min(looks) >= (SEARCH_LAG_MS + REPLICA_LAG_MS) / 1000


def test_orders_just_before_the_first_load_arrive(stack, shop):
    """Breaks when polls begin where the load began: what its search did not show yet is lost for ever."""
    wait_until(lambda: stack.first <= keys_in(stack, "orders"), 40, "the youngest orders in the topic")
    wait_until(lambda: stack.first <= keys_in(stack, "fulfillment-orders"), 40, "their fulfilment orders")


def ends_of(stack, topic: str) -> dict:
    ends: dict = {}
    for record in stack.consume(topic):
        ends[record.partition] = max(ends.get(record.partition, 0), record.offset + 1)
    return ends


def test_a_watermark_covers_what_a_former_owner_published(stack, shop):
    """Breaks when a restarted publisher goes on from the cursor it finds, and forgets the facts behind that cursor."""
    def newest() -> dict:
        return stack.rows("select * from shop_watermark where shop = %s order by through_at desc limit 1", SHOP)[0]

    held = newest()
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason) "
                     "values (%s, 'Order/1', 'infinity', %s, 'holds every watermark')", (SHOP, held["through_at"]))
    order = shop.get("state")["orders"][0]["id"]
    shop.post(f"orders/{order}/update", {"note": "published while no watermark was"})
    noted = wait_until(lambda: [r for r in stack.consume("order-updates") if r.json["order_id"] == order
                                and r.json["note"]], 30, "the change")[-1]
    changed = noted.json["updated_at"]
    wait_until(lambda: stack.rows("select from shop_cursor where stream = 'order-updates' "
                                  "and through_at > %s::timestamptz + interval '2 seconds'", changed), 40,
               "the cursor is so far behind the change that the new owner does not read it again")
    assert stack.updates.stop() == 0
    stack.db.execute("delete from hint where resource = 'Order/1'")
    stack.updates.start().wait_ready(60)
    wait_until(lambda: newest()["through_at"] > held["through_at"], 30, "a watermark of the new owner")
    mark = newest()
    covered = {(t, p): o for t, p, o in zip(mark["topics"], mark["partitions"], mark["next_offsets"], strict=True)}
    for topic in ("order-updates", "fulfillment-orders"):
        for partition, end in ends_of(stack, topic).items():
            assert covered.get((f"{stack.prefix}{topic}", partition), 0) >= end


def test_what_changed_in_a_long_absence_is_read_once(stack, shop):
    """Breaks when a fulfilment order that changed long ago is read again and again, as if replicas hid it."""
    assert stack.updates.stop() == 0
    count = 12
    ids = [o["id"] for o in shop.post("orders", {"count": count})["orders"]]
    wait_until(lambda: all(shop.get(f"orders/{i}")["fulfillment_orders"] for i in ids), 10, "their fulfilment orders")
    stack.move_clock(600)
    stack.updates.start().wait_ready(60)
    wait_until(lambda: {f"{SHOP}/{i}" for i in ids} <= keys_in(stack, "fulfillment-orders"), 40, "the absence's routes")
    time.sleep(8)  # ten rounds of half a second, and some more
    log = stack.updates.log.read_text(errors="replace")
    assert "a search shows changes that reads do not" not in log


def test_a_deletion_stays_one_whatever_comes_with_it(stack, shop):
    """Breaks when an update that is delivered late hides the deletion: what is gone would be sold for ever."""
    def reason_after(resource: str, *hints: list) -> str:
        for reasons in hints:
            stack.db.execute("select add_hints(array_fill(%s::text, array[n]), array_fill(%s::text, array[n]), "
                             "array_fill(timestamptz 'infinity', array[n]), array_fill(now(), array[n]), %s::text[], "
                             "array_fill(false, array[n])) from (select %s::int) x(n)",
                             (SHOP, resource, reasons, len(reasons)))
        return stack.rows("delete from hint where resource = %s returning reason", resource)[0]["reason"]

    create, update, delete = (f"webhook products/{act}" for act in ("create", "update", "delete"))
    assert reason_after("Product/7", [delete], [update]) == delete
    assert reason_after("Product/7", [create, delete, update]) == delete
    assert reason_after("Product/7", ["unreadable"], [update]) == "unreadable"
    assert reason_after("Product/7", ["unreadable"], [delete]) == delete
    assert reason_after("Product/7", [create], [update]) == update
