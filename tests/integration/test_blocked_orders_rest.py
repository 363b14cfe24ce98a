# SPDX-License-Identifier: Apache-2.0
"""Nobody acts on an order whose newest snapshot could not be applied, even if it was waiting for that before.

What is known of it is the past: it may be cancelled by now, or go elsewhere.
"""
import pytest
from harness import wait_until
from order_world import World
from test_router import give, order, parts, routed
from writer_world import QUICK, WriterWorld


def block(db, shop: str, order_id: int, why) -> None:
    """As order-state leaves an order whose newer snapshot it could not apply; why None: a good one came since."""
    db.execute("update sales_order set blocked_reason = %s, blocked_at = now() where shop = %s and order_id = %s",
               (why, shop, order_id))


def test_it_is_not_routed_although_it_was_queued(stack):
    """Breaks when the router believes its queue."""
    world = World(stack.db, "rest")
    give(world, "rest-W", "A", 9)
    order(world, 1, {"A": 2})
    order(world, 2, {"A": 3})
    assert len(stack.rows("select from route_queue where shop = 'rest'")) == 2
    block(stack.db, "rest", 1, "its newest snapshot cannot be read")
    router = stack.start("order-router")
    assert routed(world, 2) == [("W", 3, "released")]
    wait_until(lambda: not stack.rows("select from route_queue where shop = 'rest' and due_at <= now()"), 20, "all were looked at")
    assert parts(world, 1) == [] and not stack.rows("select from fulfillment_request where shop = 'rest' and order_id = 1")
    block(stack.db, "rest", 1, None)
    stack.rows("select enqueue_route('{rest}', '{1}', 'unblocked', %s)", world.now)
    assert routed(world, 1) == [("W", 2, "released")]
    assert router.stop() == 0


@pytest.fixture(scope="module")
def shop(stack) -> WriterWorld:
    world = WriterWorld(stack, products=3, on_hand=500)
    stack.start("outbound-producer")
    stack.start("shopify-writer", options=QUICK)
    world.wait_judged()
    return world


def sold(shop: WriterWorld) -> dict:
    order = shop.order((shop.variants[0], 1))
    shop.know(order)
    return order


def test_nothing_is_written_for_it(stack, shop):
    """Breaks when the writer sends a parcel of an order of which it does not know what it has become."""
    blocked, other = sold(shop), sold(shop)
    block(stack.db, "acme", blocked["id"], "its newest snapshot cannot be read")
    for one in (blocked, other):
        shop.ship(one, f"wms/{one['id']}", [(one["lines"][0]["id"], 1)], "T-1")
    wait_until(lambda: shop.fulfillments(other), 20, "the other parcel is a fulfilment")
    assert shop.parcel(blocked, f"wms/{blocked['id']}")["state"] == "wanted" and shop.fulfillments(blocked) == []
    block(stack.db, "acme", blocked["id"], None)
    wait_until(lambda: shop.fulfillments(blocked), 20, "this one, once it is known what the order has become")
