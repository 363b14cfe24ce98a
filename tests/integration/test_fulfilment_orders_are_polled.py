# SPDX-License-Identifier: Apache-2.0
"""A fulfilment order that changes without its order is found, even if no webhook tells of it.

A hold does not touch the order: who only looks for changed orders picks what staff has stopped.
"""
import pytest
from harness import wait_until

SHOP = "acme"
LAG = {"shop.acme.search_lag_ms": 1000, "shop.acme.replica_lag_ms": 200}


@pytest.fixture(scope="module")
def shop(stack):
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False})
    sandbox.post("seed", {"seed": 5, "products": 3, "orders": 3, "stock": 100,
                          "locations": [{"name": "Online"}, {"name": "Second"}]})
    stack.start("order-publisher", options=LAG)
    stack.start("order-update-publisher", options=LAG)
    return sandbox


def shown(stack, order: dict) -> dict:
    facts = [r.json for r in stack.consume("fulfillment-orders") if r.key == f"{SHOP}/{order['id']}"]
    return facts[-1] if facts else {"fulfillment_orders": []}


def held(fact: dict) -> list:
    return [(part["status"], len(part["holds"])) for part in fact["fulfillment_orders"]]


def test_a_hold_and_its_end_are_found_although_the_order_stays_as_it_was(stack, shop):
    """Breaks when fulfilment orders are only read with their orders."""
    order = shop.get("state")["orders"][0]
    before = wait_until(lambda: (fact := shown(stack, order))["fulfillment_orders"] and fact, 60, "the load")
    assert held(before) == [("open", 0)]
    for act, wanted in (("hold", ("on_hold", 1)), ("release", ("open", 0))):
        shop.post(f"orders/{order['id']}/{act}", {"reason": "OTHER", "notes": "gift wrap"} if act == "hold" else {})
        fact = wait_until(lambda w=wanted: held(f := shown(stack, order)) == [w] and f, 30, f"after {act}")
        assert fact["updated_at"] == before["updated_at"], "the order itself has not changed"
