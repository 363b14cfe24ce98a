# SPDX-License-Identifier: Apache-2.0
"""Whatever is agreed to come back, and what came back, stands in `returns`: loaded, told, or found.

What a buyer sends back is stock on its way and money to be paid: a return that nobody hears of is neither.
"""
import json
from datetime import datetime, timedelta, timezone

import pytest
from harness import wait_until

SHOP = "acme"
POLLED = "select min(through_at) as through_at from shop_cursor"


@pytest.fixture(scope="module")
def shop(stack):
    """A shop that sends no webhooks; before anybody looks one order has a return, and one had its only return refused."""
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False})
    sandbox.post("seed", {"seed": 5, "products": 3, "orders": 0, "stock": 100, "locations": [{"name": "Online"}]})
    stack.early = open_return(sandbox)
    stack.refused = refused_return(sandbox)
    stack.start("order-publisher")
    stack.publisher = stack.start("order-update-publisher", options={"shop.acme.search_lag_ms": 1000,
                                                                     "shop.acme.replica_lag_ms": 200,
                                                                     "shop.acme.overlap_ms": 2000})
    return sandbox


def sent_order(sandbox) -> dict:
    sku = sandbox.get("catalog")["variants"][0]["sku"]
    order = sandbox.post("orders", {"lines": [{"sku": sku, "quantity": 2}]})
    wait_until(lambda: sandbox.get(f"orders/{order['id']}")["fulfillment_orders"], 10, "its fulfilment order")
    sandbox.post(f"orders/{order['id']}/fulfill", {})
    return order


def open_return(sandbox, before=lambda: None) -> dict:
    order = sent_order(sandbox)
    before()
    return sandbox.post(f"orders/{order['id']}/returns", {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]})


def refused_return(sandbox) -> dict:
    order = sent_order(sandbox)
    asked = sandbox.post(f"orders/{order['id']}/returns", {
        "requested": True, "lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]})["return"]
    sandbox.post(f"returns/{asked['id']}/decline", {"reason": "FINAL_SALE", "note": "worn"})
    return order


def facts(stack, order: dict) -> list:
    return [r.json for r in stack.consume("returns") if r.key == f"{SHOP}/{order['id']}"]


def last(stack, order: dict) -> dict:
    found = facts(stack, order)
    return found[-1]["returns"][0] if found else {}


def tell(stack, topic: str, body: dict) -> None:
    now = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
    stack.produce("shopify-webhooks", f"{SHOP}/{topic}", json.dumps(body).encode(),
                  {"x-shopify-topic": topic, "x-shopify-triggered-at": now, "x-shopify-api-version": "2026-10"})


def test_returns_of_before_are_loaded(stack, shop):
    """Breaks when the load skips them: they change rarely, so that no poll shows them for weeks."""
    wait_until(lambda: last(stack, stack.early).get("status") == "open", 60, "the return of before")
    state = "select bulk_state from shop_cursor where shop = %s and stream = 'returns'"
    wait_until(lambda: stack.rows(state, SHOP) == [{"bulk_state": "done"}], 30, "the load is done")


def test_a_refused_return_of_before_is_loaded(stack, shop):
    """Breaks when the load asks for orders with returns: to Shopify an order whose returns were all refused has none."""
    wait_until(lambda: last(stack, stack.refused).get("status") == "declined", 60, "the refused return of before")
    assert last(stack, stack.refused)["decline_note"] == "worn"
    assert all(fact["returns"] for fact in map(lambda r: r.json, stack.consume("returns"))), "no order without returns is told"


def test_a_return_that_no_webhook_tells_is_found_by_polling(stack, shop):
    """Breaks when a lost webhook is a lost return."""
    made = open_return(shop)
    line = wait_until(lambda: last(stack, made), 30, "the return")["lines"][0]
    assert (line["quantity"], line["line_id"]) == (1, made["lines"][0]["id"])
    shop.post(f"returns/{made['return']['id']}/receive", {"disposition": "restock"})
    wait_until(lambda: [d["type"] for f in last(stack, made)["reverse_fulfillment_orders"] for li in f["lines"]
                        for d in li["dispositions"]] == ["restocked"], 30, "what became of it")


@pytest.mark.parametrize("topic, kind", [("returns/update", "Return"),
                                         ("reverse_fulfillment_orders/dispose", "ReverseFulfillmentOrder")])
def test_a_webhook_that_names_no_order_is_enough(stack, shop, topic, kind):
    """Breaks when only bodies with an order's id count: most webhooks of returns have none."""
    def polled():
        began = datetime.now(timezone.utc)
        wait_until(lambda: stack.rows(POLLED)[0]["through_at"] > began + timedelta(seconds=4), 60, "a poll that has seen the parcel")

    shop.post("config", {"returns_touch_order": False})  # no search shows the change
    made = open_return(shop, before=polled)
    reads = {"Return": made["return"]["id"], "ReverseFulfillmentOrder": reverse_of(shop, made)}
    tell(stack, topic, {"admin_graphql_api_id": f"gid://shopify/{kind}/{reads[kind]}"})
    wait_until(lambda: last(stack, made).get("status") == "open", 30, "the return")
    shop.post("config", {"returns_touch_order": True})


def reverse_of(sandbox, made: dict) -> int:
    return sandbox.get(f"orders/{made['id']}")["returns"][0]["reverse_fulfillment_orders"][0]["id"]


def test_a_fact_of_returns_is_said_once(stack, shop):
    """Breaks when each poll of the overlap writes the same again: consumers get versions, not noise."""
    made = open_return(shop)
    wait_until(lambda: last(stack, made), 30, "the return")
    before = len(facts(stack, made))
    moment = stack.rows(POLLED)[0]["through_at"]
    wait_until(lambda: (stack.rows(POLLED)[0]["through_at"] - moment).total_seconds() > 16, 60, "a poll of the overlap")
    assert len(facts(stack, made)) <= before + 1, "a look within the second of the change is repeated once"


def test_a_token_without_the_scope_does_without_returns(stack, shop):
    """Breaks when a shop that grants no returns gets no orders either, or nobody is told."""
    scopes = shop.get("config")["scopes"]
    assert stack.publisher.stop() == 0
    shop.post("config", {"scopes": [scope for scope in scopes if scope != "read_returns"]})
    stack.restart(stack.publisher)
    made = open_return(shop)
    wait_until(lambda: "the token may not read this" in stack.publisher.log.read_text(), 30, "it is said")
    wait_until(lambda: [r for r in stack.consume("order-updates") if r.key == f"{SHOP}/{made['id']}"], 30, "the order")
    assert stack.publisher.why_not_ready() is None
    polls = "select through_at from shop_watermark order by through_at desc limit 1"
    moment = wait_until(lambda: stack.rows(polls), 30, "a watermark")[0]["through_at"]
    wait_until(lambda: stack.rows(polls)[0]["through_at"] > moment, 60, "the watermark goes on")
    shop.post("config", {"scopes": scopes})

