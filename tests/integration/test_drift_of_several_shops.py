# SPDX-License-Identifier: Apache-2.0
"""A shop that answers slowly, or not at all, is compared late; the others are not.

If this fails, one merchant's outage leaves the holes of every other shop open for as long as it lasts.
"""
import time

import pytest
from harness import wait_until
from test_shops_do_not_meet import ILL, WELL, Second

OPTIONS = {"reconciler.cycle_ms": 1000, "reconciler.grace_ms": 0, "reconciler.sweep_ms": 0, "shop.bolt.timeout_ms": 8000}


@pytest.fixture(scope="module")
def shops(stack):
    well, second = stack.sandbox, Second(stack)
    for n, sandbox in enumerate((well, second.control)):
        sandbox.post("config", {"webhooks": False, "bucket_maximum": 20_000, "bucket_restore_rate": 2_000})
        sandbox.post("seed", {"seed": n, "products": 3, "orders": 0, "stock": 10, "locations": [{"name": "Online"}]})
    stack.start("product-publisher")
    stack.start("product-state")
    stack.start("reconciler", options=OPTIONS)
    wait_until(lambda: min(runs(stack, shop) for shop in (WELL, ILL)) > 1, 60, "both are compared")
    yield {WELL: well, ILL: second.control}
    second.close()


def runs(stack, shop: str) -> int:
    return stack.rows("select count(*)::int n from reconcile_run where shop = %s and kind = 'product'", shop)[0]["n"]


def test_a_shop_that_does_not_answer_delays_no_comparison(stack, shops):
    """Breaks when shops take turns in one thread: each turn of the ill one takes eight seconds."""
    shops[ILL].post("faults", {"action": "timeout_after_effect", "timeout_ms": 60000, "probability": 1})
    time.sleep(2)  # its call is in the air
    before, ill = runs(stack, WELL), runs(stack, ILL)
    began = time.monotonic()
    wait_until(lambda: runs(stack, WELL) >= before + 5, 30, "five comparisons of the other shop")
    taken = time.monotonic() - began
    assert taken < 10, taken
    assert runs(stack, ILL) <= ill + 1, "the fault did not hold the ill shop up, so nothing was shown"
    shops[ILL]._http.delete("/control/faults")
    wait_until(lambda: runs(stack, ILL) > ill + 2, 60, "the ill one is compared again")
