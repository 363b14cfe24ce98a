# SPDX-License-Identifier: Apache-2.0
"""The whole story of an order is in tables: every record that was looked at, returns, refunds, kinds, what is ours.

If one of these fails, somebody who looks at an order is told less than Shopify knows, or a facility ships what others ship.
"""
import random

import pytest
from order_world import Router, World
from test_order_state import Mill, order_of

SERVICE = "order-state"


@pytest.fixture(scope="module")
def mill(stack):
    return Mill(stack)


@pytest.fixture(scope="module")
def service(stack, mill):
    return stack.start(SERVICE, options={"order-state.launch_at": "late 2026-11-02T11:00:00Z, other 2020-01-01T00:00:00Z"})


def hops(stack, shop: str, order_id: int) -> list:
    return stack.rows("""select topic, outcome, reason, updated_at is not null as versioned, produced_at is not null as timed
                           from order_hop where shop = %s and order_id = %s order by applied_at, topic, record_offset""",
                      shop, order_id)


def test_every_record_leaves_its_hop_once(stack, mill, service):
    """Whoever traces an order sees what was applied, what was not, and why; a replay adds nothing."""
    world = World(stack.db, "hops")
    history = order_of(world, 1)
    history.tick()
    history.snapshot(reason="webhook orders/edited")
    history.read_fulfillment_orders()
    history.read_returns()
    history.ship()
    for part in (history.records[:1], history.records[1:], history.records[1:2] + history.records[:1]):
        mill.send(part)
        mill.settle()
    mill.poison("fulfillment-orders", "hops/1", b"{}")
    mill.poison("returns", "hops/1", b"null\x00")
    mill.poison("order-updates", "nobody", b"{}")
    mill.settle()
    found = hops(stack, "hops", 1)
    assert sorted((h["topic"], h["outcome"]) for h in found) == [
        ("fulfillment-orders", "applied"), ("fulfillment-orders", "dead_lettered"), ("order-updates", "applied"),
        ("order-updates", "duplicate"), ("orders", "applied"), ("orders", "stale"), ("returns", "applied"),
        ("returns", "dead_lettered"), ("shipments", "applied")]
    assert all(h["timed"] for h in found)
    assert all(h["versioned"] == (h["topic"] != "shipments" and h["outcome"] != "dead_lettered") for h in found)
    assert {h["reason"] for h in found if h["topic"] == "order-updates"} == {"webhook orders/edited"}
    assert all(h["reason"] for h in found if h["outcome"] == "dead_lettered")
    assert [h["reason"] for h in found if h["topic"] == "shipments"][0].startswith("parcel wms/")

    before = stack.rows("select * from order_hop order by 1, 2, 3, 4, 5")
    assert service.stop() == 0
    stack.db.execute("""update consumer_offset set next_offset = 0, epoch = epoch + 1, consumed = 0, applied = 0,
                        duplicate = 0, stale = 0, dead_lettered = 0 where consumer_group like '%%order-state'""")
    service.start().wait_ready(60)
    mill.settle()
    assert stack.rows("select * from order_hop order by 1, 2, 3, 4, 5") == before


def test_returns_are_rows_and_move_no_stock(stack, mill, service):
    """A return is an agreement; only a receipt brings stock back."""
    world = World(stack.db, "back")
    history = order_of(world, 2)
    history.fulfil()
    history.tick()
    history.snapshot()
    mill.send(history.records)
    mill.settle()
    ledger = "select count(*)::int n from stock_entry where facility like 'back-%%'"
    before = stack.rows(ledger)
    history.rng = random.Random(1)
    history.ask_return()
    history.read_returns()
    history.rng.random = lambda: 0.9       # not declined
    history.go_on_with_return()
    history.read_returns()
    history.go_on_with_return()
    history.read_returns()
    mill.send(history.records[-1:] + history.records[-2:-1])  # the newest first: the other is late
    mill.settle()
    row, = stack.rows("select status, closed_at, refund_ids from order_return where shop = 'back'")
    assert row["status"] == "closed" and row["closed_at"]
    assert len(stack.rows("select from order_disposition where shop = 'back'")) == 1
    assert stack.rows(ledger) == before
    assert [h["outcome"] for h in hops(stack, "back", 2) if h["topic"] == "returns"] == ["applied", "stale"]
    assert stack.rows("select from hint where shop = 'back' and reason = 'late snapshot in returns'")


def test_returns_of_an_unknown_order_wait_with_a_placeholder(stack, mill, service):
    world = World(stack.db, "early")
    history = order_of(world, 3)
    history.fulfil()
    history.ask_return()
    history.read_returns()
    mill.send(history.records[-1:])
    mill.settle()
    assert stack.rows("select state from sales_order where shop = 'early'") == [{"state": "placeholder"}]
    history.tick()
    history.snapshot()
    mill.send(history.records[-1:])
    mill.settle()
    assert stack.rows("select state from sales_order where shop = 'early'")[0]["state"] != "placeholder"
    assert len(stack.rows("select from order_return_line where shop = 'early'")) == 1


def test_orders_before_the_launch_are_shown_but_never_routed(stack, mill, service):
    """Somebody else still ships them: routed by us as well, the customer gets two parcels."""
    world = World(stack.db, "late")
    Router(world).deliver(5)
    old, new = order_of(world, 1), order_of(world, 9)      # placed at 10:16:40 and at 12:30
    mill.send(old.records + new.records)
    mill.settle()
    rows = stack.rows("select order_id, historical, state from sales_order where shop = 'late' order by 1")
    assert rows == [{"order_id": 1, "historical": True, "state": "open"},
                    {"order_id": 9, "historical": False, "state": "open"}]
    assert [r["order_id"] for r in stack.rows("select order_id from route_queue where shop = 'late'")] == [9]
    wanted = "select coalesce(sum(unallocated), 0)::int n from sales_order_line where shop = 'late' and order_id = %s"
    assert stack.rows(wanted, 1) == [{"n": 0}] and stack.rows(wanted, 9) == [{"n": 2}]
    old.tick()
    old.edit_up()
    old.skus.append("late-B")
    old.add_line()
    old.snapshot()
    mill.send(old.records[-1:])
    mill.settle()
    assert stack.rows(wanted, 1) == [{"n": 0}], "an edit does not make it ours"

    stack.db.execute("select set_launch('late', '2026-11-02T00:00:00Z')")
    walk, last = "select launch_orders('late', %s, 1, %s) as last", 0
    while (now_at := stack.db.execute(walk, (last, world.now)).fetchone()["last"]) is not None:
        last = now_at
    assert last == 9, "each call goes on behind the one before, to the last order"
    assert stack.rows(wanted, 1)[0]["n"] > 0
    assert len(stack.rows("select from route_queue where shop = 'late'")) == 2


def test_a_launch_that_cannot_be_read_is_said_at_start(stack, mill):
    process = stack.start(SERVICE, slot=2, options={"order-state.launch_at": "late soon"}, wait=False)
    assert process.wait(60) != 0
    assert "order-state.launch_at" in process.log.read_text()


def test_a_tombstone_archives_and_asks_nobody_for_anything(stack, mill, service):
    """An order that is no more must not be picked, and must not come back with a late fact."""
    world = World(stack.db, "tomb")
    history = order_of(world, 4)
    mill.send(history.records)
    stack.produce("order-updates", "tomb/4", None)
    mill.sent += 1
    mill.settle()
    row, = stack.rows("select state, archived_at, name from sales_order where shop = 'tomb'")
    assert row["archived_at"] and row["name"]
    assert not stack.rows("select from route_queue where shop = 'tomb'")
    assert mill.is_open("archived_order", "tomb/4")
    history.tick()
    history.edit_up()
    history.snapshot()
    mill.send(history.records[-1:])
    mill.settle()
    assert not stack.rows("select from route_queue where shop = 'tomb'")
    assert [h["reason"] for h in hops(stack, "tomb", 4)].count("tombstone") == 1
