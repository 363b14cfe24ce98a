# SPDX-License-Identifier: Apache-2.0
"""Whatever failed to tell us, one cycle of the reconciler after everything runs again nothing differs from Shopify.

If this fails, a subscription that Shopify dropped, webhooks that were lost or a publisher that stood still leave a hole
that lasts until somebody happens to touch the same order again.
"""
import time

import pytest
from harness import wait_until
from lively_shop import LivelyShop, PUBLISHERS, SHOP
from test_a_lively_shop_is_mirrored import TOPICS

CYCLE_S = 60                      # what "one cycle" is: the default of reconciler.cycle_ms
STEPS = 200
SLOW = {f"shop.{SHOP}.poll_interval_ms": 600_000}     # longer than the test: polls close no hole here


@pytest.fixture(scope="module")
def shop(stack):
    """Polling is slow; what webhooks do not tell, only the reconciler can find, and its full sweep never runs."""
    return LivelyShop(stack, SLOW, {"reconciler.cycle_ms": 5000})


@pytest.fixture(autouse=True)
def nothing_is_left(shop):
    yield
    shop.sandbox._http.delete("/control/faults")


def closed_within_a_cycle(shop, what: str) -> float:
    """From this moment on everything runs; returns how long it took until nothing differed."""
    began = time.monotonic()
    shop.equal_within(CYCLE_S, what)
    took = time.monotonic() - began
    shop.quiet()
    return took


def test_ten_percent_of_webhooks_are_lost(stack, shop):
    shop.sandbox.post("faults", [{"match": {"topic": topic}, "action": "lose", "probability": 0.1, "seed": n}
                                 for n, topic in enumerate(TOPICS)])
    shop.live(STEPS)
    lost = shop.sandbox.get("webhooks", status="lost")["deliveries"]
    assert len(lost) > 20, "hardly anything was lost"
    print(f"lost webhooks: equal after {closed_within_a_cycle(shop, 'one webhook in ten was lost'):.1f} s")
    assert stack.rows("select from drift"), "the reconciler found nothing, so something else closed the hole"


def test_subscriptions_are_deleted(stack, shop):
    """All of them, as Shopify does to an endpoint that was away for too long; nobody looks for them within the test."""
    shop.sandbox.post("webhooks/delete", {"all": True})
    shop.live(STEPS)
    print(f"deleted subscriptions: equal after {closed_within_a_cycle(shop, 'subscriptions were deleted'):.1f} s")


def test_a_publisher_stands_still_for_an_hour(stack, shop):
    for name in PUBLISHERS:
        assert shop.running[name].stop() == 0
    shop.live(STEPS // 2)
    stack.move_clock(3600)
    shop.live(STEPS // 2)
    for name in PUBLISHERS:
        shop.running[name].start()
    for name in PUBLISHERS:
        shop.running[name].wait_ready(CYCLE_S)
    print(f"publishers down: equal after {closed_within_a_cycle(shop, 'publishers stood still for an hour'):.1f} s")
    wait_until(lambda: not stack.rows("select from exception_case where kind = 'drift' and closed_at is null"), CYCLE_S,
               "no exception of drift is open")
