# SPDX-License-Identifier: Apache-2.0
"""Facts about orders give one final state, whatever order they arrive in, however often, in whatever batches.

Random lives of orders are applied through the function that order-state calls, once as they happened and several times
shuffled, doubled and cut differently; every table must end the same, and the sums that stock and promise rest on must
hold at every step. If one of these fails, a rebuild from the topics would not give the same shop.
"""
import datetime
import random
import threading

import psycopg
import pytest
from order_history import OrderHistory, stamp
from order_world import SKUS, Router, World, check_against, check_sums, final_state
from psycopg.rows import dict_row


def lives(world: World, seed: int, orders: int = 3) -> list:
    rng = random.Random(seed)
    names = random.Random(f"{seed} skus")
    return [OrderHistory(rng, world.shop, n, world.skus(names), world.facilities).act(rng.randint(3, 14))
            for n in range(1, orders + 1)]


@pytest.mark.parametrize("seed", range(24))
def test_any_order_of_arrival_gives_one_final_state(stack, seed):
    wanted = None
    for turn in range(4):
        world = World(stack.db, f"s{seed}x{turn}")
        histories = lives(world, seed)
        records = [record for history in histories for record in history.records]
        rng = random.Random(seed * 100 + turn)
        if turn:
            records += rng.choices(records, k=len(records) // 2)
            rng.shuffle(records)
        world.apply_all(records, rng, most=8, check=lambda: check_sums(world))
        world.sweep()
        check_sums(world)
        check_against(world, histories)
        state = final_state(world)
        wanted = wanted or state
        for table, rows in wanted.items():
            changed = sorted(set(state[table]) ^ set(rows))
            assert state[table] == rows, f"{table} differs in turn {turn}: {changed}"


@pytest.mark.parametrize("seed", range(20))
def test_sums_hold_while_the_router_decides_in_between(stack, seed):
    """Allocations are decisions, so the end may differ; what stock and promise rest on must hold at every step."""
    world = World(stack.db, f"r{seed}")
    router, rng = Router(world), random.Random(seed)
    router.deliver(rng.randint(0, 8))
    records = [record for history in lives(world, seed, 5) for record in history.records]
    for n in range(len(records)):
        other = min(len(records) - 1, n + rng.randint(0, 3))
        records[n], records[other] = records[other], records[n]

    def look():
        check_sums(world)
        if rng.random() < 0.6:
            router.turn()
            check_sums(world)
    world.apply_all(records, rng, most=3, check=look)
    router.deliver(50)
    world.db.execute("select enqueue_route(array_agg(shop), array_agg(order_id), 'test', %s) from sales_order where shop = %s",
                     (world.now, world.shop))
    router.turn()
    check_sums(world)
    left = world.db.execute("""select o.order_id, l.line_id from sales_order o join sales_order_line l using (shop, order_id)
                                where shop = %s and state = 'open' and unallocated > 0
                                  and l.item_id in (select item_id from stock where facility like shop || '-%%'
                                                       and usable > 0)""", (world.shop,)).fetchall()
    assert not left, "demand is left although there is stock"
    requests = world.db.execute("""
        select r.order_id, r.facility, x.line_id, sum(case kind when 'cancel' then -x.quantity else x.quantity end) units
          from fulfillment_request r, jsonb_to_recordset(r.lines) x(line_id bigint, quantity bigint)
         where shop = %s group by 1, 2, 3""", (world.shop,)).fetchall()
    held = {(a["order_id"], a["facility"], a["line_id"]): a["units"] for a in world.db.execute(
        """select order_id, facility, line_id, sum(quantity) units from allocation
            where shop = %s and state <> 'shipped' group by 1, 2, 3""", (world.shop,))}
    asked = {(r["order_id"], r["facility"], r["line_id"]): r["units"] for r in requests}
    shipped = {(s["order_id"], s["facility"], s["line_id"]): s["units"] for s in world.db.execute(
        """select order_id, facility, line_id, sum(quantity) units from allocation
            where shop = %s and state = 'shipped' group by 1, 2, 3""", (world.shop,))}
    for key, units in asked.items():
        assert units >= held.get(key, 0) and units <= held.get(key, 0) + shipped.get(key, 0), key


# -- one matter each -------------------------------------------------------------------------------------------------

def simple_order(world: World, order_id: int = 1, quantity: int = 3, skus=("A",)) -> OrderHistory:
    """An order with one line of `quantity` for each SKU, and nothing done to it."""
    history = OrderHistory(random.Random(order_id), world.shop, order_id, [f"{world.shop}-{s}" for s in skus],
                           world.facilities)
    while history.skus:
        history.add_line()
    for line in history.lines:
        line["quantity"] = line["current_quantity"] = line["unfulfilled_quantity"] = quantity
    history.records.clear()
    history.tick()
    history.snapshot("orders", "webhook orders/create")
    return history


def one(world: World, sql: str, *parameters) -> dict:
    return world.db.execute(sql, parameters).fetchone()


def is_open(world: World, kind: str, subject: str) -> bool:
    return one(world, """select count(*) n from exception_case where kind = %s and subject = %s
                          and closed_at is null""", kind, subject)["n"] == 1


def test_a_snapshot_that_cannot_be_read_blocks_its_order_until_a_newer_good_one(stack):
    """A router or writer acting on what is known would act on the past."""
    world = World(stack.db, "block")
    history = simple_order(world)
    world.apply(history.records)
    bad = {**history.body, "updated_at": stamp(5000), "observed_at": stamp(5000)}
    world.apply([("block", "order-updates", bad)])
    assert is_open(world, "blocked_order", "block/1")
    assert not world.db.execute("select from route_queue where shop = 'block'").fetchall()
    world.db.execute("insert into shop_watermark values ('block', %s, 'g', '{}', '{}', '{}')", (stamp(9000),))
    in_force = one(world, "select through_at from shop_watermark_in_force where shop = 'block'")
    assert in_force["through_at"] < one(world, "select blocked_updated_at at from sales_order where shop = 'block'")["at"]

    history.now = history.updated = 4000       # good and newer than what is stored, but older than what is missing
    history.snapshot()
    assert world.apply(history.records[-1:])[0]["outcome"] == "applied"
    assert is_open(world, "blocked_order", "block/1")
    history.now = history.updated = 6000
    history.snapshot()
    world.apply(history.records[-1:])
    assert not is_open(world, "blocked_order", "block/1")
    assert world.db.execute("select from route_queue where shop = 'block'").fetchall()


def test_a_snapshot_the_database_refuses_is_named_alone_and_blocks_its_order(stack):
    """A value no column can hold must cost one record, not the batch, and not be forgotten."""
    world = World(stack.db, "refuse")
    good, bad = simple_order(world, 1), simple_order(world, 2)
    bad.records[0][2]["lines"][0]["quantity"] = 10 ** 30
    with pytest.raises(psycopg.errors.DataError):
        world.apply(good.records + bad.records)
    assert world.apply(good.records)[0]["outcome"] == "applied"
    verdict = world.apply(bad.records)[0]
    assert verdict["outcome"] == "refused" and "out of range" in verdict["reason"]
    assert is_open(world, "blocked_order", "refuse/2") and not is_open(world, "blocked_order", "refuse/1")


def test_a_fulfilment_is_not_taken_for_staffs_while_our_own_intent_is_open(stack):
    """Issued too early, the parcel and its own echo would both leave the ledger."""
    world = World(stack.db, "intent")
    history = simple_order(world)
    world.apply(history.records)
    world.db.execute("""insert into parcel_write (shop, order_id, parcel, desired, version, state)
                        values ('intent', 1, 'wms/1', '{}', 1, 'intent')""")
    history.tick()
    history.fulfil()
    history.snapshot()
    world.apply(history.records[-1:])
    world.sweep()
    fact = "select attributed, issued, units from stock_fact where shop = 'intent' and kind = 'fulfil'"
    assert not one(world, fact)["attributed"], "nobody can know yet whose it is"
    world.db.execute("update parcel_write set state = 'refused' where shop = 'intent'")
    assert world.sweep() == 1
    row = one(world, fact)
    assert row["attributed"] and row["issued"] == row["units"]
    check_sums(world)

    world.db.execute("""update parcel_write set state = 'done', fulfillment_ids = array[(select fulfillment_id from
                        stock_fact where shop = 'intent' and kind = 'fulfil')] where shop = 'intent'""")
    history.tick()
    history.snapshot()
    world.apply(history.records[-1:])
    assert one(world, fact)["issued"] == 0, "later evidence says that it was ours"
    check_sums(world)


def test_a_fulfilment_that_was_there_before_the_intent_is_staffs(stack):
    """Otherwise staff's sale would wait as long as a parcel of ours does."""
    world = World(stack.db, "before")
    history = simple_order(world)
    history.tick()
    history.fulfil()
    known = history.body["fulfillments"][0]["fulfillment_id"]
    world.db.execute("""insert into parcel_write (shop, order_id, parcel, desired, version, state, before_ids)
                        values ('before', 1, 'wms/1', '{}', 1, 'intent', array[%s]::bigint[])""", (known,))
    history.snapshot()
    world.apply(history.records)
    assert one(world, "select attributed from stock_fact where shop = 'before'")["attributed"]


def test_one_sku_on_two_lines_is_shared_out(stack):
    """A warehouse knows SKUs; a parcel of three takes what each line lacks, and never more than one line has."""
    world = World(stack.db, "twice")
    history = simple_order(world, skus=("A", "B"), quantity=2)
    for line in history.lines:
        line["sku"], line["variant_id"] = "twice-A", None
    history.records.clear()
    history.tick()
    history.snapshot()
    parcel = {"carrier": None, "event_id": "1", "facility": world.facilities[0], "order_id": 1,
              "lines": [{"sku": "twice-A", "quantity": 3}], "shipped_at": stamp(2000), "shop": "twice",
              "source": "wms", "tracking_number": None, "tracking_url": None}
    world.apply([("shipment", "wms/1", parcel)])
    assert is_open(world, "unknown_order", "twice/1")
    world.apply(history.records)
    assert not is_open(world, "unknown_order", "twice/1")
    rows = world.db.execute("select shipped from sales_order_line where shop = 'twice' order by line_id").fetchall()
    assert [row["shipped"] for row in rows] == [2, 1]
    check_sums(world)


def test_many_hands_at_once_neither_deadlock_nor_miscount(stack):
    """Two appliers and a router over the same orders and shelves: locks are taken in one order by all."""
    world = World(stack.db, "hands")
    Router(world).deliver(20)
    records = [record for history in lives(world, 7, 12) for record in history.records]
    failures = []

    def work(seed: int, routes: bool):
        rng = random.Random(seed)
        with psycopg.connect(stack.postgres_url, autocommit=True, row_factory=dict_row) as db:
            mine = World.at(db, "hands", world.now)
            try:
                if routes:
                    for _ in range(60):
                        Router(mine).turn()
                else:
                    mine.apply_all(rng.sample(records, len(records)), rng, most=5)
            except psycopg.Error as e:
                failures.append(e)

    threads = [threading.Thread(target=work, args=(n, n == 0)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    check_sums(world)
