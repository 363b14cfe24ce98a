# SPDX-License-Identifier: Apache-2.0
"""A load, a cursor or a hint never moves past what Kafka has not acknowledged.

A publisher lives while Kafka is away, and is killed before it comes back. Whatever had moved meanwhile would stand for a
fact that nobody has, and nothing would ever look for it again.
"""
import contextlib
import time

import pytest
from harness import wait_until

from millrace_stack import free_ports

SHOP = "acme"
ORDERS = 5
LOOK_S = 14  # acknowledgements are waited for for 10 s; cursors are saved every 5
LAG = {"shop.acme.search_lag_ms": 1000, "shop.acme.replica_lag_ms": 200, "shop.acme.overlap_ms": 1000}


@pytest.fixture(scope="module")
def shop(stack):
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False})
    sandbox.post("seed", {"seed": 5, "products": 3, "orders": ORDERS, "stock": 100, "locations": [{"name": "Online"}]})
    return sandbox


@contextlib.contextmanager
def kafka_away(stack, service: str):
    """The service works, and what it writes arrives nowhere; it is killed in the end."""
    normal = stack.config
    stack.config = stack.instance.etc / f"no-kafka-{service}.ini"
    stack.config.write_text(normal.read_text().replace(stack.address["kafka"], f"127.0.0.1:{free_ports(1)[0]}"))
    try:
        process = stack.start(service, options=LAG, wait=False)
    finally:
        stack.config = normal
    wait_until(lambda: stack.rows("select from lease where name = %s and expires_at > clock_timestamp()", f"{service}/{SHOP}"),
               30, "it works for the shop")
    yield
    assert process.alive
    process.kill(9)
    process.wait(10)


def cursor(stack, stream: str) -> dict:
    rows = stack.rows("select through_at, bulk_state from shop_cursor where shop = %s and stream = %s", SHOP, stream)
    return rows[0] if rows else {"bulk_state": ""}


def facts(stack, topic: str) -> dict:
    return {r.key: r.json for r in stack.consume(topic)}


def key_of(order: dict) -> str:
    return f"{SHOP}/{order['id']}"


def test_a_load_is_not_done(stack, shop):
    """Breaks when a load counts as done because all of it was handed to the producer."""
    with kafka_away(stack, "order-publisher"):
        wait_until(lambda: cursor(stack, "orders")["bulk_state"] == "running", 30, "the operation")
        time.sleep(LOOK_S)
        assert cursor(stack, "orders")["bulk_state"] == "running"
    process = stack.start("order-publisher", options=LAG)
    wait_until(lambda: cursor(stack, "orders")["bulk_state"] == "done", 60, "the load is done")
    assert len(facts(stack, "orders")) == ORDERS
    assert process.stop() == 0


def test_a_cursor_stays(stack, shop):
    """Breaks when a poll that has read everything is taken for one whose facts have arrived."""
    placed = shop.post("orders", {"count": 3})["orders"]
    before = cursor(stack, "orders")
    with kafka_away(stack, "order-publisher"):
        time.sleep(LOOK_S)
        assert cursor(stack, "orders") == before
    process = stack.start("order-publisher", options=LAG)
    wait_until(lambda: {key_of(o) for o in placed} <= facts(stack, "orders").keys(), 40, "what was placed before")
    wait_until(lambda: cursor(stack, "orders") != before, 30, "the cursor follows again")
    assert process.stop() == 0


def test_a_hint_stays(stack, shop):
    """Breaks when a hint ends because its order was read."""
    process = stack.start("order-update-publisher", options=LAG)
    wait_until(lambda: len(facts(stack, "fulfillment-orders")) >= ORDERS and cursor(stack, "returns")["bulk_state"] == "done", 60,
               "the loads")
    assert process.stop() == 0
    order = shop.get("state")["orders"][0]
    wanted = (SHOP, f"Order/{order['id']}")
    stack.db.execute("delete from hint")
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason) "
                     "values (%s, %s, now(), now(), 'webhook orders/edited')", wanted)
    with kafka_away(stack, "order-update-publisher"):
        shop.post(f"orders/{order['id']}/update", {"note": "told by a hint"})
        time.sleep(LOOK_S)
        assert stack.rows("select from hint where (shop, resource) = (%s, %s)", *wanted)
    process = stack.start("order-update-publisher", options={**LAG, "shop.acme.poll_interval_ms": 3600000})
    stack.db.execute("update hint set due_at = now()")
    wait_until(lambda: facts(stack, "order-updates").get(key_of(order), {}).get("note") == "told by a hint", 40, "the order")
    assert process.stop() == 0
