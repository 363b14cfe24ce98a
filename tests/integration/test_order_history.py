# SPDX-License-Identifier: Apache-2.0
"""What happened to an order is told in words, the same whatever order its versions came in.

If it depended on arrival, two people who look at two databases would be told two stories of one order.
"""
import random

import pytest
from order_history import OrderHistory, address, amount, delivery
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


def test_what_was_agreed_is_told_with_what_it_cost(stack):
    """A version says that a line has more units; only the agreement says who owes what for it, and keeps the past's prices."""
    world = World(stack.db, "agreed")
    history = simple_order(world)
    history.body["presentment_currency"] = "USD"
    history.tick()
    history.snapshot()
    history.read_fulfillment_orders()
    world.apply(history.records)
    assert not [w for w in words(world) if "agreed" in w]
    line = first(history.body)["line_id"]
    history.agree(first(history.body), 2)
    history.agreed[-1]["sales"][0]["total"]["presentment"] = "11.40"
    history.agreed[-1]["sales"].append({
        **history.agreed[-1]["sales"][0], "line_id": None, "line_type": "shipping", "quantity": None, "shipping_line_id": 31,
        "sale_id": history.new_id(), "total": amount("4.50")})
    history.agree(first(history.body), -1)
    history.agreed[-1].update(reason="refund", refund_id=5)
    history.read_fulfillment_orders()
    older = history.records[-1]
    history.agreed[-1]["sales"][0]["total"] = amount("-5.50")
    history.read_fulfillment_orders()
    for record in (history.records[-1], older, history.records[-1]):
        world.apply([record])
    told_now = [w for w in words(world) if "agreed" in w]
    assert told_now == ["agreed by an edit: 2 x Thing agreed-A 10.00, shipping 4.50; in all 14.50 EUR",
                        "agreed by a refund: -1 x Thing agreed-A -5.50; in all -5.50 EUR"]
    sales = world.db.execute("""select reason, refund_id, line_type, line_id, quantity, total::text, total_presentment::text
                                  from v_order_sale where shop = 'agreed' order by sale_id""").fetchall()
    assert [tuple(sale.values()) for sale in sales] == [
        ("order_edit", None, "product", line, 2, "10.00", "11.40"), ("order_edit", None, "shipping", None, None, "4.50", "4.50"),
        ("refund", 5, "product", line, -1, "-5.50", "-5.50")]


def test_sums_taxes_and_duties_are_told_in_both_currencies(stack):
    """A bookkeeper needs what the buyer paid in his own currency, also for what no webhook tells."""
    world = World(stack.db, "sums")
    history = simple_order(world)
    history.body["presentment_currency"] = "USD"
    history.tick()
    history.snapshot()
    history.read_fulfillment_orders()
    line, money = first(history.body)["line_id"], {"shop": "3.00", "presentment": "3.42"}
    duty = {"country_code": "JP", "duty_id": 61, "harmonized_system_code": "691110", "price": money, "tax_lines": []}
    history.records[-1][2].update(
        tip={"shop": "1.00", "presentment": "1.14"}, placed_total={"shop": "9.00", "presentment": "10.26"},
        tax_lines=[{"price": money, "rate": "0.13", "title": "HST"}],
        lines=[{"duties": [duty], "line_id": line, "non_fulfillable_quantity": 2}])
    world.apply(history.records)
    sums = world.db.execute("select sum, amount::text, currency, amount_presentment::text, presentment_currency "
                            "from v_order_sum where shop = 'sums'").fetchall()
    found = {s["sum"]: (s["amount"], s["amount_presentment"]) for s in sums}
    assert {(s["currency"], s["presentment_currency"]) for s in sums} == {("EUR", "USD")}
    assert found["tip"] == ("1.00", "1.14") and found["total as placed"] == ("9.00", "10.26")
    assert set(found) == {"subtotal", "discounts", "shipping", "tax", "tip", "total", "total before refunds", "total as placed"}
    row = world.db.execute("""select d.country_code, d.price::text, d.price_presentment::text, t.rate::text, t.price::text tax,
                                     l.non_fulfillable_quantity n
                                from v_order_duty d join v_order_tax t using (shop, order_id)
                                join v_order_line_known l using (shop, order_id, line_id) where shop = 'sums'""").fetchone()
    assert tuple(row.values()) == ("JP", "3.00", "3.42", "0.13", "3.00", 2)


KINDS = [
    ("web", ["shipping"], "online"), ("web", ["pick_up"], "pickup"), ("web", ["pickup_point"], "pickup"),
    ("web", ["local"], "local_delivery"), ("web", ["shipping", "pick_up"], "mixed"), ("web", [], "online"),
    ("shopify_draft_order", ["shipping"], "draft"), ("shopify_draft_order", ["pick_up"], "pickup"),
    ("exchange", ["shipping"], "exchange"), ("pos", ["retail"], "pos_carry_out"), ("pos", ["shipping"], "pos_ship"),
    ("pos", ["retail", "shipping"], "mixed"), ("pos", [], "pos_carry_out"),
]


def test_every_kind_of_order_is_known_whatever_comes_first(stack):
    """A sale over the counter that counts as an online order is packed a second time."""
    for n, (source, methods, wanted) in enumerate(KINDS):
        for turn in (0, 1):
            world = World(stack.db, f"kind{n}x{turn}")
            history = simple_order(world)
            history.records[0][2]["source_name"] = source
            history.read_fulfillment_orders()
            fulfillment = history.records[-1][2]
            part = fulfillment["fulfillment_orders"][0]
            fulfillment["fulfillment_orders"] = [
                {**part, "fulfillment_order_id": 100 + k, "lines": [], "delivery": delivery(method)}
                for k, method in enumerate(methods)]
            for record in history.records[::-1] if turn else history.records:
                world.apply([record])
            row = world.db.execute("select kind from v_order_whole where shop = %s", (world.shop,)).fetchone()
            assert row["kind"] == wanted, (source, methods, turn)


PICKUPS = [  # properties of each of two lines, methods of the fulfilment orders, kind, stores
    (({}, {}), ["shipping"], "online", []),
    (({"_pickupstore": "%s-W"}, {"_pickupstore": "%s-W"}), ["shipping"], "pickup", ["%s-W", "%s-W"]),
    (({"_pickupstore": "%s-S", "Pickup Store": "Elsewhere"}, {}), ["shipping"], "mixed", ["%s-S"]),
    (({"Pickup Store": "%s-S, 1 High Street"}, {"Pickup Store": "%s-S, 1 High Street"}), [], "pickup", ["%s-S", "%s-S"]),
    (({"_pickupstore": " "}, {"size": "L"}), ["pick_up"], "pickup", []),
    (({"_pickupstore": "Nowhere-%s"}, {"x": "y"}), ["local"], "mixed", [None]),
]


def test_a_property_of_a_line_names_the_store_where_it_is_picked_up(stack):
    """Taken for shipping, it is packed in a warehouse while its buyer stands in the store."""
    stack.db.execute("select set_pickup_properties('_pickupstore, Pickup Store')")
    for n, (properties, methods, wanted, stores) in enumerate(PICKUPS):
        for turn in range(3):
            world = World(stack.db, f"pick{n}x{turn}")
            history = simple_order(world)
            history.skus = [f"{world.shop}-B"]
            history.add_line()
            for line, given in zip(history.lines, properties):
                line["properties"] = [{"name": k, "value": v.replace("%s", world.shop)} for k, v in given.items()]
            history.tick()
            history.snapshot()
            history.read_fulfillment_orders()
            part = history.records[-1][2]["fulfillment_orders"][0]
            history.records[-1][2]["fulfillment_orders"] = [
                {**part, "fulfillment_order_id": 100 + k, "lines": [], "delivery": delivery(method)}
                for k, method in enumerate(methods)]
            for record in (history.records, history.records[::-1], history.records[1:])[turn]:
                world.apply([record])
            row = world.db.execute("select kind from v_order_whole where shop = %s", (world.shop,)).fetchone()
            assert row["kind"] == wanted, (properties, methods, turn)
            rows = world.db.execute("select facility, store from v_order_pickup where shop = %s order by line_id", (world.shop,))
            assert [r["facility"] for r in rows.fetchall()] == [s and s.replace("%s", world.shop) for s in stores]
    assert describe_store(world, f"Nowhere-{world.shop}") == [1, 0], "an unknown store is said until it is described"
    stack.db.execute("select set_pickup_properties('')")


def describe_store(world: World, store: str) -> list:
    """How many exceptions name the store, before it is described and after."""
    count = """select count(*)::int n from exception_case where kind = 'unknown_facility' and subject = %s
                  and closed_at is null and detail like '%%picks up there%%'"""
    before = world.db.execute(count, (store,)).fetchone()["n"]
    world.db.execute("insert into facility (facility, name, updated_at) values (%s, %s, %s)", (store, store, world.now))
    world.db.execute("select heal_order_exceptions(%s)", (world.now,))
    return [before, world.db.execute(count, (store,)).fetchone()["n"]]


def test_payments_and_risk_are_those_of_the_newest_read(stack):
    """Whoever decides on a refund must see what was paid, in both currencies, and what Shopify thinks of it."""
    world = World(stack.db, "paid")
    history = simple_order(world)
    history.body["presentment_currency"] = "USD"
    history._refund([(first(history.body), 1)], "no_restock")
    history.body["refunds"][0]["transactions"] = [{"gateway": "visa", "kind": "refund", "status": "success",
                                                   "transaction_id": 92}]
    history.tick()
    history.snapshot()
    payments = [{"amount": {"shop": "10.00", "presentment": "11.50"}, "kind": "sale", "status": "success", "gateway": "visa",
                 "parent_id": None, "transaction_id": 91, "test": False, "created_at": None, "processed_at": None},
                {"amount": {"shop": "5.00", "presentment": "5.75"}, "kind": "refund", "status": "success", "gateway": "visa",
                 "parent_id": 91, "transaction_id": 92, "test": False, "created_at": None, "processed_at": None}]
    for shown, level in ((payments[:1], "low"), (payments, "high")):
        history.read_fulfillment_orders()
        history.records[-1][2].update(transactions=shown, return_status="in_progress", edited=True, channel=None,
                                      risk={"recommendation": "cancel", "assessments": [{"level": level, "facts": []}]})
    older, newest = history.records[-2:]
    for record in (*history.records[:-2], newest, older, newest):
        world.apply([record])
    rows = world.db.execute("""select transaction_id, parent_id, amount::text, amount_presentment::text, refund_id is not null r
                                 from v_order_transaction where shop = 'paid' order by 1""").fetchall()
    assert [tuple(r.values()) for r in rows] == [(91, None, "10.00", "11.50", False), (92, 91, "5.00", "5.75", True)]
    order = world.db.execute("""select risk_recommendation, return_status, edited, level from v_order_whole
                                  join order_risk using (shop, order_id) where shop = 'paid'""").fetchall()
    assert [tuple(r.values()) for r in order] == [("cancel", "in_progress", True, "high")]
    refund = world.db.execute("""select l.subtotal::text, l.restock_type, r.note from order_refund_line l
                                   join order_refund r using (shop, order_id, refund_id) where shop = 'paid'""").fetchall()
    assert [tuple(r.values()) for r in refund] == [("5.00", "no_restock", None)]


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
