# SPDX-License-Identifier: Apache-2.0
"""An order with more lines, fulfilment orders, refunds or refunded lines than a page holds is whole, in every topic.

What is cut is not seen by anybody: a line that is missing is never shipped.
"""
import pytest
from harness import wait_until

SHOP = "acme"
PLACES, LINES, REFUNDS = 25, 250, 60  # pages of 20 fulfilment orders and of 100 lines
LAG = {"shop.acme.search_lag_ms": 1000, "shop.acme.replica_lag_ms": 200}


@pytest.fixture(scope="module")
def shop(stack):
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False})
    sandbox.post("seed", {"seed": 5, "products": LINES, "variants_per_product": 1, "orders": 0, "stock": 1000,
                          "locations": [{"name": f"Place {n}"} for n in range(PLACES)]})
    stack.start("order-publisher", options=LAG)
    stack.start("order-update-publisher", options=LAG)
    wait_until(lambda: len(stack.rows("select from shop_cursor where bulk_state = 'done'")) == 3, 60, "the loads")
    return sandbox


def newest(stack, topic: str, order: dict) -> dict:
    facts = [r.json for r in stack.consume(topic) if r.key == f"{SHOP}/{order['id']}"]
    return max(facts, key=lambda f: (f["updated_at"], f["observed_at"])) if facts else {}


@pytest.fixture(scope="module")
def order(shop):
    """One line of each product, shipped from every place in turn."""
    catalog = shop.get("catalog")
    places = [place["id"] for place in catalog["locations"]]
    skus = [variant["sku"] for variant in catalog["variants"]][:LINES]
    return shop.post("orders", {"lines": [{"sku": sku, "quantity": 2, "location_id": places[n % PLACES]}
                                          for n, sku in enumerate(skus)]})


def units(lines: list) -> dict:
    found: dict = {}
    for line_id, quantity in lines:
        found[line_id] = found.get(line_id, 0) + quantity
    return found


def test_lines_and_fulfilment_orders(stack, shop, order):
    """Breaks when what follows the first page of either, or of their lines, is not asked for."""
    fact = wait_until(lambda: len((f := newest(stack, "fulfillment-orders", order)).get("fulfillment_orders", ())) >= PLACES and f,
                      60, "all its fulfilment orders")
    wanted = {line["id"]: 2 for line in order["lines"]}
    assert len(wanted) == LINES
    assert units([(line["line_id"], line["total_quantity"]) for part in fact["fulfillment_orders"] for line in part["lines"]]) == wanted
    whole = wait_until(lambda: newest(stack, "orders", order), 30, "the order")
    assert {line["line_id"]: line["quantity"] for line in whole["lines"]} == wanted


def test_refunds_and_their_lines(stack, shop, order):
    """Breaks when a large refund counts for the lines of its first page, or the last refunds are not seen."""
    lines = order["lines"]
    shop.post(f"orders/{order['id']}/refund", {"lines": [
        {"line_id": line["id"], "quantity": 1, "restock_type": "no_restock"} for line in lines]})
    for line in lines[:REFUNDS]:
        shop.post(f"orders/{order['id']}/refund", {"lines": [
            {"line_id": line["id"], "quantity": 1, "restock_type": "cancel"}]})
    fact = wait_until(lambda: len((f := newest(stack, "order-updates", order)).get("refunds", ())) == REFUNDS + 1 and f, 60,
                      "all its refunds")
    assert units([(line["line_id"], line["quantity"]) for refund in fact["refunds"] for line in refund["lines"]]) == {
        line["id"]: 2 if n < REFUNDS else 1 for n, line in enumerate(lines)}
