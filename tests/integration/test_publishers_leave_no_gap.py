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
        rows = stack.rows("select extract(epoch from clock_timestamp() - max(through_at))::float as behind "
                          "from shop_watermark where shop = %s", SHOP)
        looks += [row["behind"] for row in rows if row["behind"] is not None]
        time.sleep(0.1)
    assert len(looks) == 20, "there are watermarks"
    assert min(looks) >= (SEARCH_LAG_MS + REPLICA_LAG_MS) / 1000


def test_orders_just_before_the_first_load_arrive(stack, shop):
    """Breaks when polls begin where the load began: what its search did not show yet is lost for ever."""
    wanted = {f"{SHOP}/{o['id']}" for o in shop.get("state")["orders"]}
    assert len(wanted) == 5
    wait_until(lambda: wanted <= keys_in(stack, "orders"), 40, "the youngest orders in the topic")
    wait_until(lambda: wanted <= keys_in(stack, "fulfillment-orders"), 40, "their fulfilment orders")
