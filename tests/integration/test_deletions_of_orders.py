# SPDX-License-Identifier: Apache-2.0
"""An order whose topic said that it is no more comes back when Shopify was seen to have it after that, and only then.

If this fails, an order that was deleted by mistake is never shipped, or one that is gone is picked for a late fact.
"""
from datetime import datetime

import pytest
from order_history import START
from order_world import World
from test_order_state import Mill, order_of

ORDER = 4


@pytest.fixture(scope="module")
def mill(stack):
    return Mill(stack)


@pytest.fixture(scope="module")
def history(stack, mill):
    stack.start("order-state")
    history = order_of(World(stack.db, "tomb"), ORDER)
    mill.send(history.records)
    stack.produce("order-updates", f"tomb/{ORDER}", None)
    mill.sent += 1
    mill.settle()
    return history


def archived(stack) -> bool:
    return stack.rows("select archived_at is not null as gone from sales_order where shop = 'tomb'")[0]["gone"]


def wanted(stack) -> int:
    return stack.rows("select coalesce(sum(unallocated), 0)::int n from sales_order_line where shop = 'tomb'")[0]["n"]


def see(mill, history) -> None:
    history.edit_up()
    history.snapshot()
    mill.send(history.records[-1:])
    mill.settle()


def test_what_was_seen_before_it_was_gone_does_not_bring_it_back(stack, mill, history):
    history.tick()
    see(mill, history)
    assert archived(stack) and wanted(stack) == 0 and mill.is_open("archived_order", f"tomb/{ORDER}")


def test_what_is_seen_after_that_does(stack, mill, history):
    history.now = history.updated = (datetime.now(START.tzinfo) - START).total_seconds() + 60
    see(mill, history)
    assert not archived(stack) and wanted(stack) > 0
    assert not mill.is_open("archived_order", f"tomb/{ORDER}")
    assert [r["order_id"] for r in stack.rows("select order_id from route_queue where shop = 'tomb'")] == [ORDER]


def test_a_tombstone_that_is_late_does_not_take_it_away_again(stack, mill, history):
    """A replay reads the topics anew, in another order."""
    stack.produce("orders", f"tomb/{ORDER}", None)
    mill.sent += 1
    mill.settle()
    assert not archived(stack) and wanted(stack) > 0
