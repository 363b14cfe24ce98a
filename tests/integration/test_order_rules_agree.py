# SPDX-License-Identifier: Apache-2.0
"""The rules about orders stand twice, in SQL and in C (tests/model), and come to the same end, whatever the order of arrival.

`order-model` plays a million short histories in many orders of arrival (tests/bench/histories); that says something about the
database only as long as both tell the same of the same records. If one of these fails, one of the two is wrong.
"""
import random

import pytest
from harness.run import FLAVOUR
from millrace_stack import PROJECT
from order_history import OrderHistory, stamp
from order_rules import disagreement, told_by_rules, told_shop
from order_world import World, check_sums, final_state

RULES = PROJECT / "build" / FLAVOUR / "bin" / "order-model"
HISTORIES = 75


@pytest.mark.parametrize("seed", range(4))
def test_the_database_tells_what_the_rules_in_c_tell(stack, seed):
    one, _ = told_shop(stack.db, f"agree{seed}a", seed, HISTORIES, shuffled=False)
    other, records = told_shop(stack.db, f"agree{seed}b", seed, HISTORIES, shuffled=True)
    assert not disagreement(RULES, stack.db, other.shop, records)
    mine, theirs = final_state(one), final_state(other)
    assert {table: sorted(set(mine[table]) ^ set(theirs[table])) for table in mine if mine[table] != theirs[table]} == {}
    assert len(told_by_rules(RULES, records)) > HISTORIES * 20, "the comparison has lost its object"


def simple(world: World) -> OrderHistory:
    history = OrderHistory(random.Random(1), world.shop, 1, [f"{world.shop}-A"], world.facilities)
    history.lines[:] = history.lines[:1]
    for key in ("quantity", "current_quantity", "unfulfilled_quantity"):
        history.lines[0][key] = 2
    history.records.clear()
    history.tick()
    history.snapshot()
    return history


def parcel_with_number(history: OrderHistory, world: World) -> tuple:
    return ("shipment", "wms/1", {
        "carrier": "DHL", "event_id": "1", "facility": world.facilities[0], "order_id": 1,
        "lines": [{"line_id": history.lines[0]["line_id"], "quantity": 1}], "shipped_at": stamp(2000), "shop": world.shop,
        "source": "wms", "tracking_number": "T1", "tracking_url": None})


@pytest.mark.parametrize("places", ((0, 1, 2, 3), (0, 2, 1, 3), (2, 0, 3, 1), (3, 2, 1, 0)))
def test_a_number_that_staff_write_later_says_whose_a_fulfilment_is(stack, places):
    """Asked of the number it had when first seen, the parcel's unit would leave the shelf twice."""
    world = World(stack.db, "later" + "".join(map(str, places)))
    history = simple(world)
    line = history.lines[0]
    line["unfulfilled_quantity"] -= 1
    history.tick()
    history._fulfillment(line, 1, [])
    history.snapshot()
    history.records.append(parcel_with_number(history, world))
    history.tick()
    history.body["fulfillments"][0]["tracking_numbers"] = ["T1"]
    history.snapshot()
    for place in places:
        world.apply([history.records[place]])
        world.sweep()
    row = stack.rows("select shipped, issued, remaining from sales_order_line where shop = %s", world.shop)
    assert [tuple(r.values()) for r in row] == [(1, 0, 1)]
    check_sums(world)


@pytest.mark.parametrize("places", ((0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 1, 0), (1, 2, 0)))
def test_a_deleted_order_is_a_case_only_while_units_are_open(stack, places):
    """Opened by what was known first, it would ask people about an order that was shipped whole."""
    world = World(stack.db, "gone" + "".join(map(str, places)))
    history = simple(world)
    history.records.append(("gone", "orders", {"shop": world.shop, "order_id": 1, "observed_at": stamp(9000)}))
    line = history.lines[0]
    line["unfulfilled_quantity"] = 0
    history.tick()
    history._fulfillment(line, 2, [])
    history.snapshot()
    for place in places:
        world.apply([history.records[place]])
    row = stack.rows("select count(*) n from exception_case where kind = 'archived_order' and subject = %s and closed_at is null",
                     f"{world.shop}/1")
    assert row[0]["n"] == 0
