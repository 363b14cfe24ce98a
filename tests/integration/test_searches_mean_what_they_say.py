# SPDX-License-Identifier: Apache-2.0
"""A search shows what it was asked for, all of it, or nothing of it is believed.

Shopify ignores a filter that it does not understand and lists everything; an unquoted time ends at its second colon; and an
order that changes while pages are turned moves behind the last of them.
"""
import re

import pytest
from harness import wait_until
from meddler import Meddler

SHOP = "acme"
ORDERS, PAGE = 40, 15
LAG = {"shop.acme.search_lag_ms": 1000, "shop.acme.replica_lag_ms": 200}
PUBLISHERS = ("order-publisher", "order-update-publisher", "product-publisher")
TIME = re.compile(r"(?:updated|created)_at:\S+")
QUOTED = re.compile(r"(?:updated|created)_at:>='\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ'")
WARNING = {"search": [{"path": ["orders"], "query": "x", "parsed": {}, "warnings": [
    {"field": "updated_at", "message": "Invalid search field for this query.", "code": "invalid_field"}]}]}


@pytest.fixture(scope="module")
def meddler(stack):
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False})
    sandbox.post("seed", {"seed": 5, "products": 3, "orders": ORDERS, "stock": 1000, "locations": [{"name": "Online"}]})
    with Meddler(stack) as meddler:
        yield meddler


@pytest.fixture(scope="module")
def publishers(stack, meddler):
    return {name: stack.start(name, options=LAG) for name in PUBLISHERS}


def cursor(stack) -> str:
    return stack.rows("select through_at::text as at from shop_cursor where stream = 'order-updates'")[0]["at"]


def notes(stack) -> dict:
    return {r.key: r.json["note"] for r in stack.consume("order-updates")}


def test_every_time_is_quoted(stack, meddler, publishers):
    """Breaks when a time is cut to its hour, and the rest of it is one more filter that nobody knows."""
    searches = ("OrdersChanged", "OrdersCreated", "FulfillmentOrdersChanged", "ProductsChanged")
    wait_until(lambda: {operation for operation, _ in meddler.asked} >= set(searches), 60, "all searches")
    for operation, variables in list(meddler.asked):
        if operation in searches:
            assert TIME.findall(variables["query"]) == QUOTED.findall(variables["query"]) != [], (operation, variables)


def test_an_order_that_moves_behind_the_last_page_is_seen_again(stack, meddler, publishers):
    """Breaks when pages of one second skip or repeat, or what moved while they were turned counts as read."""
    orders = stack.sandbox.get("state")["orders"]
    first, moved = orders[0]["id"], []

    def rule(operation, variables, ask):
        if operation == "OrdersChanged" and variables["first"] > PAGE:
            return {"errors": [{"message": "too costly", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
        answer = ask()
        if operation == "OrdersChanged" and variables["after"] and not moved:
            moved.append(stack.sandbox.post(f"orders/{first}/update", {"note": "moved"}))
        return answer

    meddler.rule = rule
    for order in orders:
        stack.sandbox.post(f"orders/{order['id']}/update", {"note": "all at once"})
    wanted = {f"{SHOP}/{o['id']}": "moved" if o["id"] == first else "all at once" for o in orders}
    wait_until(lambda: notes(stack) == wanted, 60, "every order as it is now")
    assert moved
    meddler.rule = None


def test_a_filter_that_is_not_understood_pauses_the_shop(stack, meddler, publishers):
    """Breaks when everything that the shop ever sold is read again every second, or the cursor moves over it."""
    process = publishers["order-update-publisher"]

    def rule(operation, _, ask):
        answer = ask()
        if operation == "OrdersChanged":
            answer["extensions"] = {**answer.get("extensions", {}), **WARNING}
        return answer

    meddler.rule = rule
    reason = wait_until(process.why_not_ready, 30, "it is said")
    assert f"shop {SHOP}" in reason and "filter" in reason and "Invalid search field" in reason
    stood = cursor(stack)
    meddler.asked.clear()
    wait_until(lambda: any(operation == "OrdersChanged" for operation, _ in meddler.asked), 60, "it is tried again")
    assert cursor(stack) == stood and process.why_not_ready()
    assert not any(operation == "OrdersWholeByIds" for operation, _ in meddler.asked), "nothing of it is read"
    meddler.rule = None
    wait_until(lambda: process.why_not_ready() is None, 60, "it goes on when the filter is understood")
    wait_until(lambda: cursor(stack) > stood, 30, "the cursor follows")
