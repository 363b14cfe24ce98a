# SPDX-License-Identifier: Apache-2.0
"""The interleavings that break naive protocols, played with kills, silent and lagging answers, and checked at both ends.

Each test is one of the counterexamples that shaped the write protocol. If one fails, Millrace sells what is not there, or
fulfils twice, exactly when something goes wrong.
"""
import signal
import time

import pytest
from harness import wait_until
from writer_world import QUICK, SHOP, WriterWorld

SHORT = {**QUICK, "shop.acme.timeout_ms": 1500, "shopify-writer.repeat_ms": 100}
PRODUCTS = 36
BEYOND_WINDOW_S = 3.0    # replica lag, the second that times are cut to, and another for the clock's bound


@pytest.fixture(scope="module")
def world(stack) -> WriterWorld:
    world = WriterWorld(stack, products=PRODUCTS, on_hand=10)
    stack.start("outbound-producer")
    world.fresh = iter(world.variants)
    world.writer = None
    start(world)
    world.wait_judged()
    return world


@pytest.fixture
def v(world):
    """A row of its own for each test, at rest: Shopify shows 10, our books hold 10."""
    variant = next(world.fresh)
    if world.writer is None:
        start(world)
    wait_until(lambda: world.shown(variant)["available"] == 10, 20, "the row at rest")
    yield variant
    world.control._answer(world.control._http.delete("/control/faults"))
    if world.writer is None:
        start(world)
    settled(world, variant)


def start(world, **more):
    world.writer = world.stack.start("shopify-writer", options={**SHORT, **more.pop("options", {})}, **more)


def stop(world):
    world.writer.stop()
    world.writer = None


def restart_killed(world, point: str, act, n: int = 1):
    """The writer dies at the failpoint while `act` happens; its successor goes on."""
    stop(world)
    start(world, failpoints=f"{point}:{n}:kill")
    act()
    assert world.writer.wait(30) == -signal.SIGKILL, point
    start(world)


def settled(world, v):
    """Nothing under way: the book is what Shopify shows, and Shopify shows what we promise."""
    def quiet():
        world.pass_watermark()
        book, shown = world.book(v), world.shown(v)
        promise = world.sql("select promise from atp_term where inventory_item_id = %s", v.inventory)[0]["promise"]
        return (book["request_key"] is None and book["judged"] and book["residual"] == 0
                and book["written"] + book["known"] == shown["on_hand"]
                and shown["available"] == max(promise, -shown["committed"]))
    try:
        wait_until(quiet, 40, "both ends equal")
    except AssertionError as e:
        raise AssertionError(f"{e}\nbook {world.book(v)}\nshown {world.shown(v)}") from None


def sold(world, v, n: int, known: bool = True) -> dict:
    order = world.order((v, n))
    if known:
        world.know(order)
    return order


def available(world, v, n: int):
    wait_until(lambda: world.shown(v)["available"] == n, 30, f"{n} available")


def learn(world, order: dict, kind: str, fact: str, units: int, at: str):
    """What order-state does when it ingests what somebody did to the order."""
    world.sql("""select count(*) from learn_facts(%s, array[%s], array[%s::bigint], array[%s::bigint],
                 array[%s::bigint], array[1::bigint], array[%s], array[%s::bigint], array[%s::timestamptz],
                 array[null::text], clock_timestamp())""",
              SHOP, fact, order["id"], order["lines"][0]["id"], world.location, kind, units, at)


def staff_fulfil(world, order: dict, n: int) -> dict:
    """Somebody fulfils in Shopify; returns the fact, for learn()."""
    done = world.control.post(f"orders/{order['id']}/fulfill",
                              {"lines": [{"line_id": order["lines"][0]["id"], "quantity": n}]})
    return {"fact": f"fulfil/{done['fulfillments'][0]['id']}/{order['lines'][0]['id']}", "at": done["at"], "units": n}


def ingest(world, v, order: dict, done: dict):
    """The staff's fulfilment becomes known, and our books issue its units."""
    learn(world, order, "fulfil", done["fact"], done["units"], done["at"])
    world.sql("update sales_order_line set issued = issued + %s where order_id = %s returning 1", done["units"],
              order["id"])
    world.move(v, -done["units"])


# ---- stock: kills and silence

@pytest.mark.parametrize("point", ["stock_before_send", "stock_before_record", "stock_recorded"])
def test_a_kill_around_a_stock_write_has_one_effect(world, v, point):
    """Same body, same key: whether or not the first had its effect."""
    before = world.shown(v)["on_hand"]
    restart_killed(world, point, lambda: world.move(v, -3))
    available(world, v, before - 3)
    settled(world, v)


@pytest.mark.parametrize("action", ["drop", "drop_after_effect", "timeout_after_effect", "truncated", "internal_error"])
def test_a_stock_write_without_answer_is_repeated_under_its_key(world, v, action):
    world.control.post("faults", {"match": {"root": "inventorySetQuantities"}, "action": action,
                                  "timeout_ms": 2500})
    world.move(v, 4)
    available(world, v, 14)
    settled(world, v)
    request = world.sql("select attempts, outcome from stock_request order by created_at desc limit 1")[0]
    assert request["outcome"] == "done"
    # a connection that is closed unread is tried again by libcurl itself: the key makes that safe
    assert request["attempts"] >= (0 if action.startswith("drop") else 1)


def test_a_request_too_old_for_its_key_is_never_repeated(world, v):
    """Done, unheard, forgotten by Shopify: repeating it would put a unit back on sale that staff has handed out."""
    order = sold(world, v, 2)
    available(world, v, 8)
    world.control.post("faults", {"match": {"root": "inventorySetQuantities"}, "action": "timeout_after_effect",
                                  "timeout_ms": 10_000})
    world.move(v, 5)
    wait_until(lambda: world.shown(v)["on_hand"] == 15, 20, "the effect that nobody heard of")
    world.writer.kill(signal.SIGKILL)
    world.writer.wait(10)
    done = staff_fulfil(world, order, 2)
    world.sql("update stock_request set created_at = created_at - interval '24 hours' where answered_at is null "
              "returning 1")
    start(world)
    wait_until(lambda: not world.sql("select 1 from stock_request where answered_at is null"), 20, "the request given up")
    assert world.sql("select 1 from stock_request where outcome = 'expired'")
    ingest(world, v, order, done)
    settled(world, v)


# ---- stock: what others do meanwhile

def test_a_sale_fulfilled_by_staff_before_our_write_is_not_sold_twice(world, v):
    """known of today stands in the level: the record was computed before the fulfilment was known."""
    order = sold(world, v, 1)
    available(world, v, 9)
    stop(world)
    world.move(v, -1)                                   # the record is computed now
    key = f"{SHOP}/{v.inventory}/{world.location}"
    wait_until(lambda: [r.json for r in world.stack.consume("atp") if r.key == key][-1]["promise"] == 8, 10, "a record")
    done = staff_fulfil(world, order, 1)
    learn(world, order, "fulfil", done["fact"], 1, done["at"])
    start(world)
    available(world, v, 8)
    world.sql("update sales_order_line set issued = 1 where order_id = %s returning 1", order["id"])
    world.move(v, -1)
    settled(world, v)


def test_an_edit_and_a_fulfilment_of_the_same_size_do_not_cancel_each_other(world, v):
    """By time, never by sign: edit +1 and fulfil 2, of which the read shows -1."""
    first, second = sold(world, v, 2), sold(world, v, 2)
    available(world, v, 6)
    world.control.post("inventory", {"sku": v.sku, "location": world.location, "delta": 1})
    done = staff_fulfil(world, first, 2)
    time.sleep(BEYOND_WINDOW_S)
    world.sql("update book_row set read_due_at = now() where inventory_item_id = %s returning 1", v.inventory)
    wait_until(lambda: world.book(v)["residual"] == -1, 10, "the read")
    assert world.book(v)["read_clean"]
    ingest(world, v, first, done)
    assert world.book(v)["residual"] == 1, "the fact was in the read; what is left is the edit"
    done = staff_fulfil(world, second, 2)
    settled_after(world, v, second, done)
    assert world.shown(v)["available"] == 6


def settled_after(world, v, order: dict, done: dict):
    ingest(world, v, order, done)
    settled(world, v)


def test_a_read_is_judged_only_when_everything_it_may_show_is_known(world, v):
    """A poll that does not show the fulfilment yet, a read that does: drift would put the unit back on sale."""
    order = sold(world, v, 1)
    available(world, v, 9)
    done = staff_fulfil(world, order, 1)
    time.sleep(BEYOND_WINDOW_S)
    world.sql("update book_row set read_due_at = now() where inventory_item_id = %s returning 1", v.inventory)
    wait_until(lambda: world.book(v)["residual"] == -1, 10, "the read shows it")
    world.move(v, 0)                                    # records come and go; none has a watermark beyond the read
    time.sleep(1.0)
    assert world.book(v)["residual"] == -1 and world.shown(v)["available"] == 9
    ingest(world, v, order, done)
    assert world.book(v)["residual"] == 0
    settled(world, v)
    assert world.shown(v)["available"] == 9


def test_another_apps_edit_is_repaired_after_it_was_understood(world, v):
    """Authority is ours: drift is judged once the watermark has passed the read, and the next write repairs it."""
    world.control.post("inventory", {"sku": v.sku, "location": world.location, "delta": 5})
    time.sleep(BEYOND_WINDOW_S)
    world.sql("update book_row set read_due_at = now() where inventory_item_id = %s returning 1", v.inventory)
    wait_until(lambda: world.book(v)["residual"] == 5, 10, "the read")
    settled(world, v)
    assert world.shown(v)["available"] == 10


def test_a_stale_compare_is_read_and_goes_on_at_once(world, v):
    """An edit that we have not read: the write fails, carries what it found in both numbers, and undoes nothing."""
    world.control.post("inventory", {"sku": v.sku, "location": world.location, "delta": 5})
    world.move(v, -2)
    available(world, v, 13)                             # ours moved by -2; the edit stands until it is judged
    wait_until(lambda: [r for r in world.stack.consume("shopify-writes") if r.json["outcome"] == "stale"
                        and r.key == f"{SHOP}/{v.inventory}/{world.location}"], 10, "the stale write reported")
    settled(world, v)
    assert world.shown(v)["available"] == 8


def test_a_lagging_replica_costs_another_read_and_nothing_else(world, v):
    """Staff drop a unit, we write, the next read is from before both."""
    world.control.post("inventory", {"sku": v.sku, "location": world.location, "delta": -1})
    world.control.post("faults", {"match": {"operation": "InventoryLevels"}, "action": "stale", "lag_ms": 250,
                                  "count": 3})
    world.move(v, 3)
    available(world, v, 12)
    settled(world, v)
    assert world.shown(v)["available"] == 13


def test_one_bad_row_does_not_hold_up_the_others(world, v):
    """The call fails whole; the row that is named waits alone and becomes an exception, the rest goes out."""
    bad = next(world.fresh)
    world.sql("update book_row set inventory_item_id = 1 where inventory_item_id = %s returning 1", bad.inventory)
    world.sql("update book_row set record_level_min = 3, record_level_max = 3 where inventory_item_id = 1 returning 1")
    stop(world)
    world.move(v, -1)
    key = f"{SHOP}/{v.inventory}/{world.location}"
    wait_until(lambda: [r.json for r in world.stack.consume("atp") if r.key == key][-1]["promise"] == 9, 10, "a record")
    world.sql("update book_row set due_at = now() where inventory_item_id = 1 returning 1")
    start(world)
    available(world, v, 9)
    subject = f"{SHOP}/1/{world.location}"
    case = wait_until(lambda: world.sql("select detail from exception_case where kind = 'shopify_refused' "
                                        "and subject = %s and closed_at is null", subject), 10, "an exception")
    assert "INVALID_INVENTORY_ITEM" in case[0]["detail"]
    world.sql("update book_row set due_at = null, read_due_at = null where inventory_item_id = 1 returning 1")


def test_a_row_is_closed_until_its_first_read_was_judged(world, v):
    """Written blindly, its stock would be doubled."""
    stop(world)
    world.sql("delete from book_row where inventory_item_id = %s returning 1", v.inventory)
    world.sql("update atp set version = version + 1 where inventory_item_id = %s returning 1", v.inventory)
    seq = world.control.get("health")["seq"]
    start(world)
    wait_until(lambda: world.book(v).get("read_until") is not None, 20, "a first read")
    time.sleep(0.5)
    assert world.sets(seq) == [] and not world.book(v)["judged"]
    settled(world, v)


def test_a_frozen_shop_is_paused_loudly_and_goes_on_by_itself(world, v):
    world.control.post("faults", {"match": {"root": "inventorySetQuantities"}, "action": "status", "status": 402})
    world.move(v, 1)
    case = wait_until(lambda: world.sql("select detail from exception_case where kind = 'shop_paused' "
                                        "and closed_at is null"), 10, "an exception")
    assert "frozen" in case[0]["detail"]
    stop(world)                                         # instead of waiting half a minute
    start(world)
    available(world, v, 11)
    world.sql("update exception_case set closed_at = now() where kind = 'shop_paused' returning 1")


# ---- fulfilments

@pytest.mark.parametrize("tracking", [True, False])
@pytest.mark.parametrize("point", ["parcel_before_send", "parcel_before_record", "parcel_recorded"])
def test_a_kill_around_a_fulfilment_makes_exactly_one(world, v, point, tracking):
    order = sold(world, v, 2)
    name = f"wms/{point}-{tracking}"
    number = f"K-{point}" if tracking else None
    restart_killed(world, point, lambda: world.ship(order, name, [(order["lines"][0]["id"], 2)], number))
    wait_until(lambda: world.parcel(order, name).get("state") == "done", 30, "the parcel recorded")
    assert len(world.fulfillments(order)) == 1
    facts = world.sql("select units, attributed from stock_fact where order_id = %s", order["id"])
    assert facts == [{"units": 2, "attributed": True}]
    settled(world, v)


def test_a_stock_write_does_not_wait_for_an_open_fulfilment(world, v):
    """Else a row with a fulfilment under way is never written."""
    order = sold(world, v, 1)
    available(world, v, 9)
    world.control.post("faults", {"match": {"root": "fulfillmentCreate"}, "action": "timeout_after_effect",
                                  "timeout_ms": 4000})
    world.ship(order, "wms/open", [(order["lines"][0]["id"], 1)], "K-open")
    wait_until(lambda: world.parcel(order, "wms/open").get("state") == "intent", 10, "an open intent")
    world.move(v, 6)
    available(world, v, 15)
    wait_until(lambda: world.parcel(order, "wms/open").get("state") == "done", 30, "the parcel recorded")
    assert len(world.fulfillments(order)) == 1
    settled(world, v)


def test_two_writers_make_one_effect_of_everything(world, v):
    """Doubled processes share the work and double nothing."""
    second = world.stack.start("shopify-writer", slot=1, options={**SHORT})
    orders = [sold(world, v, 1) for _ in range(4)]
    for n, order in enumerate(orders):
        world.ship(order, f"wms/two-{n}", [(order["lines"][0]["id"], 1)], f"K2-{n}")
    world.move(v, 3)
    for n, order in enumerate(orders):
        wait_until(lambda: world.parcel(order, f"wms/two-{n}").get("state") == "done", 30, "the parcel recorded")
        assert len(world.fulfillments(order)) == 1
    settled(world, v)
    second.stop()


# ---- reports

def reports(world, v) -> list:
    key = f"{SHOP}/{v.inventory}/{world.location}"
    return [r for r in world.stack.consume("shopify-writes") if r.key == key and r.json["outcome"] == "done"]


def unreported(world, v) -> list:
    return world.sql("select report_id from write_report where inventory_item_id = %s", v.inventory)


def test_a_report_is_dropped_only_when_kafka_has_it(world, v):
    """Dropped when it is sent, it is lost with the process: nobody would know what was written."""
    wait_until(lambda: not unreported(world, v), 10, "nothing to report")
    before = len(reports(world, v))
    stop(world)
    start(world, failpoints="reports_waiting:1:kill", options={"kafka.linger.ms": 20_000})
    world.move(v, -1)
    assert world.writer.wait(30) == -signal.SIGKILL
    assert len(unreported(world, v)) == 1 and len(reports(world, v)) == before, "queued, not acknowledged, and kept"
    start(world)
    wait_until(lambda: len(reports(world, v)) == before + 1, 20, "the report")
    wait_until(lambda: not unreported(world, v), 10, "dropped when Kafka has it")


def test_a_kill_after_kafka_has_a_report_repeats_it_under_its_id(world, v):
    """Else whoever reads the topic counts one write twice."""
    wait_until(lambda: not unreported(world, v), 10, "nothing to report")
    before = len(reports(world, v))
    restart_killed(world, "reports_produced", lambda: world.move(v, -1))
    wait_until(lambda: len(reports(world, v)) == before + 2, 20, "the report, twice")
    first, second = reports(world, v)[before:]
    assert first.headers["ce_id"] == second.headers["ce_id"] and first.value == second.value
    wait_until(lambda: not unreported(world, v), 10, "dropped")
