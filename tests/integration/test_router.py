# SPDX-License-Identifier: Apache-2.0
"""order-router: every order gets a facility that has the goods, no unit is promised twice, whoever dies meanwhile."""
import random
import signal

import pytest
from harness import wait_until
from order_history import LOCATION, OrderHistory, stamp
from order_world import Router, World, check_sums

SERVICE = "order-router"
READY_S = 60


def order(world: World, order_id: int, wants: dict, test: bool = False) -> None:
    """An order as order-state leaves it: {sku letter: units}."""
    history = OrderHistory(random.Random(order_id), world.shop, order_id, [f"{world.shop}-{s}" for s in wants],
                           world.facilities)
    while history.skus:
        history.add_line()
    for line, units in zip(history.lines, wants.values()):
        line["quantity"] = line["current_quantity"] = line["unfulfilled_quantity"] = units
    history.body["test"] = test
    history.records.clear()
    history.snapshot("orders", "webhook orders/create")
    world.apply(history.records)


def give(world: World, facility: str, sku: str, units: int) -> None:
    """Goods arrive, and orders that wait for them are woken, as inventory-state does."""
    world.now = world.now.replace(microsecond=(world.now.microsecond + 1) % 1_000_000)
    world.db.execute("""select count(*) from fold_stock(array[%s], array[%s], array['wms'], array[%s], array['movement'],
                        array[%s]::bigint[], array[%s], '{}', '{}', %s)""",
                     (f"sku:{world.shop}-{sku}", facility, f"{facility}{sku}{world.now}", units, world.now, world.now))


def parts(world: World, order_id: int) -> list:
    rows = world.db.execute("""select facility, quantity, state from allocation where shop = %s and order_id = %s
                               order by quantity desc, facility""", (world.shop, order_id)).fetchall()
    return [(row["facility"].removeprefix(world.shop + "-"), row["quantity"], row["state"]) for row in rows]


def routed(world: World, order_id: int) -> list:
    return wait_until(lambda: parts(world, order_id), READY_S, f"order {order_id} is routed")


def unfillable(world: World, order_id: int) -> list:
    return world.db.execute("""select detail from exception_case where kind = 'unfillable' and subject = %s
                               and closed_at is null""", (f"{world.shop}/{order_id}",)).fetchall()


@pytest.fixture(scope="module")
def router(stack):
    return stack.start(SERVICE)


def test_one_facility_ships_the_whole_order_if_it_can(stack, router):
    """The preferred one has more of the first line, but only the other has both."""
    world = World(stack.db, "whole")
    give(world, "whole-W", "A", 9)
    give(world, "whole-S", "A", 2)
    give(world, "whole-S", "B", 2)
    order(world, 1, {"A": 1, "B": 1})
    assert routed(world, 1) == [("S", 1, "released"), ("S", 1, "released")]
    told, = world.db.execute("select facility, kind, lines from fulfillment_request where shop = 'whole'").fetchall()
    assert (told["facility"], told["kind"], len(told["lines"])) == ("whole-S", "create", 2)
    assert stack.rows("select from outbox where topic = 'allocations' and key = 'whole/1'")
    assert not stack.rows("select from route_queue where shop = 'whole'")
    check_sums(world)


def test_an_order_that_nobody_has_whole_is_split(stack, router):
    world = World(stack.db, "split")
    give(world, "split-W", "A", 10)
    give(world, "split-S", "A", 3)
    order(world, 1, {"A": 12})
    assert routed(world, 1) == [("W", 10, "released"), ("S", 2, "released")]
    check_sums(world)


def test_what_is_lacking_is_said_and_placed_when_it_arrives(stack, router):
    """Nobody has to press a button: the delivery itself wakes the order."""
    world = World(stack.db, "lack")
    give(world, "lack-W", "A", 1)
    order(world, 1, {"A": 3})
    assert routed(world, 1) == [("W", 1, "released")]
    case, = wait_until(lambda: unfillable(world, 1), READY_S, "the exception")
    assert "2 of sku:lack-A" in case["detail"]
    assert stack.rows("select from route_queue where shop = 'lack' and due_at > now()")
    give(world, "lack-S", "A", 5)
    wait_until(lambda: len(parts(world, 1)) == 2, READY_S, "the rest is placed")
    wait_until(lambda: not unfillable(world, 1), READY_S, "the exception is closed")
    check_sums(world)


def test_a_test_order_counts_but_no_facility_hears_of_it(stack, router):
    world = World(stack.db, "trial")
    give(world, "trial-W", "A", 5)
    order(world, 1, {"A": 2}, test=True)
    assert routed(world, 1) == [("W", 2, "allocated")]
    assert not stack.rows("select from fulfillment_request where shop = 'trial'")
    check_sums(world)


def test_a_facility_that_does_not_ship_is_never_chosen(stack, router):
    world = World(stack.db, "closed")
    stack.db.execute("update facility set ships = false where facility = 'closed-W'")
    give(world, "closed-W", "A", 5)
    give(world, "closed-S", "A", 5)
    order(world, 1, {"A": 2})
    assert routed(world, 1) == [("S", 2, "released")]


def flood(world: World, orders: int) -> None:
    for n in range(1, orders + 1):
        order(world, n, {"A": 1, "B": 2})


def settled(world: World) -> bool:
    return not world.db.execute("select from route_queue where shop = %s and due_at <= %s and attempts = 0",
                                (world.shop, world.now)).fetchall()


def check_flood(world: World, orders: int, units_of_a: int) -> None:
    """As many orders as there is stock for, not one more."""
    check_sums(world)
    taken = world.db.execute("""select coalesce(sum(quantity), 0) n from allocation a join item i using (item_id)
                                 where shop = %s and item = %s""",
                             (world.shop, f"sku:{world.shop}-A")).fetchone()["n"]
    assert taken == min(orders, units_of_a)
    over = world.db.execute("select from stock where facility like %s and reserved > on_hand",
                            (f"{world.shop}-%",)).fetchall()
    assert not over, "more was reserved than there is"


def test_two_routers_share_a_scarce_shelf_without_promising_a_unit_twice(stack, router):
    world = World(stack.db, "scarce")
    give(world, "scarce-W", "A", 25)
    give(world, "scarce-S", "A", 20)
    give(world, "scarce-W", "B", 500)
    second = stack.start(SERVICE, slot=1, options={"order-router.batch_max": 3})
    flood(world, 60)
    wait_until(lambda: settled(world), READY_S, "every order was looked at")
    check_flood(world, 60, 45)
    assert second.stop() == 0


@pytest.mark.parametrize("point", ["route_locked", "route_decided", "route_committed"])
def test_death_in_the_middle_of_a_decision(stack, router, point):
    """Half a decision would reserve goods for nobody, or send a parcel that nothing was reserved for."""
    world = World(stack.db, point.replace("_", ""))
    give(world, f"{world.shop}-W", "A", 10)
    give(world, f"{world.shop}-W", "B", 500)
    router.stop()
    mortal = stack.start(SERVICE, slot=2, failpoints=f"{point}:2:kill", options={"order-router.batch_max": 4})
    flood(world, 20)
    assert mortal.wait(READY_S) == -signal.SIGKILL
    router.start().wait_ready(READY_S)
    wait_until(lambda: settled(world), READY_S, "every order was looked at")
    check_flood(world, 20, 10)


def test_stock_that_arrives_during_a_decision_is_not_overlooked(stack, router):
    """The wake-up meets an order that is just being decided: it must be decided again."""
    world = World(stack.db, "wake")
    give(world, "wake-W", "B", 5)
    router.stop()
    slow = stack.start(SERVICE, slot=3, failpoints="route_decided:1:delay_ms=1500")
    order(world, 1, {"A": 1})
    wait_until(lambda: '"route_decided"' in slow.log.read_text(errors="replace"), READY_S, "it decides")
    give(world, "wake-W", "A", 5)
    assert wait_until(lambda: parts(world, 1), READY_S, "it is placed") == [("W", 1, "released")]
    assert slow.stop() == 0
    router.start().wait_ready(READY_S)
    check_sums(world)
    assert Router(world).world is world


# ---- whose work it is: fulfilment orders

OURS = {"status": "open", "supported_actions": ["create_fulfillment", "hold", "move"]}
ELSEWHERE = LOCATION + 1


def work(world: World, order_id: int, at: float, *parts) -> None:
    """Fulfilment orders as a read shows them: (units of the only line, location, {what differs})."""
    (line,) = world.db.execute("select line_id from sales_order_line where shop = %s and order_id = %s",
                               (world.shop, order_id)).fetchall()
    orders = [{"fulfillment_order_id": order_id * 10 + n, "location_id": location, "request_status": "unsubmitted",
               "updated_at": None, **OURS, **more, "lines": [{
                   "fulfillment_order_line_id": order_id * 10 + n, "line_id": line["line_id"], "total_quantity": units,
                   "remaining_quantity": units}]} for n, (units, location, more) in enumerate(parts)]
    world.apply([("fulfillment-orders", "read", {"shop": world.shop, "order_id": order_id, "updated_at": stamp(at),
                                                 "observed_at": stamp(at), "fulfillment_orders": orders})])


def looked_at(world: World, order_id: int) -> None:
    wait_until(lambda: not world.db.execute("select from route_queue where shop = %s and order_id = %s",
                                            (world.shop, order_id)).fetchall(), READY_S, "the router has looked")


def told(world: World) -> list:
    rows = world.db.execute("select kind from fulfillment_request where shop = %s order by request", (world.shop,))
    return [row["kind"] for row in rows.fetchall()]


@pytest.mark.parametrize("name, location, more", [
    ("unmapped", ELSEWHERE, {}),
    ("service", LOCATION, {"supported_actions": ["create_fulfillment", "request_fulfillment"]}),
    ("requested", LOCATION, {"supported_actions": ["request_cancellation"], "request_status": "submitted"}),
    ("external", LOCATION, {"supported_actions": ["external"]}),
])
def test_what_somebody_else_ships_is_never_routed(stack, router, name, location, more):
    """The customer would get two parcels, and our shelf would lose goods that it needs."""
    world = World(stack.db, name)
    router.stop()
    order(world, 1, {"A": 2})
    work(world, 1, 7200, (2, location, more))
    give(world, f"{name}-W", "A", 5)
    router.start().wait_ready(READY_S)
    looked_at(world, 1)
    assert parts(world, 1) == [] and told(world) == [] and not unfillable(world, 1)
    work(world, 1, 7300, (2, LOCATION, {}))             # moved to us
    assert routed(world, 1) == [("W", 2, "released")]
    check_sums(world)


def test_a_location_that_settings_describe_is_ours(stack, router):
    world = World(stack.db, "mapped")
    give(world, "mapped-W", "A", 5)
    stack.db.execute("insert into shop_location values ('mapped', %s, 'Store', now())", (ELSEWHERE,))
    order(world, 1, {"A": 2})
    work(world, 1, 7200, (2, ELSEWHERE, {}))
    assert routed(world, 1) == [("W", 2, "released")]
    looked_at(world, 1)
    assert told(world) == ["create"]


def test_what_was_routed_before_it_was_known_to_be_elsewhere_is_withdrawn(stack, router):
    """Fulfilment orders come a moment after their order; the facility hears that it must not ship."""
    world = World(stack.db, "withdrawn")
    give(world, "withdrawn-W", "A", 5)
    order(world, 1, {"A": 3})
    assert routed(world, 1) == [("W", 3, "released")]
    work(world, 1, 7200, (1, LOCATION, {}), (2, ELSEWHERE, {}))
    looked_at(world, 1)
    assert parts(world, 1) == [("W", 1, "released")] and told(world) == ["create", "cancel"]
    assert not unfillable(world, 1)
    check_sums(world)


def test_a_hold_keeps_back_what_is_not_routed_and_leaves_alone_what_is(stack, router):
    """Released against a person's will, or taken from a facility that is just packing it."""
    world = World(stack.db, "held")
    held = {"status": "on_hold", "supported_actions": ["hold", "move", "release_hold"]}
    router.stop()
    order(world, 1, {"A": 2})
    work(world, 1, 7200, (2, LOCATION, held))
    give(world, "held-W", "A", 5)
    router.start().wait_ready(READY_S)
    looked_at(world, 1)
    assert parts(world, 1) == [] and not unfillable(world, 1)
    work(world, 1, 7300, (2, LOCATION, {}))
    assert routed(world, 1) == [("W", 2, "released")]
    work(world, 1, 7400, (2, LOCATION, held))
    looked_at(world, 1)
    assert parts(world, 1) == [("W", 2, "released")] and told(world) == ["create"]
    check_sums(world)
