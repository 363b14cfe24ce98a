# SPDX-License-Identifier: Apache-2.0
"""What happened to an order is told in words, the same whatever order its versions came in.

If it depended on arrival, two people who look at two databases would be told two stories of one order.
"""
import random

import pytest
from order_history import OrderHistory, address, amount
from order_world import World
from test_order_sql import lives, simple_order

HISTORY = "select * from order_history(%s, %s)"


def told(world: World, order_id: int = 1, sql: str = HISTORY) -> list:
    rows = world.db.execute(sql, (world.shop, order_id)).fetchall()
    return [str(tuple(row.values())).replace(world.shop, "SHOP") for row in rows]


@pytest.mark.parametrize("seed", range(12))
def test_any_permutation_and_duplication_of_versions_gives_one_history(stack, seed):
    wanted = None
    for turn in range(4):
        world = World(stack.db, f"t{seed}x{turn}")
        records = [record for history in lives(world, seed, 2) for record in history.records]
        rng = random.Random(seed * 100 + turn)
        if turn:
            records += rng.choices(records, k=len(records) // 2)
            rng.shuffle(records)
        world.apply_all(records, rng, most=6)
        story = [told(world, order_id) for order_id in (1, 2)]
        wanted = wanted or story
        assert story == wanted, f"turn {turn} tells another story"
    assert all(wanted)


def words(world: World) -> list:
    return [row["words"] for row in world.db.execute(HISTORY, (world.shop, 1))]


def changed(world: World, history: OrderHistory, change) -> list:
    """What one more version, made by `change`, adds to the story."""
    before = words(world)
    history.now += 10
    history.updated = history.now
    change(history.body)
    history.snapshot()
    world.apply(history.records[-1:])
    after = words(world)
    assert after[:len(before)] == before, "a newer version tells the past anew"
    return after[len(before):]


def first(body: dict) -> dict:
    return body["lines"][0]


CHANGES = [
    ("a note", lambda b: b.update(note="ring twice"), "note: ring twice"),
    ("another note", lambda b: b.update(note="knock"), "note ring twice -> knock"),
    ("no note", lambda b: b.update(note=None), "note removed (was knock)"),
    ("tags", lambda b: b.update(tags=["hold", "vip"]), "tags: hold, vip"),
    ("paid", lambda b: b.update(financial_status="refunded"), "financial status paid -> refunded"),
    ("an address", lambda b: b.update(shipping_address=address("Gent")),
     "shipping address: A. Buyer, Main Street 1, Gent"),
    ("another address", lambda b: b.update(shipping_address=address("Lyon")),
     "shipping address A. Buyer, Main Street 1, Gent -> A. Buyer, Main Street 1, Lyon"),
    ("more units", lambda b: first(b).update(quantity=5, current_quantity=5), "line Thing told-A: quantity 3 -> 5"),
    ("fewer units", lambda b: first(b).update(current_quantity=1), "line Thing told-A: removed 4"),
    ("a line", lambda b: b["lines"].append({**first(b), "line_id": 77, "title": "Other", "current_quantity": 5}),
     "line Other added: price 5.00, quantity 5"),
    ("no line", lambda b: b["lines"].pop(), "line Other is no longer there"),
    ("a total", lambda b: b.update(total=amount("7.50")), "total 10.00 EUR -> 7.50 EUR"),
    ("a cancellation", lambda b: b.update(cancelled_at="2026-11-03T10:00:00.000000Z", cancel_reason="customer"),
     "cancelled: 2026-11-03T10:00:00.000000Z (customer)"),
]


def test_every_change_is_told_in_words(stack):
    world = World(stack.db, "told")
    history = simple_order(world)
    world.apply(history.records)
    story = words(world)
    assert len(story) == 1 and story[0].startswith("first seen: placed ") and "1 line(s), 10.00 EUR" in story[0]
    for what, change, wanted in CHANGES:
        assert changed(world, history, change) == [wanted], what
    assert changed(world, history, lambda body: None) == [], "a version without a change tells nothing"


def test_fulfilments_refunds_and_returns_are_told(stack):
    world = World(stack.db, "deeds")
    history = simple_order(world)
    world.apply(history.records)
    fulfilled, = changed(world, history, lambda b: history.fulfil(["T1"]))
    assert "added: status success, tracking T1, units" in fulfilled
    undone = changed(world, history, lambda b: b["fulfillments"][0].update(status="cancelled"))
    assert undone[0].endswith("status success -> cancelled")
    refunded = changed(world, history, lambda b: history._refund([(first(b), 2)], "no_restock"))
    assert "added: amount 5.00, restock no_restock, units 2" in refunded[0]
    history.body["fulfillments"][0]["status"] = "success"
    history.ask_return()
    history.read_returns()
    world.apply(history.records[-1:])
    assert any("return #1-R1 requested (1 unit(s))" in w for w in words(world))


def test_the_story_of_a_large_order_is_bounded(stack):
    """Nobody waits for minutes because a bot has touched an order a thousand times."""
    world = World(stack.db, "large")
    history = simple_order(world)
    history.body["lines"] = [{**first(history.body), "line_id": 1000 + n} for n in range(300)]
    history.records.clear()
    for n in range(40):
        history.now += 2
        history.updated = history.now
        history.body["note"] = f"touched {n}"
        history.snapshot()
    world.apply_all(history.records, random.Random(1), 10)
    world.db.execute("set statement_timeout = '20s'")
    whole = told(world)
    assert len(whole) == 40
    short = told(world, 1, "select * from order_history(%s, %s, 3)")
    assert len(short) == 3 and "first seen" in short[0] and "touched 39" in short[-1]
    world.db.execute("set statement_timeout = 0")
