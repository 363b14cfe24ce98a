# SPDX-License-Identifier: Apache-2.0
"""A whole day of a shop, with everything that people do to it and all that goes wrong on the way, ends in equal pictures.

If this fails, somebody who asks what Shopify has is told something else: the report names kind, row, field and both sides.
"""
import pytest
from lively_shop import LivelyShop
from shop_oracle import ShopOracle

STEPS = 600
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
# of every kind of thing that the issue names, at least one must have happened, or the test proves less than it says
MUST_HAPPEN = {"buy", "buy_pickup", "buy_bundle", "buy_abroad", "buy_tested", "sell_at_till", "return_at_till",
               "open_return", "process_return", "decline_return", "cancel", "cancel_without_restock", "refund_unshipped",
               "refund_returned", "add_line", "remove_line", "change_quantity", "discount_line", "change_address",
               "delete_order", "delete_product", "delete_variant", "edit_many_products", "double_sku", "hold", "move"}


def trouble() -> list:
    """Webhooks are lost, doubled, reordered and late, one in ten each; one request in ten or so fails in some way."""
    rules = []
    for i, topic in enumerate(TOPICS):
        for j, action in enumerate(("lose", "double", "reorder", "delay")):
            rules.append({"match": {"topic": topic}, "action": action, "probability": 0.1, "seed": 10 * i + j + 1,
                          "delay_ms": (0, 40, 300, 2500)[j]})
    return rules + [{**rule, "seed": 1000 + n} for n, rule in enumerate(API)]


@pytest.fixture(scope="module")
def shop(stack):
    return LivelyShop(stack)


def test_a_day_of_everything_ends_in_equal_pictures(stack, shop):
    shop.sandbox.post("faults", trouble())
    done = shop.live(STEPS)
    for act in sorted(MUST_HAPPEN - set(done)):
        needs = {"buy_bundle": ["create_bundle"], "edit_many_products": ["create_product"]}.get(act, [])
        done |= shop.live(10, only=[act, *needs])
    fired = {rule["action"] for rule in shop.sandbox.get("faults")["faults"] if rule["fired"]}
    assert {"lose", "double", "reorder", "delay", "status", "truncated"} <= fired
    shop.sandbox._http.delete("/control/faults")
    report = shop.equal_within(SETTLED_S, "the day is mirrored")
    assert MUST_HAPPEN <= set(done), f"nobody did {MUST_HAPPEN - set(done)}"
    assert min(report.counts["tables", kind] for kind in ("order", "refund", "return", "disposition", "exchange_line",
                                                          "fulfillment", "product", "variant")) > 0
    shop.quiet()


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
def test_the_judge_sees_what_is_wrong(stack, shop, kind, wrong):
    """Without this, an oracle that compares nothing would be content with everything."""
    gone = list(ShopOracle(shop.sandbox.history()).truth.gone_orders)
    with stack.db.transaction(force_rollback=True):
        for table in ("sales_order_line", "sales_order", "order_refund_line"):  # so that `wrong` hits what is compared
            stack.db.execute(f"delete from {table} where order_id = any (%s)", (gone,))
        assert stack.db.execute(wrong).rowcount >= 1
        report = shop.compare()
    assert f"tables {kind}" in report.by_kind() and not report.none(), str(report)
    assert shop.compare().none()
