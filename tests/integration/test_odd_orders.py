# SPDX-License-Identifier: Apache-2.0
"""Orders that Shopify should never send are either taken, and can be seen, or are dead letters that say why.

If one of these fails, an order disappears without a word, or one odd value stops a shop.
"""
import random

import pytest
from order_history import OrderHistory
from order_world import World
from test_order_state import Mill, order_of

SERVICE = "order-state"


@pytest.fixture(scope="module")
def mill(stack):
    return Mill(stack)


@pytest.fixture(scope="module", autouse=True)
def service(stack, mill):
    return stack.start(SERVICE)


def sent(stack, mill, shop: str, change=None) -> OrderHistory:
    """An order of this shop, changed before it is sent, and everything of it consumed."""
    history = order_of(World(stack.db, shop), 1)
    if change:
        change(history.body)
        history.records.clear()
        history.snapshot("orders", "webhook orders/create")
    mill.send(history.records)
    mill.settle()
    return history


def line(stack, shop: str) -> dict:
    row, = stack.rows("""select l.stocked, l.variant_id, l.sku, l.title, i.item, l.unallocated::int from sales_order_line l
                           left join item i using (item_id) where shop = %s""", shop)
    return row


def letters(stack, shop: str, reason: str) -> list:
    return stack.rows("""select reason, payload from dead_letter where record_key like %s and reason like %s""",
                      f"{shop}/%".encode(), f"%{reason}%")


def test_a_line_of_a_deleted_product_is_counted_by_its_sku(stack, mill):
    sent(stack, mill, "gone", lambda b: b["lines"][0].update(product_id=None, variant_id=None))
    found = line(stack, "gone")
    assert found["stocked"] and found["item"] == "sku:gone-A" and found["unallocated"] == 2


def test_a_line_of_a_deleted_product_without_sku_blocks_nothing(stack, mill):
    """Nobody can say what it is counted as; it is shown, and the order goes on without it."""
    sent(stack, mill, "bare", lambda b: b["lines"][0].update(product_id=None, variant_id=None, sku=None))
    found = line(stack, "bare")
    assert not found["stocked"] and found["title"] and found["unallocated"] == 0


def test_a_product_deleted_after_it_was_sold_stays_what_it_was(stack, mill):
    """Shopify forgets the variant of the line; we still owe the customer the thing."""
    history = sent(stack, mill, "later")
    before = line(stack, "later")
    history.tick()
    history.body["lines"][0].update(product_id=None, variant_id=None)
    history.snapshot()
    mill.send(history.records[-1:])
    mill.settle()
    assert line(stack, "later") == before and before["variant_id"]


def test_values_that_nobody_has_seen_yet_are_taken_and_shown(stack, mill):
    def change(body):
        body.update(financial_status="paid_in_shells", source_name="telepathy", cancel_reason="whim")
    history = sent(stack, mill, "enums", change)
    history.rng = random.Random(3)
    history.fulfil()
    history.ask_return()
    history.body["fulfillments"][0]["status"] = "teleported"
    history.tick()
    history.snapshot()
    history.returns[0]["status"] = "pondered"
    history.read_returns()
    mill.send(history.records[1:])
    mill.settle()
    order, = stack.rows("select financial_status, source_name, kind, state, blocked_reason from v_order_whole where shop = 'enums'")
    assert order == {"financial_status": "paid_in_shells", "source_name": "telepathy", "kind": "online", "state": "open",
                     "blocked_reason": None}
    assert stack.rows("select status from order_return where shop = 'enums'") == [{"status": "pondered"}]
    units, = stack.rows("select quantity - open - fulfilled as lost from sales_order_line where shop = 'enums'")
    assert units["lost"] == 0, "units in a fulfilment of unknown status are neither gone nor on sale again"


def test_null_where_there_never_was_one_is_a_dead_letter_that_names_the_field(stack, mill):
    history = sent(stack, mill, "nulls")
    history.tick()
    history.body["lines"][0]["title"] = None
    history.snapshot()
    topic_body = {**history.records[-1][2], "reason": "poll"}
    mill.poison("order-updates", "nulls/1", topic_body)
    mill.settle()
    letter, = letters(stack, "nulls", "title")
    assert letter["payload"]
    assert mill.is_open("blocked_order", "nulls/1")
    assert stack.rows("select outcome from order_hop where shop = 'nulls' and topic = 'order-updates'") == [
        {"outcome": "dead_lettered"}]


def test_a_number_that_is_no_quantity_is_a_dead_letter(stack, mill):
    history = sent(stack, mill, "units")
    history.fulfil()
    history.ask_return()
    history.returns[0]["lines"][0]["quantity"] = 10 ** 12
    history.read_returns()
    mill.poison("returns", "units/1", history.records[-1][2])
    mill.settle()
    assert letters(stack, "units", "returned quantity")
    assert not mill.is_open("blocked_order", "units/1"), "its returns say nothing of what is to be shipped"


def test_ids_above_two_to_the_53_are_exact(stack, mill):
    big = 2 ** 53 + 1
    world = World(stack.db, "big")
    history = order_of(world, 1)
    history.body["order_id"] = history.id = big
    history.body["lines"][0]["line_id"] = big + 2
    history.records.clear()
    history.snapshot("orders", "webhook orders/create")
    mill.send(history.records)
    mill.settle()
    assert stack.rows("select order_id, line_id from sales_order_line where shop = 'big'") == [
        {"order_id": big, "line_id": big + 2}]
    assert stack.rows("select order_id from order_hop where shop = 'big'") == [{"order_id": big}]


def test_notes_of_any_text_survive(stack, mill):
    text = "\U0001F381 \"quoted\" \\ \u2028 \"refunds\":[] \ufffd"
    sent(stack, mill, "texts", lambda b: b.update(note=text))
    assert stack.rows("select body->>'note' as note from sales_order where shop = 'texts'") == [{"note": text}]
