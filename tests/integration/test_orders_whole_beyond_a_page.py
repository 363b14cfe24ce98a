# SPDX-License-Identifier: Apache-2.0
"""An order that has more of everything than a page of ours holds is read whole, and one that cannot be is given up loudly.

Otherwise money that was given back, or the parcel that a customer waits for, is missing from what everybody believes.
"""
import json
import subprocess

import pytest
from harness import wait_until
from harness.run import FLAVOUR
from meddler import Meddler
from millrace_stack import PROJECT

SHOP = "acme"
MAP = PROJECT / "build" / FLAVOUR / "tests" / "map_order"
MANY, PAYMENTS, EDITS, LISTED = 25, 55, 7, 250     # pages of ours hold 20, 50 and 5; plain lists end at 250


@pytest.fixture(scope="module")
def shop(stack):
    """A loaded shop without webhooks: what is read is what hints ask for, through stack.between."""
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False, "fo_delay_ms": 0})
    sandbox.post("seed", {"seed": 3, "products": 60, "variants_per_product": 1, "stock": 900, "locations": [{"name": "Online"}]})
    with Meddler(stack) as stack.between:
        stack.start("order-update-publisher")
        wait_until(lambda: not stack.rows("select from shop_cursor where bulk_state not in ('done', 'none')"), 60, "loads are done")
        yield sandbox


def place(sandbox) -> dict:
    skus = [variant["sku"] for variant in sandbox.get("catalog")["variants"]]
    order = sandbox.post("orders", {
        "lines": [{"sku": sku, "quantity": 2} for sku in skus[:MANY]],
        "shipping": [{"title": f"Part {n}", "price": "1.00"} for n in range(MANY)],
        "payments": [{"amount": "1.00"} for _ in range(PAYMENTS - 1)] + [{}]})
    for sku in skus[MANY:MANY + EDITS]:
        sandbox.post(f"orders/{order['id']}/edit", {"add": [{"sku": sku, "quantity": 1}]})
    sandbox.post(f"orders/{order['id']}/refund", {
        "lines": [{"line_id": line["id"], "quantity": 1, "restock_type": "cancel"} for line in order["lines"]],
        "shipping": True, "amount": f"{PAYMENTS}.00", "adjustment_parts": MANY})
    return order


def hint(stack, order_id: int) -> None:
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason) values (%s, %s, now(), now(), 'a test') "
                     "on conflict (shop, resource) do update set due_at = now()", (SHOP, f"Order/{order_id}"))


def last(stack, topic: str, order_id: int):
    found = [r.json for r in stack.consume(topic) if r.key == f"{SHOP}/{order_id}"]
    return found[-1] if found else None


def told_by_its_body(sandbox, order_id: int) -> dict:
    """What a webhook's body says: that has no pages."""
    done = subprocess.run([MAP, "webhook"], input=json.dumps(sandbox.get(f"orders/{order_id}/body")), capture_output=True,
                          text=True, check=True)
    return json.loads(done.stdout)


def test_every_list_of_an_order_is_whole(stack, shop):
    """Breaks when a further page of shipping, refunds, payments or agreements is not asked for, or not put to the rest."""
    order_id = place(shop)["id"]
    hint(stack, order_id)
    wait_until(lambda: last(stack, "fulfillment-orders", order_id), 30, "the order is read")
    read, body = last(stack, "order-updates", order_id), told_by_its_body(shop, order_id)
    refund = read["refunds"][0]
    assert len(read["shipping_lines"]) == len(refund["shipping"]) == len(refund["adjustments"]) == MANY
    assert len(refund["lines"]) == MANY and len(refund["transactions"]) > 50
    same = set(read) - {"observed_at", "reason", "shop"}
    assert {key: read[key] for key in same} == {key: body[key] for key in same}
    beside = last(stack, "fulfillment-orders", order_id)
    reasons = [a["reason"] for a in beside["agreements"]]
    assert sorted(reasons) == ["order", *["order_edit"] * EDITS, "refund"]
    sales = {a["reason"]: a["sales"] for a in beside["agreements"]}
    assert len(sales["order"]) == 2 * MANY, "each line and each shipping line as it was placed"
    assert len(sales["refund"]) == 3 * MANY, "each line, shipping line and adjustment that was given back"
    assert len(beside["transactions"]) == PAYMENTS + len(refund["transactions"])
    assert all(t["receipt"] and t["receipt_bytes"] == len(t["receipt"]) for t in beside["transactions"])


def test_a_list_without_pages_that_is_full_is_not_believed(stack, shop):
    """Breaks when the fulfilments that a plain list leaves out are taken for fulfilments that never were."""
    order_id = shop.post("orders", {"random": True})["id"]
    shop.post(f"orders/{order_id}/fulfill", {})

    def rule(operation, variables, ask):
        answer = ask()
        for node in (answer["data"]["nodes"] if operation == "OrdersWholeByIds" else []):
            if node and node["id"].endswith(f"/{order_id}"):
                node["fulfillments"] = [dict(node["fulfillments"][0], id=f"gid://shopify/Fulfillment/{n + 1}")
                                        for n in range(LISTED)]
        return answer

    stack.between.rule = rule
    hint(stack, order_id)
    case = wait_until(lambda: stack.rows("select detail from exception_case where kind = 'unreadable' and subject = %s",
                                         f"{SHOP}/Order/{order_id}"), 60, "it is given up, and said")
    assert f"fulfillments of Order {order_id}: {LISTED} or more" in case[0]["detail"]
    assert last(stack, "order-updates", order_id) is None, "half an order is no fact"
    stack.between.rule = None
