# SPDX-License-Identifier: Apache-2.0
"""Webhook subscriptions stay as they are declared, and what comes in another API version is read, not guessed.

Shopify deletes subscriptions without a word; from then on only polls tell, seconds later, and nobody knows why.
"""
import json
from datetime import datetime, timezone

import pytest
from harness import metrics, wait_until
from meddler import Meddler

SHOP = "acme"
TOPIC = "ORDERS_UPDATED"
# what is declared is looked after more often than once a minute
OFTEN = {"shop.acme.subscriptions_ms": 4000}


@pytest.fixture(scope="module")
def meddler(stack):
    sandbox = stack.sandbox
    sandbox.post("seed", {"seed": 5, "products": 3, "orders": 2, "stock": 100, "locations": [{"name": "Online"}]})
    with Meddler(stack) as meddler:
        yield meddler


@pytest.fixture(scope="module")
def publisher(stack, meddler):
    stack.start("webhook-gateway")
    narrow = graphql(stack, """mutation { webhookSubscriptionCreate(topic: ORDERS_UPDATED, webhookSubscription: {
        uri: "%s", includeFields: ["id"] }) { webhookSubscription { id } userErrors { message } } }""" % uri(stack))
    old = graphql(stack, """mutation { webhookSubscriptionCreate(topic: ORDERS_PAID, webhookSubscription: {
        uri: "%s" }) { webhookSubscription { id } userErrors { message } } }""" % uri(stack, "127.0.0.2"))
    other = graphql(stack, """mutation { webhookSubscriptionCreate(topic: ORDERS_PAID, webhookSubscription: {
        uri: "http://127.0.0.1:9/somebody-elses" }) { webhookSubscription { id } userErrors { message } } }""")
    assert all(not a["webhookSubscriptionCreate"]["userErrors"] for a in (narrow, old, other)), (narrow, old, other)
    stack.start("order-publisher", options=OFTEN)
    return stack.start("order-update-publisher", options=OFTEN)


def uri(stack, host: str = "127.0.0.1") -> str:
    return f"http://{host}:{stack.webhook_port}/webhooks/{SHOP}"


def graphql(stack, query: str) -> dict:
    import httpx
    token = (stack.instance.etc / "token").read_text().strip()
    answer = httpx.post(f"http://127.0.0.1:{stack.sandbox_port}/admin/api/2026-10/graphql.json", json={"query": query},
                        headers={"X-Shopify-Access-Token": token}, timeout=30)
    return answer.json()["data"]


def subscriptions(stack) -> list:
    return graphql(stack, "{ webhookSubscriptions(first: 250) { nodes { topic uri includeFields } } }")[
        "webhookSubscriptions"]["nodes"]


def of(stack, topic: str) -> list:
    return [(s["uri"], s["includeFields"]) for s in subscriptions(stack) if s["topic"] == topic]


def test_what_is_declared_is_there_whole_and_leftovers_go(stack, publisher):
    """Breaks when a narrowed subscription brings half orders, or an old address gets all of them for ever."""
    wait_until(lambda: of(stack, TOPIC) == [(uri(stack), [])], 30, "the whole body at our address")
    wait_until(lambda: sorted(of(stack, "ORDERS_PAID")) ==
               sorted([(uri(stack), []), ("http://127.0.0.1:9/somebody-elses", [])]), 30, "ours, and somebody else's")


def test_what_shopify_deletes_is_made_anew_loudly(stack, publisher):
    """Breaks when the webhooks stay away until somebody notices that everything is late."""
    wait_until(lambda: of(stack, TOPIC), 30, "the subscription")
    stack.sandbox.post("webhooks/delete", {"topic": TOPIC})
    assert of(stack, TOPIC) == []
    wait_until(lambda: of(stack, TOPIC) == [(uri(stack), [])], 20, "the subscription again")
    assert "webhook subscriptions were gone" in publisher.log.read_text()
    assert "millrace_subscriptions_remade_total" in metrics.fetch(publisher.port)


@pytest.mark.parametrize("version, mapped", [("2026-07", True), ("2031-01", False)])
def test_a_body_of_another_version_is_mapped_only_if_it_is_known(stack, publisher, version, mapped):
    """Breaks when a body of a version that nobody has read becomes a fact, with whatever it means by its fields."""
    order = stack.sandbox.get("state")["orders"][0 if mapped else 1]
    wait_until(lambda: reasons(stack, order), 60, "the order is known")
    stack.sandbox.post("config", {"webhooks": False})
    body = stack.sandbox.get(f"orders/{order['id']}/body") | {"note": f"in {version}", "updated_at": now(1)}
    stack.produce("shopify-webhooks", f"{SHOP}/Order/{order['id']}", json.dumps(body).encode(), {
        "x-shopify-topic": "orders/updated", "x-shopify-triggered-at": now(0), "x-shopify-api-version": version})
    told = wait_until(lambda: [n for n in reasons(stack, order) if n == ("webhook orders/updated", f"in {version}")]
                      if mapped else 'outcome="strange"' in metrics.fetch(publisher.port), 30, "what became of it")
    assert told
    if not mapped:
        assert ("webhook orders/updated", f"in {version}") not in reasons(stack, order)
    stack.sandbox.post("config", {"webhooks": True})


def test_an_order_that_has_vanished_is_told_and_keeps_nobody(stack, publisher):
    """Breaks when an id that Shopify no longer shows is read for ever, or what was told of it counts as a fault."""
    vanished = 7_777_777_777_777_777
    stack.produce("shopify-webhooks", f"{SHOP}/Order/{vanished}", {"id": vanished}, {
        "x-shopify-topic": "orders/updated", "x-shopify-triggered-at": now(0), "x-shopify-api-version": "2026-10"})
    gone = 'millrace_gone_total{shop="acme",stream="order-updates"} 1'
    wait_until(lambda: gone in metrics.fetch(publisher.port), 30, "it is said to be gone")
    wait_until(lambda: not stack.rows("select from hint where resource = %s", f"Order/{vanished}"), 40, "the hint ends")
    assert stack.rows("select from dead_letter") == stack.rows("select from exception_case where subject like %s",
                                                               f"%{vanished}%") == []
    assert publisher.why_not_ready() is None


def reasons(stack, order: dict) -> list:
    return [(r.json["reason"], r.json["note"]) for r in stack.consume("order-updates") if r.key == f"{SHOP}/{order['id']}"]


def now(seconds: int) -> str:
    return datetime.fromtimestamp(datetime.now().timestamp() + seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_answer_in_another_version_is_an_alarm(stack, meddler, publisher):
    """Breaks when Shopify falls forward and fields mean something else, in silence."""
    config = stack.config.read_text()
    assert publisher.stop() == 0
    process = stack.start("order-update-publisher", options={"shop.acme.api_version": "2020-01", **OFTEN}, wait=False)
    told = "select closed_at from exception_case where kind = 'api_version' and subject = %s"
    wait_until(lambda: stack.rows(told, SHOP) == [{"closed_at": None}], 60, "the exception")
    assert "api_version" in wait_until(process.why_not_ready, 10, "the shop is paused")
    assert "millrace_api_version_wrong{shop=\"acme\"} 1" in metrics.fetch(process.port)
    assert process.stop() == 0
    assert stack.config.read_text() == config
