# SPDX-License-Identifier: Apache-2.0
"""A whole day of a shop, with everything that people do to it and all that goes wrong on the way, ends in equal pictures.

If this fails, somebody who asks what Shopify has is told something else: the report names kind, row, field and both sides.
"""
import os

import pytest
from lively_shop import LARGE_PLAN, LivelyShop
from shop_oracle import ShopOracle

STEPS, PACE = int(os.environ.get("LIVELY_STEPS", "200")), 50     # a second
SETTLED_S = 120
TOPICS = ("orders/create", "orders/updated", "orders/cancelled", "orders/paid", "orders/fulfilled", "orders/edited",
          "orders/partially_fulfilled", "orders/delete", "refunds/create", "fulfillments/create", "fulfillments/update",
          "fulfillment_orders/order_routing_complete", "fulfillment_orders/moved", "fulfillment_orders/placed_on_hold",
          "fulfillment_orders/hold_released", "fulfillment_orders/cancelled", "returns/request", "returns/approve",
          "returns/decline", "returns/cancel", "returns/close", "returns/reopen", "returns/process", "returns/update",
          "products/create", "products/update", "products/delete", "inventory_items/update")
API = ({"action": "status", "status": 429, "retry_after": 1, "probability": 0.02},
       {"action": "status", "status": 502, "probability": 0.03}, {"action": "truncated", "probability": 0.02},
       {"action": "throttled", "probability": 0.005}, {"action": "drop", "probability": 0.01},
       {"action": "internal_error", "probability": 0.01})
ROUNDS = 12           # until everybody has done everything that people can do
OFTEN, STEPS_EACH = 40, 25


def trouble() -> list:
    """Webhooks are lost, doubled, reordered and late, one in ten each; one request in ten or so fails in some way."""
    rules = []
    for i, topic in enumerate(TOPICS):
        for j, action in enumerate(("lose", "double", "reorder", "delay")):
            rules.append({"match": {"topic": topic}, "action": action, "probability": 0.1, "seed": 10 * i + j + 1,
                          "delay_ms": (0, 40, 300, 2500)[j]})
    return rules + [{**rule, "seed": 1000 + n} for n, rule in enumerate(API)]


def live_until_all_is_done(shop) -> None:
    """Every act that the shop's people know is done at least once, or the test proves less than it says."""
    known, done = set(shop.sandbox.get("people")["known"]), set(shop.live(STEPS, PACE))
    for _ in range(ROUNDS):
        if known <= done:
            return
        done |= set(shop.live(STEPS_EACH, PACE, rates={act: OFTEN for act in known - done}))
    assert known <= done, f"nobody did {known - done}"


@pytest.fixture(scope="module")
def shop(stack):
    return LivelyShop(stack, plan=LARGE_PLAN)


def test_a_day_of_everything_ends_in_equal_pictures(stack, shop):
    shop.sandbox.post("faults", trouble())
    live_until_all_is_done(shop)
    fired = {rule["action"] for rule in shop.sandbox.get("faults")["faults"] if rule["fired"]}
    assert {"lose", "double", "reorder", "delay", "status", "truncated"} <= fired
    shop.sandbox._http.delete("/control/faults")
    report = shop.equal_within(SETTLED_S, "the day is mirrored")
    assert min(report.counts["tables", kind] for kind in ("order", "refund", "return", "disposition", "exchange_line",
                                                          "fulfillment", "product", "variant")) > 0
    shop.quiet()


@pytest.fixture(scope="module")
def judge(shop):
    """Of a shop where nothing happens any more: its history is folded once."""
    return ShopOracle(shop.sandbox.history())


@pytest.mark.parametrize("kind, wrong", [
    ("order", "update sales_order set total = total + 0.01 where order_id = (select max(order_id) from sales_order)"),
    ("line", "update sales_order_line set current_quantity = current_quantity + 1 where line_id = "
             "(select max(line_id) from sales_order_line)"),
    ("line_units", "update sales_order_line set fulfilled = fulfilled + 1 where line_id = "
                   "(select max(line_id) from sales_order_line)"),
    ("refund_line", "delete from order_refund_line where refund_line_id = (select max(refund_line_id) from order_refund_line)"),
    ("disposition", "update order_disposition set quantity = quantity + 1"),
    ("fulfillment_order", "insert into fulfillment_order (shop, fulfillment_order_id, order_id, status, request_status) "
                          "select shop, 1, order_id, 'open', 'unsubmitted' from sales_order limit 1"),
    ("variant", "update variant set price = price + 0.01 where variant_id = (select min(v.variant_id) from variant v "
                "join product p using (shop, product_id) where v.deleted_at is null and p.deleted_at is null)"),
    ("product", "update product set deleted_at = null where deleted_at is not null"),
])
def test_the_judge_sees_what_is_wrong(stack, shop, judge, kind, wrong):
    """Without this, an oracle that compares nothing would be content with everything."""
    gone = list(judge.truth.gone_orders)
    with stack.db.transaction(force_rollback=True):
        for table in ("sales_order_line", "sales_order", "order_refund_line"):  # so that `wrong` hits what is compared
            stack.db.execute(f"delete from {table} where order_id = any (%s)", (gone,))
        assert stack.db.execute(wrong).rowcount >= 1
        report = judge.compare_tables(stack.db)
    assert f"tables {kind}" in report.by_kind() and not report.none(), str(report)
    assert judge.compare_tables(stack.db).none()
