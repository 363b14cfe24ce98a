# SPDX-License-Identifier: Apache-2.0
"""A publisher that is killed at its worst moments loses nothing: what stands for a fact moves after the fact.

Each point kills once; the process is started again, as the supervisor would.
"""
import time

import pytest
from harness import wait_until

SHOP = "acme"
OPEN_AT_START = 450


@pytest.fixture(scope="module")
def shop(stack):
    """A shop with more open orders than a load acknowledges at a time."""
    stack.sandbox.post("seed", {"seed": 5, "products": 20, "orders": OPEN_AT_START, "stock": 100000,
                                "locations": [{"name": "Online"}]})
    stack.start("webhook-gateway")
    return stack.sandbox


def keys(stack, topic: str) -> set:
    return {r.key for r in stack.consume(topic)}


def key_of(order: dict) -> str:
    return f"{SHOP}/{order['id']}"


def is_loaded(stack, stream: str) -> bool:
    return bool(stack.rows("select from shop_cursor where stream = %s and bulk_state = 'done'", stream))


def start_until_killed(stack, service: str, point: str):
    process = stack.start(service, failpoints=f"{point}:1:kill", wait=False)
    wait_until(lambda: not process.alive, 30, f"{service} is killed at {point}")
    return stack.restart(process)


def test_a_load_is_finished_after_kills(stack, shop):
    """Breaks when a killed load is taken for done, or runs a new operation each time until the shop refuses."""
    wanted = {f"{SHOP}/{o['id']}" for o in shop.get("state")["orders"]}
    assert len(wanted) == OPEN_AT_START
    process = start_until_killed(stack, "order-publisher", "publishing_mid_load")
    wait_until(lambda: is_loaded(stack, "orders"), 30, "the load is done")
    assert keys(stack, "orders") == wanted
    assert len(bulk_operations(shop)) == 1, "the operation that ran was not asked for again"
    stop(process)


def bulk_operations(sandbox) -> list:
    return [e for e in sandbox.history() if e["act"] == "bulk_operation_finished"]


def stop(process) -> None:
    assert process.stop() == 0


def test_an_operation_nobody_remembers_is_run_again(stack, shop):
    """Breaks when a kill between submission and its row leaves the stream without a load."""
    process = start_until_killed(stack, "order-update-publisher", "publishing_bulk_submitted")
    wait_until(lambda: is_loaded(stack, "fulfillment-orders"), 30, "the load is done")
    assert len(keys(stack, "fulfillment-orders")) == OPEN_AT_START
    stop(process)


def place(sandbox, count: int) -> list:
    return sandbox.post("orders", {"count": count})["orders"]


@pytest.mark.parametrize("service, topic, point", [
    ("order-publisher", "orders", "publishing_webhooks_published"),
    ("order-publisher", "orders", "publishing_before_cursor"),
    ("order-update-publisher", "fulfillment-orders", "publishing_before_hints_end"),
    ("order-update-publisher", "order-updates", "publishing_before_cursor"),
    ("order-update-publisher", "order-updates", "publishing_webhooks_published"),
])
def test_orders_are_not_lost(stack, shop, service, topic, point):
    """Breaks when an offset, a cursor or a hint moves before the fact it stands for is in Kafka."""
    process = stack.start(service, failpoints=f"{point}:1:kill", wait=False)
    orders = []
    deadline = time.monotonic() + 30
    while process.alive and time.monotonic() < deadline:
        orders += place(shop, 1)
        time.sleep(0.3)
    assert not process.alive, f"{service} passed {point} alive"
    orders += place(shop, 3)  # nobody is there to hear of these
    stack.restart(process)
    wait_until(lambda: {key_of(o) for o in orders} <= keys(stack, topic), 40, f"all orders in {topic}")
    stop(process)


def test_two_processes_share_the_work(stack, shop):
    """Breaks when two publishers of a shop poll it both, or neither does after one is killed."""
    first = stack.start("order-publisher")
    wait_until(lambda: holder(stack) is not None, 20, "somebody holds the lease")
    second = stack.start("order-publisher", slot=1)
    assert holder(stack).startswith("order-publisher-0/")
    first.kill(9)
    wait_until(lambda: not first.alive, 10, "the holder is dead")
    shop.post("config", {"webhooks": False})
    try:
        orders = place(shop, 5)
        wait_until(lambda: {key_of(o) for o in orders} <= keys(stack, "orders"), 40, "the other one polls")
    finally:
        shop.post("config", {"webhooks": True})
    assert holder(stack).startswith("order-publisher-1/")
    stop(second)


def holder(stack):
    rows = stack.rows("select owner from lease where name = %s and expires_at > clock_timestamp()",
                      f"order-publisher/{SHOP}")
    return rows[0]["owner"] if rows else None


def test_a_failure_of_ours_is_not_the_shops(stack, shop):
    """Breaks when a queue that is full slows down or pauses the shop, instead of being tried again at once, or when the
    load goes on behind the objects that did not get into it."""
    process = stack.start("product-publisher", failpoints="publishing_queue_full:7:error,publishing_queue_full:28:error")
    wait_until(lambda: len(keys(stack, "products")) == 20, 30, "the load, which takes 7 and then all 20")
    product_id = min(v["product_id"] for v in shop.get("catalog")["variants"])
    answer = shop._http.put(f"/control/products/{product_id}", json={"title": "Beside the full queue"})
    assert answer.is_success, answer.text
    wait_until(lambda: any(r.json["title"] == "Beside the full queue" for r in stack.consume("products")), 20, "the change")
    log = process.log.read_text(errors="replace")
    assert "publishing_queue_full" in log and "turn failed, repeated" in log
    assert "shop does not answer as it should" not in log
    stop(process)
