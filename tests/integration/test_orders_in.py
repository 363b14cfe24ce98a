# SPDX-License-Identifier: Apache-2.0
"""Orders that happen in the shop arrive in Kafka: the open ones at the start, new ones by webhook, lost ones by poll.

The two halves of a fact's origin must agree: a webhook's body and a read of the same order give the same bytes.
"""
import configparser
import random
from datetime import datetime

import pytest
from harness import wait_until

SHOP = "acme"

OPEN_AT_START = 12
ORDER_TIME_FIELDS = ("observed_at", "reason")
PUBLISHERS = ("order-publisher", "order-update-publisher")


@pytest.fixture(scope="module")
def shop(stack):
    """A small shop with open orders, its publishers and the gateway; loaded."""
    sandbox = stack.sandbox
    sandbox.post("seed", {"seed": 7, "products": 12, "orders": OPEN_AT_START, "stock": 1000,
                          "locations": [{"name": "Online"}, {"name": "Second"}]})
    stack.start("webhook-gateway")
    for service in PUBLISHERS:
        stack.start(service)
    wait_until(lambda: load_is_done(stack), 30, "the initial load is done")
    wait_until(lambda: len(subscriptions(stack)) >= 10, 30, "the publishers have subscribed to webhooks")
    return sandbox


def load_is_done(stack) -> bool:
    rows = stack.rows("select stream from shop_cursor where shop = %s and bulk_state = 'done'", SHOP)
    return {row["stream"] for row in rows} >= {"orders", "fulfillment-orders"}


def subscriptions(stack) -> list:
    return [e for e in stack.sandbox.history() if e["object"].get("kind") == "webhook_subscription"]


def newest(records) -> dict:
    """key → the fact with the highest version, whatever the order of arrival."""
    facts: dict = {}
    for record in records:
        fact, old = record.json, facts.get(record.key)
        if old is None or version(fact) >= version(old):
            facts[record.key] = fact
    return facts


def version(fact: dict) -> tuple:
    return fact["updated_at"], fact["observed_at"]


def order_facts(stack) -> dict:
    return newest(stack.consume("orders") + stack.consume("order-updates"))


def key_of(order_id: int) -> str:
    return f"{SHOP}/{order_id}"


def place(sandbox, count: int) -> list:
    return sandbox.post("orders", {"count": count})["orders"]


def in_orders(stack, order_ids) -> bool:
    return {key_of(i) for i in order_ids} <= {r.key for r in stack.consume("orders")}


def test_open_orders_are_loaded_once(stack, shop):
    """Breaks when the bulk load loses or doubles orders, or maps them to something else than a read would."""
    state = shop.get("state")
    wanted = {key_of(o["id"]) for o in state["orders"]}
    records = stack.check_topic("orders")
    assert sorted(r.key for r in records) == sorted(wanted)
    assert {r.key for r in stack.consume("fulfillment-orders")} >= wanted


def test_a_new_order_arrives_by_its_webhook(stack, shop):
    """Breaks when the body of orders/create is not mapped at once, or mapped twice."""
    placed = place(shop, 20)
    ids = [o["id"] for o in placed]
    wait_until(lambda: in_orders(stack, ids), 10, "all orders in the topic")
    mine = [r for r in stack.consume("orders") if r.key in {key_of(i) for i in ids}]
    assert len(mine) == len(ids), "an order was published twice"
    late = [seconds_between(o["at"], r.json["observed_at"]) for o in placed for r in mine if r.key == key_of(o["id"])]
    assert max(late) < 1.0, "observed_at is the moment of the webhook's trigger"


def seconds_between(a: str, b: str) -> float:
    return (datetime.fromisoformat(b.replace("Z", "+00:00")) - datetime.fromisoformat(a.replace("Z", "+00:00"))
            ).total_seconds()


def test_fulfilment_orders_of_a_new_order_follow(stack, shop):
    """Breaks when nothing looks again for fulfilment orders, which are made a moment after the order."""
    ids = [o["id"] for o in place(shop, 5)]
    wait_until(lambda: all(newest(stack.consume("fulfillment-orders")).get(key_of(i), {}).get("fulfillment_orders")
                           for i in ids), 10, "fulfilment orders of new orders")


def act_on(sandbox, order: dict, kind: str) -> None:
    line = order["lines"][0]
    path = f"orders/{order['id']}"
    if kind == "edit up":
        sandbox.post(f"{path}/edit", {"set": [{"line_id": line["id"], "quantity": line["quantity"] + 2}]})
    elif kind == "cancel":
        sandbox.post(f"{path}/cancel", {"reason": "CUSTOMER", "restock": True})
    elif kind == "cancel, nothing back":
        sandbox.post(f"{path}/cancel", {"reason": "FRAUD", "restock": False, "refund": False})
    elif kind == "refund":
        sandbox.post(f"{path}/refund", {"lines": [{"line_id": line["id"], "quantity": 1, "restock_type": "CANCEL"}]})
    elif kind == "fulfil":
        sandbox.post(f"{path}/fulfill", {"tracking": {"company": "DHL Express", "numbers": ["A1", "A2"]}})
    elif kind == "fulfil and refund":
        sandbox.post(f"{path}/fulfill", {})
        sandbox.post(f"{path}/refund", {"lines": [{"line_id": line["id"], "quantity": 1, "restock_type": "RETURN"}]})
    else:
        sandbox.post(f"{path}/update", {"note": "ring twice", "tags": ["b", "a"], "email": "x@example.com"})


KINDS = ("edit up", "cancel", "cancel, nothing back", "refund", "fulfil", "fulfil and refund", "note")


def changed_orders(sandbox, seed: int) -> list:
    choice = random.Random(seed)
    orders = place(sandbox, 21)
    wait_until(lambda: all(sandbox.get(f"orders/{o['id']}")["fulfillment_orders"] for o in orders), 10,
               "the sandbox has made the fulfilment orders")
    kinds = [*KINDS, *KINDS, *KINDS]
    choice.shuffle(kinds)
    for order, kind in zip(orders, kinds, strict=True):
        act_on(sandbox, order, kind)
    return orders


def what_it_says(fact: dict) -> str:
    return json.dumps({k: v for k, v in fact.items() if k not in ORDER_TIME_FIELDS}, sort_keys=True)


def test_a_body_and_a_read_say_the_same(stack, shop):
    """Breaks when the mapping of webhook bodies and the mapping of reads drift apart in any field."""
    keys = {key_of(o["id"]) for o in changed_orders(shop, 1)}
    wait_until(lambda: keys <= {key for key, facts in updates_by_key(stack).items() if settled_reads(facts)}, 40,
               "a read of each order that began after the second of its last change")
    last_trigger = last_triggers(stack)
    pairs = [(body, read) for key, facts in updates_by_key(stack).items() for read in settled_reads(facts)
             for body in facts if came_as_body(body) and body["observed_at"] == last_trigger[body["order_id"]]]
    # a read that is faster than the webhook makes the body old news, so not every order comes both ways
    assert len(pairs) >= len(keys) / 2
    different = [(body["name"], fields_that_differ(body, read)) for body, read in pairs]
    assert not [d for d in different if d[1]]


def updates_by_key(stack) -> dict:
    found: dict = {}
    for record in stack.consume("order-updates"):
        found.setdefault(record.key, []).append(record.json)
    return found


def came_as_body(fact: dict) -> bool:
    return fact["reason"].startswith("webhook ")


def settled_reads(facts: list) -> list:
    """Reads of the last version that began after its second was over, so that nothing of it can be missing."""
    newest_change = max(f["updated_at"] for f in facts)
    return [f for f in facts if not came_as_body(f) and f["updated_at"] == newest_change
            and seconds_between(f["updated_at"], f["observed_at"]) > 1]


def last_triggers(stack) -> dict:
    """order id → when its last webhook was triggered: only that body shows what a later read shows."""
    found: dict = {}
    for record in stack.consume("shopify-webhooks"):
        if record.headers["x-shopify-topic"].startswith("orders/") and "id" in record.json:
            order_id, at = record.json["id"], record.headers["x-shopify-triggered-at"]
            found[order_id] = max(found.get(order_id, ""), at)
    return found


def fields_that_differ(body: dict, read: dict) -> dict:
    return {name: (body.get(name), read.get(name)) for name in body.keys() | read.keys()
            if name not in ORDER_TIME_FIELDS and body.get(name) != read.get(name)}


def current_state(sandbox, order_id: int) -> dict:
    return sandbox.get(f"orders/{order_id}")


def assert_facts_match(stack, sandbox, ids) -> None:
    facts = order_facts(stack)
    for order_id in ids:
        state, fact = current_state(sandbox, order_id), facts[key_of(order_id)]
        quantities = {line["id"]: line["quantity"] for line in state["lines"]}
        assert {line["line_id"]: line["quantity"] for line in fact["lines"]} == quantities
        assert bool(fact["cancelled_at"]) == bool(state["cancelled_at"])


def test_everything_arrives_without_webhooks(stack, shop):
    """Breaks when polling misses new orders or changes."""
    shop.post("config", {"webhooks": False})
    try:
        ids = [o["id"] for o in place(shop, 10)]
        wait_until(lambda: in_orders(stack, ids), 30, "polled orders")
        changed = [o["id"] for o in changed_orders(shop, 2)]
        wait_until(lambda: stands_as_in_the_shop(stack, shop, changed), 10, "polled changes")
    finally:
        shop.post("config", {"webhooks": True})


def stands_as_in_the_shop(stack, sandbox, ids) -> bool:
    try:
        assert_facts_match(stack, sandbox, ids)
    except (AssertionError, KeyError):
        return False
    return True


def test_the_watermark_follows_the_clock(stack, shop):
    """Breaks when watermarks stop (no read of stock would ever be judged) or run ahead of the bounds."""
    config = configparser.ConfigParser()
    config.read(stack.config)
    lags = (config.getint(f"shop.{SHOP}", "search_lag_ms", fallback=10_000)
            + config.getint(f"shop.{SHOP}", "replica_lag_ms", fallback=2_000)) / 1000

    def seconds_behind() -> float:
        rows = stack.rows("select extract(epoch from clock_timestamp() - max(through_at))::float as behind "
                          "from shop_watermark where shop = %s", SHOP)
        return rows[0]["behind"] or 1e9

    wait_until(lambda: seconds_behind() < lags + 5, 60, "a watermark that is hardly older than the lags")
    assert seconds_behind() > lags, "nothing can be known sooner than search and replicas show it"


def test_what_is_no_webhook_becomes_a_dead_letter(stack, shop):
    """Breaks when one bad record stops the topic, or vanishes without a trace."""
    headers = {"x-shopify-topic": "orders/create", "x-shopify-triggered-at": "2026-11-24T10:00:00Z"}
    for body in (b"<html>", b"[]", b'{"id":"x"}'):
        stack.produce("shopify-webhooks", f"{SHOP}/bad", body, {**headers, "x-shopify-triggered-at": now_text()},
                      bad=True)
    stack.produce("shopify-webhooks", "nobody/1", b"{}", {**headers, "x-shopify-triggered-at": now_text()}, bad=True)
    stack.produce("shopify-webhooks", f"{SHOP}/none", b"{}", {}, bad=True)

    def letters():
        return stack.rows("select reason from dead_letter where consumer_group = %s", f"{stack.prefix}order-publisher")

    wait_until(lambda: len(letters()) == 5, 10, "five dead letters")
    ids = [o["id"] for o in place(shop, 1)]
    wait_until(lambda: in_orders(stack, ids), 10, "the next order goes through")


def now_text() -> str:
    return datetime.utcnow().isoformat(timespec="microseconds") + "Z"
