# SPDX-License-Identifier: Apache-2.0
"""An open order that Shopify hides for its age is said to be hidden: nobody sees that it is not there.

Without the scope read_all_orders a token is shown sixty days, without an error; pre-orders wait longer than that.
"""
import pytest
from harness import wait_until

SHOP = "acme"
WORDS = "open orders of more than 60 days ago are hidden"


@pytest.fixture(scope="module")
def old(stack):
    """An open order of long ago, beside a new one."""
    stack.sandbox.post("seed", {"products": 1, "orders": 1})
    return stack.sandbox.post("orders", {"lines": [{"title": "pre-order", "quantity": 1, "price": "1.00"}],
                                         "created_at": "2026-01-05T10:00:00Z"})


def load(stack) -> tuple:
    """What stands in `orders` after a load, and what the log has said of it."""
    stack.db.execute("update shop_cursor set bulk_state = 'none'")
    process = stack.start("order-publisher")
    wait_until(lambda: stack.rows("select from shop_cursor where stream = 'orders' and bulk_state = 'done'"), 60, "the load")
    assert process.stop() == 0
    return {r.key for r in stack.consume("orders")}, process.log.read_text()


def test_what_a_token_may_not_see_is_said_and_loaded_once_it_may(stack, old):
    """Breaks when the load ends in silence with an order that customers are waiting for left out."""
    scopes = stack.sandbox.get("config")["scopes"]
    stack.sandbox.post("config", {"scopes": [s for s in scopes if s != "read_all_orders"]})
    found, said = load(stack)
    assert f"{SHOP}/{old['id']}" not in found and len(found) == 1
    assert said.count(WORDS) == 1 and "read_all_orders" in said
    stack.sandbox.post("config", {"scopes": scopes})
    found, said = load(stack)
    assert f"{SHOP}/{old['id']}" in found and len(found) == 2
    assert said.count(WORDS) == 1, "not again"
