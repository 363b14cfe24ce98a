# SPDX-License-Identifier: Apache-2.0
"""order-state: what the topics say about orders is what Postgres says, whatever happens on the way.

Facts are written to Kafka as publishers and warehouses write them; at the other end the tables are compared with what
the same facts give when they are applied one by one in their own order, and with sums that must always hold.
"""
import random
import signal

import pytest
from harness import wait_until
from order_history import OrderHistory, stamp
from order_world import World, check_against, check_sums, final_state, topic_record

SERVICE = "order-state"
READY_S = 60
ON_ITS_WAY = """select coalesce(sum(consumed), 0)::int n, coalesce(sum(applied), 0)::int applied,
                coalesce(sum(duplicate), 0)::int duplicate, coalesce(sum(stale), 0)::int stale,
                coalesce(sum(dead_lettered), 0)::int dead from consumer_offset where consumer_group like '%order-state'"""


class Mill:
    """Sends records and waits until every one of them has been consumed."""

    def __init__(self, stack):
        self.stack, self.sent = stack, 0

    def send(self, records: list) -> None:
        for kind, source, body in records:
            self.stack.produce(*topic_record(kind, source, body))
            self.sent += 1

    def poison(self, topic: str, key: str, value) -> tuple:
        self.sent += 1
        return self.stack.produce(topic, key, value, bad=True)

    def tally(self) -> dict:
        return self.stack.rows(ON_ITS_WAY)[0]

    def settle(self) -> dict:
        wait_until(lambda: self.tally()["n"] >= self.sent, READY_S, "all records are consumed")
        tally = self.tally()
        assert tally["n"] == self.sent
        return tally

    def is_open(self, kind: str, subject: str) -> bool:
        return bool(self.stack.rows("""select from exception_case where kind = %s and subject = %s
                                        and closed_at is null""", kind, subject))


@pytest.fixture(scope="module")
def mill(stack):
    return Mill(stack)


def order_of(world: World, order_id: int, quantity: int = 2) -> OrderHistory:
    """An order with one line and nothing done to it; its first snapshot is in records."""
    history = OrderHistory(random.Random(order_id), world.shop, order_id, [f"{world.shop}-A"], world.facilities)
    for key in ("quantity", "current_quantity", "unfulfilled_quantity"):
        history.lines[0][key] = quantity
    history.records.clear()
    history.snapshot("orders", "webhook orders/create")
    return history


def lives(world: World, seed: int, orders: int) -> list:
    rng, names = random.Random(seed), random.Random(f"{seed} skus")
    return [OrderHistory(rng, world.shop, n, world.skus(names), world.facilities).act(rng.randint(3, 12))
            for n in range(1, orders + 1)]


def compare(stack, world: World, plain: World, seed: int, orders: int) -> None:
    """The world that came through Kafka ends like the one that was told everything in order."""
    histories = lives(plain, seed, orders)
    plain.apply_all([r for history in histories for r in history.records], random.Random(seed), 5)
    plain.sweep()
    world.sweep()
    check_sums(world)
    check_against(world, lives(world, seed, orders))
    wanted, found = final_state(plain), final_state(world)
    for name in wanted:
        if name == "versions":      # a source tells which topic; both worlds saw each version in some topic
            wanted[name], found[name] = len(wanted[name]), len(found[name])
        if name == "orders":        # the service hashes the body with the shop's name in it
            wanted[name], found[name] = len(wanted[name]), len(found[name])
        assert found[name] == wanted[name], name


@pytest.mark.parametrize("point", ["", "orders_decoded:2:kill", "orders_applied:3:kill", "stream_applied:2:kill",
                                   "stream_committed:4:kill", "orders_applied:2:error"])
def test_lives_of_orders_come_through_shuffled_doubled_and_with_deaths(stack, mill, point):
    """A lost or doubled fact is a customer who gets nothing, or two parcels."""
    name = "life" + point.split(":")[0].replace("_", "") + point[-1:]
    seed, orders = len(point) + 1, 8
    world, plain = World(stack.db, f"{name}a"), World(stack.db, f"{name}b")
    records = [r for history in lives(world, seed, orders) for r in history.records]
    rng = random.Random(seed)
    records += rng.choices(records, k=len(records) // 4)
    rng.shuffle(records)
    service = stack.start(SERVICE, failpoints=point, options={"order-state.batch_max": 4})
    third = len(records) // 3
    mill.send(records[:third])
    if point.endswith("kill"):
        assert service.wait(READY_S) == -signal.SIGKILL
        stack.restart(service)
    mill.send(records[third:])
    mill.settle()
    compare(stack, world, plain, seed, orders)
    assert service.stop() == 0


def test_two_processes_and_kill_9_again_and_again(stack, mill):
    world, plain = World(stack.db, "twaina"), World(stack.db, "twainb")
    records = [r for history in lives(world, 99, 20) for r in history.records]
    random.Random(5).shuffle(records)
    both = [stack.start(SERVICE), stack.start(SERVICE, slot=1)]
    part = len(records) // 6 + 1
    for n in range(6):
        mill.send(records[n * part:(n + 1) * part])
        both[n % 2].kill()
        both[n % 2].wait(READY_S)
        stack.restart(both[n % 2])
    mill.settle()
    compare(stack, world, plain, 99, 20)
    assert [p.stop() for p in both] == [0, 0]


@pytest.fixture(scope="module")
def service(stack, mill):
    """One process for the tests that do not care which."""
    return stack.start(SERVICE, options={"order-state.sweep_ms": 100, "order-state.sweep_idle_ms": 200})


def test_a_poison_snapshot_is_parked_blocks_its_order_and_spares_the_next(stack, mill, service):
    """Acting on an order whose newest state is unknown would act on the past."""
    world = World(stack.db, "poison")
    one, two = order_of(world, 1), order_of(world, 2)
    mill.send(one.records)
    partition, offset = mill.poison("order-updates", "poison/1", b"{\"order_id\":1,\"updated_at\":\"soon\"}")
    mill.send(two.records)
    mill.settle()
    letter, = stack.rows("""select reason, payload from dead_letter where topic like '%%order-updates'
                            and partition = %s and record_offset = %s""", partition, offset)
    assert letter["payload"].startswith(b"{\"order_id\"")
    assert mill.is_open("blocked_order", "poison/1") and not mill.is_open("blocked_order", "poison/2")
    queue = stack.rows("select order_id from route_queue where shop = 'poison'")
    assert [row["order_id"] for row in queue] == [2], "a blocked order must not be routed"

    one.now = one.updated = one.now + 60
    one.snapshot()
    mill.send(one.records[-1:])
    mill.settle()
    assert not mill.is_open("blocked_order", "poison/1")
    assert len(stack.rows("select from route_queue where shop = 'poison'")) == 2


def test_garbage_without_an_order_is_only_a_dead_letter(stack, mill, service):
    before = mill.settle()["dead"]
    world = World(stack.db, "garbage")
    for topic in ("orders", "order-updates", "fulfillment-orders", "shipments"):
        mill.poison(topic, "???", b"\x00\xff")
    mill.send(order_of(world, 1).records)
    assert mill.settle()["dead"] == before + 4
    assert stack.rows("select from sales_order where shop = 'garbage'")


def test_an_older_snapshot_at_the_end_of_its_topic_asks_for_another_read(stack, mill, service):
    """Compaction would keep the last record: a rebuild from the topic would bring the past back."""
    world = World(stack.db, "late")
    history = order_of(world, 1)
    for _ in range(2):
        history.now = history.updated = history.now + 10
        history.snapshot()
    first, second, third = history.records
    mill.send([first, third])
    mill.settle()
    assert not stack.rows("select from hint where shop = 'late'")
    mill.send([second])
    assert mill.settle()["stale"] >= 1
    hint, = stack.rows("select resource, reason from hint where shop = 'late'")
    assert hint["resource"] == "Order/1" and "order-updates" in hint["reason"]
    assert len(stack.rows("select from order_version where shop = 'late'")) == 3, "each version seen is kept"


def test_a_hint_that_asks_for_another_read_outweighs_one_that_says_that_something_changed(stack, mill, service):
    """A webhook's hint is done with when Kafka has what it stands for: the topic would go on ending with the past."""
    world = World(stack.db, "heavier")
    history = order_of(world, 1)
    for _ in range(2):
        history.now = history.updated = history.now + 10
        history.snapshot()
    first, second, third = history.records
    mill.send([first, third])
    mill.settle()
    hint_by_webhook(stack, "heavier")
    mill.send([second])
    mill.settle()
    hint_by_webhook(stack, "heavier")
    hint, = stack.rows("select reason from hint where shop = 'heavier'")
    assert hint["reason"] == "late snapshot in order-updates"


def hint_by_webhook(stack, shop: str) -> None:
    stack.rows("select add_hints(array[%s], '{Order/1}', array[clock_timestamp()], array[clock_timestamp()], "
               "'{webhook orders/updated}', '{true}')", shop)


def test_snapshots_in_the_wrong_order_across_topics_need_no_read(stack, mill, service):
    """Each topic ends on its own newest record; a rebuild reads both."""
    world = World(stack.db, "across")
    history = order_of(world, 1)
    history.now = history.updated = history.now + 10
    history.snapshot()
    mill.send(history.records[1:])
    mill.settle()
    mill.send(history.records[:1])
    mill.settle()
    assert not stack.rows("select from hint where shop = 'across'")


def test_a_tombstone_archives_and_a_late_fact_does_not_resurrect(stack, mill, service):
    world = World(stack.db, "tomb")
    history = order_of(world, 1)
    history.now = history.updated = history.now + 10
    history.snapshot()
    mill.send(history.records[1:])
    stack.produce("order-updates", "tomb/1", None)
    mill.sent += 1
    mill.send(history.records[:1])
    mill.settle()
    row, = stack.rows("select updated_at::text, state from sales_order where shop = 'tomb'")
    assert row["updated_at"][:19] == history.records[1][2]["updated_at"][:19].replace("T", " ")


def test_a_parcel_of_an_unknown_order_is_kept_shown_and_healed(stack, mill, service):
    world = World(stack.db, "early")
    parcel = {"carrier": "DHL", "event_id": "1", "facility": "nowhere", "lines": [{"quantity": 2, "sku": "early-A"}],
              "order_id": 1, "shipped_at": stamp(5000), "shop": "early", "source": "wms", "tracking_number": "T1",
              "tracking_url": None}
    mill.send([("shipment", "", parcel), ("shipment", "", parcel)])
    mill.settle()
    assert mill.is_open("unknown_order", "early/1") and mill.is_open("unknown_facility", "nowhere")
    assert not stack.rows("select from outbox where key = 'early/1'")

    mill.send(order_of(world, 1).records)
    mill.settle()
    assert not mill.is_open("unknown_order", "early/1")
    line, = stack.rows("select shipped, remaining from sales_order_line where shop = 'early'")
    assert (line["shipped"], line["remaining"]) == (2, 0)
    assert stack.rows("select state from sales_order where shop = 'early'")[0]["state"] == "completed"
    assert stack.rows("select on_hand from stock where facility = 'nowhere'")[0]["on_hand"] == -2
    assert {row["topic"] for row in stack.rows("select topic from outbox where key = 'early/1'")} \
        == {"allocations", "fulfillments"}
    stack.db.execute("insert into facility (facility, name, updated_at) values ('nowhere', 'n', %s)", (world.now,))
    wait_until(lambda: not mill.is_open("unknown_facility", "nowhere"), 30, "the sweep closes it")


def test_an_unknown_product_is_shown_and_healed(stack, mill, service):
    world = World(stack.db, "novel")
    history = OrderHistory(random.Random(1), "novel", 1, ["novel-E"], world.facilities)
    mill.send(history.records)
    mill.settle()
    variant = history.lines[0]["variant_id"]
    assert mill.is_open("unknown_product", f"novel/variant/{variant}")
    world.know("E")
    wait_until(lambda: not mill.is_open("unknown_product", f"novel/variant/{variant}"), 30, "the sweep closes it")


def test_a_fulfilment_of_unknown_origin_waits_for_our_intent_and_is_issued_then(stack, mill, service):
    """The sweep must find it: nothing else will happen to this order."""
    world = World(stack.db, "whose")
    history = order_of(world, 1)
    mill.send(history.records)
    mill.settle()
    stack.db.execute("""insert into parcel_write (shop, order_id, parcel, desired, version, state)
                        values ('whose', 1, 'wms/1', '{}', 1, 'intent')""")
    history.tick()
    history.fulfil()
    history.snapshot()
    mill.send(history.records[-1:])
    mill.settle()
    fact = "select attributed, issued, units from stock_fact where shop = 'whose'"
    assert stack.rows(fact)[0]["issued"] == 0
    stack.db.execute("update parcel_write set state = 'refused' where shop = 'whose'")
    row = wait_until(lambda: [r for r in stack.rows(fact) if r["attributed"]], 30, "the sweep attributes it")[0]
    assert row["issued"] == row["units"]
    check_sums(world)


def test_a_cancelled_order_frees_its_stock_and_tells_the_facility(stack, mill, service):
    world = World(stack.db, "halt")
    history = order_of(world, 1)
    mill.send(history.records)
    mill.settle()
    facility = world.facilities[0]
    with stack.db.transaction():
        line, = stack.rows("select line_id, item_id from sales_order_line where shop = 'halt'")
        stack.db.execute("select lock_stock(array[%s]::bigint[], array[%s], %s)", (line["item_id"], facility, world.now))
        stack.db.execute("select record_routes('{halt}', '{1}', array[%s]::bigint[], array[%s], '{2}', '{halt}', '{1}',"
                         " '{1}', '{null}', '{null}', %s)", (line["line_id"], facility, world.now))
    history.tick()
    history.body["cancelled_at"] = stamp(int(history.now))
    history.lines[0]["unfulfilled_quantity"] = history.lines[0]["current_quantity"] = 0
    history.snapshot()
    mill.send(history.records[-1:])
    mill.settle()
    assert stack.rows("select state from sales_order where shop = 'halt'")[0]["state"] == "cancelled"
    assert not stack.rows("select from allocation where shop = 'halt'")
    assert stack.rows("select reserved from stock where facility = %s", facility)[0]["reserved"] == 0
    told = stack.rows("select kind, lines from fulfillment_request where shop = 'halt' order by request")
    assert [t["kind"] for t in told] == ["create", "cancel"]
    assert told[1]["lines"][0]["quantity"] == 2
    check_sums(world)
