# SPDX-License-Identifier: Apache-2.0
"""Stock out: a change in our books becomes a record on `atp` and a number in Shopify, and nothing more is written.

If this fails, the storefront shows yesterday's stock, or every count of ours undoes a sale.
"""
import signal
import time

import httpx
import psycopg
import pytest
from harness import wait_until
from writer_world import FACILITY, QUICK, SHOP, WriterWorld


@pytest.fixture(scope="module")
def world(stack) -> WriterWorld:
    world = WriterWorld(stack, products=10, on_hand=20)
    world.producer = stack.start("outbound-producer")
    stack.start("shopify-writer", options=QUICK)
    world.wait_judged()
    return world


def available(world, v, n: int) -> None:
    wait_until(lambda: world.shown(v)["available"] == n, 15, f"{n} available in Shopify")


def test_the_opening_numbers_are_written_once_every_row_was_read_and_judged(world):
    """If it fails, a new shop keeps the numbers of its old system, or rows are written blindly."""
    for v in world.variants:
        available(world, v, 20)
        book = world.book(v)
        assert book["written"] + book["known"] + book["residual"] == 20
    assert len(world.sql("select distinct request_key from stock_request")) < len(world.variants), "rows share calls"


def test_a_movement_becomes_a_new_number_under_a_new_version(world):
    """If it fails, stock does not reach the storefront."""
    v = world.variants[0]
    key = f"{SHOP}/{v.inventory}/{world.location}"
    for delta, left in ((-3, 17), (5, 22)):
        world.move(v, delta)
        available(world, v, left)
    versions = [r.json["version"] for r in world.stack.consume("atp") if r.key == key]
    assert versions == sorted(set(versions)) and len(versions) >= 3, versions


def test_what_changes_no_promise_is_neither_published_nor_written(world):
    """If it fails, every count floods the topic and Shopify's rate limit."""
    v = world.variants[1]
    before, seq = len(world.stack.consume("atp")), len(world.sets())
    world.count(v, 20)
    wait_until(lambda: not world.sql("select 1 from dirty_item"), 10, "the item computed again")
    wait_until(lambda: [r for r in world.stack.consume("stock") if r.json["item"] == f"sku:{v.sku}"], 10, "its stock")
    assert len(world.stack.consume("atp")) == before
    assert len(world.sets()) == seq


def test_a_sale_that_we_do_not_know_yet_is_not_undone(world):
    """If it fails, sold units go back on sale: the bug this whole protocol is there to prevent."""
    v = world.variants[2]
    order = world.order((v, 4))
    world.move(v, -1)                     # our number says 19, Shopify has sold four of them
    available(world, v, 15)
    world.know(order)
    wait_until(lambda: not world.sql("select 1 from dirty_item"), 10, "the order computed")
    available(world, v, 15)
    assert world.shown(v)["committed"] == 4


def test_more_demand_than_stock_shows_as_negative_and_never_below_what_shopify_takes(world):
    """If it fails, an oversold item keeps selling, or its row is refused for ever."""
    v = world.variants[3]
    order = world.order((v, 5))
    world.know(order)
    world.count(v, 2)
    available(world, v, -3)
    world.count(v, -4)                    # on_hand itself may not be negative
    wait_until(lambda: world.shown(v)["on_hand"] == 0, 15, "nothing on hand")
    world.count(v, 20)
    available(world, v, 15)


def test_what_is_no_longer_sold_becomes_a_tombstone_and_is_left_alone(world):
    """If it fails, we keep writing to a deleted product."""
    v = world.variants[4]
    key = f"{SHOP}/{v.inventory}/{world.location}"
    world.sql("update variant set deleted_at = now() where variant_id = %s returning 1", v.variant)
    world.move(v, -2)
    wait_until(lambda: [r for r in world.stack.consume("atp") if r.key == key][-1].value is None, 10, "a tombstone")
    wait_until(lambda: world.book(v)["record_level_min"] is None, 10, "the row retired")
    assert world.shown(v)["available"] == 20
    world.sql("update variant set deleted_at = null where variant_id = %s returning 1", v.variant)
    world.move(v, -1)
    available(world, v, 17)


@pytest.mark.parametrize("point", ["outbound_computed", "outbound_read", "outbound_produced"])
def test_a_kill_of_the_producer_loses_no_mark_and_no_record(world, point):
    """If it fails, a promise is never published, or its versions go back."""
    v = world.variants[8]
    before = world.shown(v)["available"]
    world.producer.stop()
    world.producer = world.stack.start("outbound-producer", failpoints=f"{point}:1:kill", wait=False)
    world.move(v, -1)          # or what the test before left dirty: it may die before it is ready
    assert world.producer.wait(20) == -signal.SIGKILL
    world.move(v, -2)
    world.producer = world.stack.start("outbound-producer")
    available(world, v, before - 3)
    wait_until(lambda: not world.sql("select 1 from atp where version > published_version"), 10, "all marked")
    key = f"{SHOP}/{v.inventory}/{world.location}"
    versions = [r.json["version"] for r in world.stack.consume("atp") if r.key == key]
    assert versions == sorted(versions)


def test_a_second_producer_stands_by_and_takes_over(world):
    """If it fails, two processes mix the versions of a key, or nobody publishes after one has died."""
    v = world.variants[9]
    second = world.stack.start("outbound-producer", slot=1)
    world.producer.stop()
    world.move(v, -1)
    available(world, v, 19)
    world.producer = world.stack.start("outbound-producer")
    second.stop()
    world.move(v, -1)
    available(world, v, 18)


def test_a_producer_that_lost_its_lease_stands_by_and_is_well(world):
    """If it fails, one that was slow goes on beside its successor, or is taken for broken for ever."""
    v = world.variants[9]
    short = {"outbound-producer.lease_ms": 1000, "outbound-producer.ack_timeout_ms": 500}
    before = world.shown(v)["available"]
    world.producer.stop()
    slow = world.stack.start("outbound-producer", options=short, failpoints="outbound_produced:1:delay_ms=4000")
    world.move(v, -1)
    available(world, v, before - 1)                     # published, and now it sleeps before it marks
    second = world.stack.start("outbound-producer", slot=1, options=short)
    world.move(v, -1)
    available(world, v, before - 2)
    wait_until(lambda: "another owner took it" in slow.log.read_text(), 10, "the first hears of it")
    wait_until(lambda: httpx.get(f"http://127.0.0.1:{slow.port}/readyz").status_code == 200, 10, "standing by, and well")
    second.stop()
    world.move(v, -1)
    available(world, v, before - 3)
    key = f"{SHOP}/{v.inventory}/{world.location}"
    versions = [r.json["version"] for r in world.stack.consume("atp") if r.key == key]
    assert versions == sorted(versions)
    slow.stop()
    world.producer = world.stack.start("outbound-producer")


def test_every_write_is_reported(world):
    """If it fails, nobody can tell what was done to the shop and why."""
    reports = wait_until(lambda: world.stack.consume("shopify-writes"), 10, "reports")
    wait_until(lambda: not world.sql("select 1 from write_report"), 10, "all reports published")
    done = [r.json for r in world.stack.consume("shopify-writes") if r.json["outcome"] == "done"]
    assert len(done) >= len(world.variants)
    assert all(r.json["cause"] == r.key for r in reports)
    for v in world.variants:
        last = [row for r in done for row in r["rows"] if row["inventory_item_id"] == v.inventory][-1]
        assert last["quantity"] == world.shown(v)["on_hand"]


def test_a_row_that_somebody_holds_is_published_once_and_marked_when_he_lets_go(world):
    """If it fails, one slow transaction makes the producer publish the same value hundreds of times a second."""
    v = world.variants[9]
    key = f"sku:{v.sku}/{FACILITY}"

    def copies() -> list:
        return [r.headers["ce_id"] for r in world.stack.consume("stock") if r.key == key]
    wait_until(lambda: not world.sql("select 1 from outbox where version > published_version"), 10, "nothing pending")
    world.producer.stop()
    world.move(v, 1)
    before = len(copies())
    with psycopg.connect(world.stack.postgres_url) as holder:
        holder.execute("select from outbox where topic = 'stock' and key = %s for update", (key,))
        world.producer = world.stack.start("outbound-producer")
        wait_until(lambda: len(copies()) > before, 10, "it is published although it is held")
        world.move(world.variants[8], 1)                # others go on
        wait_until(lambda: not world.sql("select 1 from outbox where version > published_version and key <> %s", key), 10,
                   "the others marked")
        time.sleep(1.0)
        assert len(copies()) == before + 1
        assert world.sql("select 1 from outbox where version > published_version and key = %s", key)
    wait_until(lambda: not world.sql("select 1 from outbox where version > published_version"), 10, "marked")
    assert len(copies()) == before + 1


def atp_versions(world, v) -> list:
    key = f"{SHOP}/{v.inventory}/{world.location}"
    return [r.json["version"] for r in world.stack.consume("atp") if r.key == key]


def test_a_producer_that_lost_its_lease_publishes_nothing_that_it_had_read(world):
    """If it fails, an old promise follows a newer one on the topic, and compaction keeps the old one: units that were sold."""
    v = world.variants[9]
    short = {"outbound-producer.lease_ms": 1000, "outbound-producer.ack_timeout_ms": 500}
    before = world.shown(v)["available"]
    wait_until(lambda: not world.sql("select 1 from atp where version > published_version"), 10, "nothing pending")
    world.producer.stop()
    told = len(atp_versions(world, v))
    slow = world.stack.start("outbound-producer", options=short, failpoints="outbound_read:1:delay_ms=4000")
    world.move(v, -1)
    wait_until(lambda: '"outbound_read"' in slow.log.read_text(), 10, "it has read, and sleeps")
    second = world.stack.start("outbound-producer", slot=1, options=short)
    world.move(v, -1)
    available(world, v, before - 2)
    wait_until(lambda: "too little of lease outbound-producer is left" in slow.log.read_text(), 10, "it wakes and knows")
    wait_until(lambda: httpx.get(f"http://127.0.0.1:{slow.port}/readyz").status_code == 200, 10, "standing by")
    versions = atp_versions(world, v)
    assert versions == sorted(versions) and len(set(versions[told:])) == len(versions[told:]), versions
    for producer in (second, slow):
        producer.stop()
    world.producer = world.stack.start("outbound-producer")


def test_a_producer_sends_nothing_in_the_second_half_of_its_lease(world):
    """What it sent then could reach Kafka after its successor's: half a lease is how long a value may take."""
    v = world.variants[9]
    short = {"outbound-producer.lease_ms": 6000, "outbound-producer.ack_timeout_ms": 3000}
    before = world.shown(v)["available"]
    wait_until(lambda: not world.sql("select 1 from atp where version > published_version"), 10, "nothing pending")
    world.producer.stop()
    world.producer = world.stack.start("outbound-producer", options=short, failpoints="outbound_read:1:delay_ms=4000")
    world.move(v, -1)
    wait_until(lambda: "too little of lease outbound-producer is left" in world.producer.log.read_text(), 15,
               "it lets the rest wait, although the lease is its own still")
    available(world, v, before - 1)                     # renewed, and sent
