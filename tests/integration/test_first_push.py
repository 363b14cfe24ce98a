# SPDX-License-Identifier: Apache-2.0
"""The brake: a channel's first push that would change much stops until a person releases it; small ones just go.

If it fails, one wrong feed or a forgotten facility empties a shop in the minute in which it goes live, or no shop goes live.
"""
import json

import pytest
from harness import wait_until
from harness.metrics import fetch, value
from writer_world import QUICK, SHOP, WriterWorld

PRODUCTS, EMPTY = 24, 3
CHECK = {**QUICK, "shop.acme.first_push": "check", "shopify-writer.first_push_rows": 10}


@pytest.fixture(scope="module")
def world(stack) -> WriterWorld:
    """Shopify shows 100 of each; our books hold 7 of most, and nothing of a few."""
    world = WriterWorld(stack, products=PRODUCTS, on_hand=7)
    for v in world.variants[:EMPTY]:
        world.count(v, 0)
    stack.start("outbound-producer")
    return world


def case(world) -> list:
    return world.sql("select detail from exception_case where kind = 'first_push' and closed_at is null")


def push(world) -> dict:
    rows = world.sql("select * from first_push where location_id = %s", world.location)
    return rows[0] if rows else {"state": None}


def watermark_until(world, question, what: str):
    def ask():
        world.pass_watermark()
        return question()
    return wait_until(ask, 40, what)


def test_much_is_stopped_said_and_shown_and_goes_out_when_a_person_says_so(world, stack):
    """If it fails, the first wrong number reaches every shopper before anybody could look."""
    writer = stack.start("shopify-writer", options=CHECK)
    watermark_until(world, lambda: push(world)["state"] == "braked" and push(world)["n_waiting"] == 0, "the brake")
    (said,) = case(world)
    assert f"{PRODUCTS} of {PRODUCTS} rows would change, {EMPTY} of them" in said["detail"]
    assert "first_push = released in section [shop.acme]" in said["detail"]
    wait_until(lambda: value(fetch(writer.port), "millrace_first_push_braked", shop=SHOP) == 1, 10, "the gauge")
    assert "the first push is stopped" in writer.log.read_text()
    waiting = json.loads(stack.cli("--json", "status"))["waiting"]
    assert {"what": "exceptions: first_push", "count": 1} in waiting
    shown = wait_until(lambda: {r.key for r in stack.consume("shopify-writes") if r.json["outcome"] == "observed"}
                       if len(stack.consume("shopify-writes")) >= PRODUCTS else None, 20, "each row shown")
    assert len(shown) == PRODUCTS

    world.move(world.variants[-1], 2)                   # what changes meanwhile is held as well
    wait_until(lambda: world.book(world.variants[-1])["observed_quantity"] == 9, 20, "the newer quantity held")
    assert world.sets() == [] and all(world.shown(v)["available"] == 100 for v in world.variants)
    writer.stop()
    writer = stack.start("shopify-writer", options=CHECK)          # a restart is no release
    wait_until(lambda: value(fetch(writer.port), "millrace_first_push_braked", shop=SHOP) == 1, 10, "still stopped")
    assert world.sets() == []

    writer.stop()
    writer = stack.start("shopify-writer", options={**CHECK, "shop.acme.first_push": "released"})
    wait_until(lambda: world.shown(world.variants[-1])["available"] == 9, 20, "the push")
    wait_until(lambda: world.shown(world.variants[0])["available"] == 0, 20, "the push")
    assert not case(world) and push(world)["state"] == "over"
    writer.stop()


def test_once_over_it_never_stops_again(world, stack):
    """If it fails, a big delivery takes the shop's stock off the air."""
    writer = stack.start("shopify-writer", options=CHECK)
    for v in world.variants:
        world.count(v, 50)
    watermark_until(world, lambda: all(world.shown(v)["available"] == 50 for v in world.variants), "all written")
    assert push(world)["state"] == "over"
    writer.stop()


def test_little_goes_out_by_itself_once_enough_is_known(world, stack):
    """If it fails, somebody is bothered about nothing, or rows go out before the others have been looked at."""
    world.sql("delete from first_push returning 1")
    world.sql("delete from book_row returning 1")
    world.sql("update atp set version = version + 1 returning 1")
    world.count(world.variants[0], 40)
    seq = world.control.get("health")["seq"]
    writer = stack.start("shopify-writer", options={**CHECK, "shopify-writer.first_push_zeroed_percent": 0})
    read = "select count(*) n from book_row where read_until is not null"
    wait_until(lambda: push(world)["state"] == "waiting" and world.sql(read)[0]["n"] == PRODUCTS, 20, "rows read")
    assert world.sets(seq) == []
    watermark_until(world, lambda: world.shown(world.variants[0])["available"] == 40, "the row")
    assert push(world)["state"] == "over" and not case(world)
    writer.stop()


@pytest.mark.parametrize("rows, waiting, changed, zeroed, released, before, verdict", [
    (0, 0, 0, 0, True, "waiting", "waiting"),          # nothing is known at all
    (50, 50, 0, 0, False, "waiting", "over"),          # few rows
    (51, 0, 51, 0, False, "waiting", "braked"),
    (100, 0, 30, 5, False, "waiting", "over"),
    (100, 0, 31, 0, False, "waiting", "braked"),
    (100, 0, 6, 6, False, "waiting", "braked"),
    (100, 5, 0, 0, False, "waiting", "over"),          # even if all that wait went to zero
    (100, 6, 0, 0, False, "waiting", "waiting"),
    (100, 11, 60, 60, False, "waiting", "waiting"),    # too little is known to bother anybody
    (100, 10, 60, 60, False, "waiting", "braked"),
    (100, 0, 0, 0, False, "braked", "braked"),         # only a person
    (100, 90, 60, 60, True, "braked", "over"),
])
def test_the_verdict(stack, rows, waiting, changed, zeroed, released, before, verdict):
    (got,) = stack.rows("select first_push_verdict(%s, %s, %s, %s, %s, %s, 50, 30, 5) v", before, released, rows, waiting,
                        changed, zeroed)
    assert got["v"] == verdict
