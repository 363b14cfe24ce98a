# SPDX-License-Identifier: Apache-2.0
"""What a webhook tells is believed while it is fresh; when it is old, or tells little, its object is read, and read twice.

Shopify repeats a delivery for four hours, with the body of then. Published now, it would stand at the end of its topic, and
compaction would keep the past. Polls are off in this file: what is not told is not found.
"""
import json
import time
from datetime import datetime, timedelta, timezone

import pytest
from harness import wait_until
from meddler import Meddler

SHOP = "acme"
QUIET = {"shop.acme.poll_interval_ms": 3600000, "shop.acme.replica_lag_ms": 2000}
READ = "OrdersWholeByIds"


@pytest.fixture(scope="module")
def meddler(stack):
    stack.sandbox.post("seed", {"products": 3, "orders": 8, "locations": [{"name": "Online"}]})
    with Meddler(stack) as man_in_the_middle:
        stack.sandbox.post("config", {"webhooks": False})
        yield man_in_the_middle


@pytest.fixture(scope="module")
def orders(stack, meddler):
    stack.start("order-publisher", options=QUIET)
    stack.start("order-update-publisher", options=QUIET)
    wait_until(lambda: {r["bulk_state"] for r in stack.rows("select bulk_state from shop_cursor where bulk_state <> 'none'")} ==
               {"done"} and len({r.key for r in stack.consume("order-updates")}) == 8, 60, "all is loaded and polled once")
    return iter(stack.sandbox.get("state")["orders"])


def moment() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def tell(stack, topic: str, order: dict, body: dict, at: str = "") -> None:
    stack.produce("shopify-webhooks", f"{SHOP}/Order/{order['id']}", json.dumps(body).encode(), {
        "x-shopify-topic": topic, "x-shopify-triggered-at": at or moment(), "x-shopify-api-version": "2026-10",
        "x-shopify-webhook-id": f"w-{topic}-{order['id']}"})


def body_of(stack, order: dict) -> dict:
    return stack.sandbox.get(f"orders/{order['id']}/body")


def note(stack, order: dict, text: str) -> None:
    stack.sandbox.post(f"orders/{order['id']}/update", {"note": text})


def facts(stack, order: dict) -> list:
    return [(r.json["note"], r.json["reason"]) for r in stack.consume("order-updates") if r.key == f"{SHOP}/{order['id']}"]


def reads(meddler, order: dict) -> int:
    gid = f"gid://shopify/Order/{order['id']}"
    return len([1 for operation, variables in list(meddler.asked) if operation == READ and gid in variables["ids"]])


def test_a_delivery_that_comes_again_is_one_fact(stack, meddler, orders):
    """Breaks when each repetition is published: consumers would apply the same snapshot again and again."""
    order, at = next(orders), moment()
    note(stack, order, "once")
    body = body_of(stack, order)
    for _ in range(4):
        tell(stack, "orders/updated", order, body, at)
        wait_until(lambda: "once" in {text for text, _ in facts(stack, order)}, 20, "the fact")
    note(stack, order, "and another")
    tell(stack, "orders/updated", order, body_of(stack, order))
    wait_until(lambda: [text for text, _ in facts(stack, order)][-1] == "and another", 20, "what came after them")
    assert [text for text, _ in facts(stack, order)].count("once") == 1


def test_many_webhooks_of_one_order_are_few_reads(stack, meddler, orders):
    """Breaks when every hint is a read of its own: a bulk edit would drain the bucket."""
    order = next(orders)
    meddler.asked.clear()
    for _ in range(30):
        tell(stack, "refunds/create", order, {"id": 1, "order_id": order["id"]})
    wait_until(lambda: reads(meddler, order), 20, "it is read")
    wait_until(lambda: not stack.rows("select from hint where resource = %s", f"Order/{order['id']}"), 60, "the hint ends")
    assert 1 <= reads(meddler, order) <= 4


def test_what_a_lagging_replica_showed_is_read_again(stack, meddler, orders):
    """Breaks when the first read ends the hint: the change would be missing until the order changes again."""
    order = next(orders)
    gid, replica = f"gid://shopify/Order/{order['id']}", {}

    def rule(operation, variables, ask):
        if operation != READ or gid not in variables["ids"]:
            return ask()
        if "then" not in replica:
            replica["then"] = json.dumps(ask())
        elif "served" not in replica:
            replica["served"] = True
            return json.loads(replica["then"])
        return ask()

    meddler.rule = rule
    tell(stack, "refunds/create", order, {"id": 1, "order_id": order["id"]})
    wait_until(lambda: "then" in replica, 20, "a first read, of the state of then")
    wait_until(lambda: not stack.rows("select from hint where resource = %s", f"Order/{order['id']}"), 60, "the hint ends")
    note(stack, order, "after the replica")
    tell(stack, "refunds/create", order, {"id": 2, "order_id": order["id"]})
    wait_until(lambda: "served" in replica, 20, "a read that shows the past")
    wait_until(lambda: "after the replica" in {text for text, _ in facts(stack, order)}, 40, "the second read")
    meddler.rule = None


@pytest.mark.parametrize("age", [timedelta(minutes=2), timedelta(hours=4)], ids=["two minutes", "four hours"])
def test_the_body_of_a_late_retry_is_not_published(stack, meddler, orders, age):
    """Breaks when a body is mapped however old it is, or dropped because it is old: its change is known to nobody."""
    order = next(orders)
    time.sleep(4)  # what was read before is too early to have seen it
    at = moment()
    note(stack, order, "then")
    then = body_of(stack, order)
    note(stack, order, "now")
    stack.move_clock(int(age.total_seconds()))
    tell(stack, "orders/updated", order, then, at)
    wait_until(lambda: ("now", "hint: webhook orders/updated") in facts(stack, order), 40, "the order as it is now")
    assert "then" not in {text for text, _ in facts(stack, order)}
    stack.move_clock(0)
