# SPDX-License-Identifier: Apache-2.0
"""`millrace refetch --since`: everything since a moment is read and published again, and nothing live waits for it."""
import signal
from datetime import datetime, timedelta, timezone

import pytest
from harness import wait_until

SHOP = "acme"
ORDERS = 5
STREAMS = {"orders", "order-updates", "fulfillment-orders", "returns"}
LAG = {"shop.acme.search_lag_ms": 1000, "shop.acme.replica_lag_ms": 200}


@pytest.fixture(scope="module")
def shop(stack):
    """A shop whose orders are all read: polls have nothing left to say of them."""
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False})
    sandbox.post("seed", {"seed": 5, "products": 3, "orders": ORDERS, "stock": 100, "locations": [{"name": "Online"}]})
    stack.publishers = {name: stack.start(name, options=LAG) for name in ("order-publisher", "order-update-publisher")}
    for order in sandbox.get("state")["orders"]:
        sandbox.post(f"orders/{order['id']}/update", {"note": "before"})
    wait_until(lambda: all(len(keys(stack, topic)) == ORDERS for topic in STREAMS - {"returns"}), 60, "all orders")
    return sandbox


def keys(stack, topic: str) -> set:
    return {r.key for r in stack.consume(topic)}


def since(seconds: int = 3600) -> str:
    return (datetime.now(timezone.utc) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def done(stack) -> bool:
    rows = stack.rows("select stream, done_at from refetch_request where shop = %s", SHOP)
    return {r["stream"] for r in rows if r["done_at"] is not None} == STREAMS


def moments(stack) -> dict:
    return {r["stream"]: r["through_at"] for r in stack.rows("select stream, through_at from shop_cursor")}


def test_what_changed_since_is_published_again(stack, shop):
    """Breaks when the request is ignored, or what Kafka has already is thought to be enough: it was lost behind Kafka."""
    topics = STREAMS - {"returns"}
    before = {topic: len(stack.consume(topic)) for topic in topics}
    cursors = moments(stack)
    stack.cli("refetch", "order", "--since", since())
    wait_until(lambda: done(stack), 60, "all streams are read again")
    for topic in topics:
        again = stack.consume(topic)
        assert len(again) >= before[topic] + ORDERS, topic
    assert len({r.key for r in stack.consume("order-updates") if "refetch" in r.json["reason"]}) == ORDERS
    assert all(moments(stack)[stream] >= at for stream, at in cursors.items()), "no cursor goes back"
    assert "a person asks" in stack.publishers["order-update-publisher"].log.read_text(), "it is said"


def test_a_request_of_nothing_new_ends(stack, shop):
    """Breaks when an empty answer leaves the request open for ever, or it is served again and again."""
    wait_until(lambda: done(stack), 60, "the request before")
    stack.cli("refetch", "order", "--since", since(-30))
    wait_until(lambda: done(stack), 60, "nothing is to be read")
    count = len(stack.consume("orders"))
    through = moments(stack)["orders"]
    wait_until(lambda: moments(stack)["orders"] > through, 30, "polls go on")
    assert len(stack.consume("orders")) == count


def test_a_kill_in_the_middle_loses_no_request(stack, shop):
    """Breaks when a request counts as served before its facts are acknowledged."""
    publisher = stack.publishers["order-update-publisher"]
    assert publisher.stop() == 0
    stack.cli("refetch", "order", "--since", since())
    process = stack.start("order-update-publisher", options=LAG, failpoints="publishing_refetch_slice:1:kill",
                          wait=False)
    assert process.wait(60) == -signal.SIGKILL
    assert not done(stack)
    stack.restart(process)
    wait_until(lambda: done(stack), 60, "all streams are read again")
