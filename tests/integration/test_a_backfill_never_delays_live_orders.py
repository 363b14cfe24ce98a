# SPDX-License-Identifier: Apache-2.0
"""While the past is read from a small bucket, what happens now arrives as soon as ever.

Otherwise a person who asks for last month's orders, or a new shop with two years of them, holds up today's: they would be
routed minutes late, all day long.
"""
import time
from datetime import datetime, timedelta, timezone

import pytest
from harness import wait_until

SHOP = "acme"
PAST, LIVE = 900, 8
LAG = {"shop.acme.search_lag_ms": 1000, "shop.acme.replica_lag_ms": 200}
BUCKET = {"bucket_maximum": 2000, "bucket_restore_rate": 100}  # the smallest that Shopify gives
MORE_S = 6.0


@pytest.fixture(scope="module")
def shop(stack):
    """Many orders that are all read, and nobody who tells of new ones: only polls do."""
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False, **BUCKET})
    sandbox.post("seed", {"seed": 5, "products": 3, "orders": PAST, "stock": 10000, "locations": [{"name": "Online"}]})
    stack.publishers = [stack.start(name, options=LAG) for name in ("order-publisher", "order-update-publisher")]
    wait_until(lambda: len({r.key for r in stack.consume("fulfillment-orders")}) == PAST, 120, "all orders")
    return sandbox


def seconds_until(shop, has_arrived) -> float:
    """How long a new order takes."""
    began = time.monotonic()
    order = shop.post("orders", {"count": 1})["orders"][0]
    wait_until(lambda: has_arrived(f"{SHOP}/{order['id']}"), 60, "the new order")
    return time.monotonic() - began


def test_while_the_past_is_read_again(stack, shop):
    """Breaks when what the backfill may not spend stops the polls, or they wait until its slice is read."""
    def is_routed(key: str) -> bool:
        return any(r.json["fulfillment_orders"] for r in stack.consume("fulfillment-orders") if r.key == key)

    def is_done() -> bool:
        return not stack.rows("select from refetch_request where shop = %s and done_at is null", SHOP)

    alone = [seconds_until(shop, is_routed) for _ in range(LIVE)]
    since = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stack.cli("refetch", "order", "--since", since)
    wait_until(lambda: any("refetch" in r.json["reason"] for r in stack.consume("order-updates")), 60, "the past is read")
    beside = [seconds_until(shop, is_routed) for _ in range(LIVE)]
    assert not is_done(), "there was no backfill to speak of"
    assert max(beside) < max(alone) + MORE_S, (alone, beside)
    wait_until(is_done, 200, "the past is read all the same")


def test_while_a_first_load_reads_what_its_file_does_not_show(stack, shop):
    """Breaks when polls wait for the last of the orders that have to be read by their ids: two years of parcels."""
    def is_known(key: str) -> bool:
        return any(r.key == key for r in stack.consume("orders"))

    def is_loading() -> bool:
        return stack.rows("select bulk_state from shop_cursor where stream = 'orders'") == [{"bulk_state": "running"}]

    assert [publisher.stop() for publisher in stack.publishers] == [0, 0]
    shop.post("orders", {"count": PAST, "fulfilled": True, "created_at": "2026-11-01T10:00:00Z"})
    shop.post("faults", {"match": {"operation": "OrdersByIds"}, "action": "delay", "delay_ms": 1500, "probability": 1})
    stack.db.execute("update shop_cursor set bulk_state = 'none' where stream = 'orders'")
    process = stack.start("order-publisher", options={**LAG, "shop.acme.history_since": "2026-01-01T00:00:00Z"})
    wait_until(lambda: stack.rows("select from shop_cursor where stream = 'orders' and bulk_produced > %s", PAST), 90,
               "the file is published, and some of what it does not show")
    taken = [seconds_until(shop, is_known) for _ in range(3)]
    assert is_loading(), "there was no load to speak of"
    assert max(taken) < MORE_S, taken
    shop._http.delete("/control/faults")
    wait_until(lambda: not is_loading(), 90, "the load ends all the same")
    assert {r.key for r in stack.consume("orders")} == {f"{SHOP}/{o['id']}" for o in shop.get("state")["orders"]}
    assert process.stop() == 0
