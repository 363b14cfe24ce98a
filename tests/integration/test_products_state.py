# SPDX-License-Identifier: Apache-2.0
"""Products become a catalog: newest version wins, a variant keeps its stock item, what waited for a product is healed.

If this fails, an old product overwrites a new one, stock silently moves to another variant, or orders and stock that
came before their product stay orphans.
"""
import itertools
import json
import random

import pytest
from harness import wait_until
from product_facts import caught_up, digest, product, stamp, variant


def send(stack, fact: dict, **more) -> tuple:
    return stack.produce("products", f"{fact['shop']}/{fact['product_id']}", fact, **more)


@pytest.fixture(scope="module")
def state(stack):
    return stack.start("product-state", options={"product-state.recheck_ms": 500})


@pytest.fixture(scope="module")
def inventory(stack, state):
    return stack.start("inventory-state")


def apply(stack, *facts: dict) -> None:
    for fact in facts:
        send(stack, fact)
    caught_up(stack)


def link(stack, variant_id: int) -> tuple:
    [row] = stack.rows("""select i.item, v.linked, v.deleted_at is null as live
                            from variant v join item i using (item_id)
                           where v.shop = 'acme' and v.variant_id = %s""", variant_id)
    return row["item"], row["linked"], row["live"]


def exceptions(stack, kind: str) -> set:
    return {r["subject"] for r in stack.rows(
        "select subject from exception_case where kind = %s and closed_at is null", kind)}


def outcome(stack) -> dict:
    return stack.rows("""select sum(applied)::int as applied, sum(duplicate)::int as duplicate,
                                sum(stale)::int as stale, sum(dead_lettered)::int as dead
                           from consumer_offset where topic = %s""", stack.prefix + "products")[0]


def hints(stack) -> set:
    return {r["resource"] for r in stack.rows("select resource from hint")}


def test_a_product_becomes_rows(stack, state):
    apply(stack, product(1, [variant(11, " ABC-1 ", compare_at_price="25.00", barcode="40123"), variant(12, None)]))
    [row] = stack.rows("select title, status, tags, body->>'handle' as handle from product where product_id = 1")
    assert row == {"title": "P 1", "status": "active", "tags": ["a", "b"], "handle": "p-1"}
    assert link(stack, 11) == ("sku:ABC-1", True, True)
    assert link(stack, 12) == ("variant:acme/12", True, True)
    [row] = stack.rows("""select price = 19.90 as price, compare_at_price = 25 as compare, barcode, options,
                                 inventory_item_id from variant where variant_id = 11""")
    assert row == {"price": True, "compare": True, "barcode": "40123",
                   "options": [{"name": "Size", "value": "M"}], "inventory_item_id": 500_011}
    assert len(stack.rows("select from dirty_item join variant using (item_id) where product_id = 1")) == 2


def test_every_order_of_versions_ends_at_the_newest(stack, state):
    """Two halves of the version, then the higher hash of the canonical body: 24 orders, one end each."""
    expected = {}
    for n, order in enumerate(itertools.permutations(range(4))):
        number = 1000 + n
        facts = [product(number, [variant(number * 10, f"V-{n}")], updated=u, observed=o, title=t)
                 for u, o, t in ((1, 9, "old"), (2, 3, "a"), (2, 3, "b"), (2, 1, "early"))]
        for i in order:
            send(stack, facts[i])
        expected[number] = max(facts, key=lambda f: (f["updated_at"], f["observed_at"], digest(f)))["title"]
    caught_up(stack)
    titles = {r["product_id"]: r["title"] for r in stack.rows(
        "select product_id, title from product where product_id >= 1000 and product_id < 1024")}
    assert titles == expected and set(titles.values()) == {"a", "b"}


def test_an_older_record_behind_a_newer_one_makes_the_product_be_read_again(stack, state):
    """Compaction would keep the older; during a replay the same must stay silent."""
    apply(stack, product(30, [variant(300, "H-1")], updated=9))
    assert "Product/30" not in hints(stack)
    before = outcome(stack)
    apply(stack, product(30, [variant(300, "H-1")], updated=5))
    assert outcome(stack)["stale"] == before["stale"] + 1
    assert "Product/30" in hints(stack)
    apply(stack, product(30, [variant(300, "H-1")], updated=9))
    assert outcome(stack)["duplicate"] == before["duplicate"] + 1


def test_a_changed_sku_moves_no_stock_and_is_said(stack, state):
    apply(stack, product(40, [variant(400, "OLD")]))
    apply(stack, product(40, [variant(400, "NEW")], updated=1))
    assert link(stack, 400) == ("sku:OLD", True, True)
    assert "acme/variant/400" in exceptions(stack, "changed_sku")
    apply(stack, product(40, [variant(400, "OLD")], updated=2))
    assert "acme/variant/400" not in exceptions(stack, "changed_sku")


def test_two_variants_that_swap_skus_keep_their_stock(stack, state):
    apply(stack, product(41, [variant(410, "S-1"), variant(411, "S-2")]))
    apply(stack, product(41, [variant(410, "S-2"), variant(411, "S-1")], updated=1))
    assert (link(stack, 410)[0], link(stack, 411)[0]) == ("sku:S-1", "sku:S-2")
    assert {"acme/variant/410", "acme/variant/411"} <= exceptions(stack, "changed_sku")


def test_a_second_variant_with_the_same_sku_waits_until_the_first_is_gone(stack, state):
    apply(stack, product(50, [variant(500, "DUP")]), product(51, [variant(510, "DUP")]))
    assert link(stack, 500) == ("sku:DUP", True, True)
    assert link(stack, 510) == ("variant:acme/510", False, True)
    assert "acme/variant/510" in exceptions(stack, "duplicate_sku")

    apply(stack, product(50, [], updated=1, deleted_at=stamp(1)))
    assert link(stack, 500)[2] is False
    assert "Product/51" in hints(stack)
    apply(stack, product(51, [variant(510, "DUP")], observed=5))      # what the hint makes the publisher send
    assert link(stack, 510) == ("sku:DUP", True, True)
    assert "acme/variant/510" not in exceptions(stack, "duplicate_sku")


def test_removed_variants_and_deleted_products_stay_as_archives(stack, state):
    apply(stack, product(60, [variant(600, "D-1"), variant(601, "D-2")]))
    stack.rows("delete from dirty_item returning 1")
    apply(stack, product(60, [variant(600, "D-1")], updated=1))
    assert link(stack, 601) == ("sku:D-2", True, False)
    assert len(stack.rows("select from dirty_item d join item i using (item_id) where i.item = 'sku:D-2'")) == 1
    stack.produce("products", "acme/60", None)
    caught_up(stack)
    [row] = stack.rows("select deleted_at, title from product where product_id = 60")
    assert row["deleted_at"] and row["title"] == "P 60"
    assert link(stack, 600)[2] is False
    apply(stack, product(60, [variant(600, "D-1")], updated=1))       # late: cannot bring it back
    assert stack.rows("select from product where product_id = 60 and deleted_at is not null")
    apply(stack, product(60, [variant(600, "D-1")], updated=2))       # newer: can
    assert link(stack, 600) == ("sku:D-1", True, True)


def test_a_poison_record_is_a_dead_letter_and_the_next_is_applied(stack, state):
    good = product(70, [variant(700, "G")])
    for n, bad in enumerate([b"not json", b"{}", json.dumps({**good, "extra": 1}).encode(),
                             json.dumps({**good, "variants": [variant(7, "x"), variant(7, "y")]}).encode()]):
        partition, offset = stack.produce("products", "acme/70", bad, bad=True)
        send(stack, product(70, [variant(700, "G")], updated=n), partition=partition)
        caught_up(stack)
        [letter] = stack.rows("select payload, reason from dead_letter where topic = %s and partition = %s"
                              " and record_offset = %s", stack.prefix + "products", partition, offset)
        assert bytes(letter["payload"]) == bad and letter["reason"]
        assert stack.rows("select from product where product_id = 70 and updated_at = %s", stamp(n))


def test_a_variant_the_database_refuses_takes_only_its_own_product_along(stack, state):
    """Two live variants with one inventory item cannot be: the batch is applied again one by one."""
    bad = product(72, [variant(720, "X-1"), variant(721, "X-2", inventory_item_id=500_720)])
    for fact in (product(71, [variant(710, "X-0")]), bad, product(73, [variant(730, "X-3")])):
        stack.produce("products", "acme/7x", fact, partition=0)
    caught_up(stack)
    assert link(stack, 710)[0] == "sku:X-0" and link(stack, 730)[0] == "sku:X-3"
    assert not stack.rows("select from variant where variant_id in (720, 721)")
    assert stack.rows("select from dead_letter where topic = %s and code = '23505'", stack.prefix + "products")


# -- what waited for a product -----------------------------------------------------------------------------------------

def book(stack, item: str, quantity: int, event: str, at: int = 60) -> None:
    stack.produce("inventory", item, {"as_of": stamp(at), "event_id": event, "facility": "WH", "item": item,
                                      "kind": "count", "quantity": quantity, "reason": None, "source": "wms-1"})
    caught_up(stack, "inventory")


def test_stock_of_an_unknown_item_is_healed_by_its_product(stack, inventory):
    book(stack, "sku:LATE", 8, "late")
    assert "sku:LATE" in exceptions(stack, "unknown_item")
    apply(stack, product(80, [variant(800, "LATE")]))
    assert "sku:LATE" not in exceptions(stack, "unknown_item")
    assert link(stack, 800) == ("sku:LATE", True, True)
    assert stack.rows("""select s.on_hand from variant v join stock s using (item_id) where v.variant_id = 800""") == [
        {"on_hand": 8}]


def test_an_exception_that_a_race_left_open_is_closed(stack, inventory):
    stack.rows("""insert into exception_case (kind, subject, detail, opened_at, seen_at)
                  values ('unknown_item', 'sku:LATE', 'x', now(), now())
                  on conflict (kind, subject) do update set closed_at = null returning 1""")
    wait_until(lambda: "sku:LATE" not in exceptions(stack, "unknown_item"), 10)


def test_a_placeholder_keeps_its_stock_when_the_sku_comes(stack, inventory):
    apply(stack, product(81, [variant(810, None)]))
    book(stack, "variant:acme/810", 5, "placeholder")
    apply(stack, product(81, [variant(810, "NAMED")], updated=1))
    assert link(stack, 810) == ("sku:NAMED", True, True)
    book(stack, "sku:NAMED", 6, "named", at=61)
    assert stack.rows("select s.on_hand from variant v join stock s using (item_id) where v.variant_id = 810") == [
        {"on_hand": 6}]


def test_stock_booked_under_both_names_is_for_a_person(stack, inventory):
    apply(stack, product(82, [variant(820, None)]))
    book(stack, "variant:acme/820", 5, "both-1")
    book(stack, "sku:BOTH", 7, "both-2")
    apply(stack, product(82, [variant(820, "BOTH")], updated=1))
    assert link(stack, 820) == ("variant:acme/820", True, True)
    assert "acme/variant/820" in exceptions(stack, "changed_sku")


def order_line(stack, order_id: int, variant_id: int, item: str, facility: str = "WH", quantity: int = 2) -> None:
    """An open order with one allocated line, as order-state would have stored it before the product was known."""
    stack.rows("""insert into sales_order (shop, order_id, updated_at, observed_at, body_hash, name, created_at, body,
                                           applied_at)
                  values ('acme', %s, now(), now(), '', '#1', now(), '{"lines":[],"fulfillments":[],"refunds":[]}',
                          now()) returning 1""", order_id)
    stack.rows("select from ensure_items(array[%s], now())", item)
    stack.rows("""insert into sales_order_line (shop, order_id, line_id, item_id, variant_id, sku, title, quantity,
                                                current_quantity, requires_shipping, stocked, allocated)
                  select 'acme', %s, 1, item_id, %s, 'x', 'T', %s, %s, true, true, %s from item where item = %s
                  returning 1""", order_id, variant_id, quantity, quantity, quantity, item)
    stack.rows("""insert into allocation (shop, order_id, line_id, facility, state, quantity, item_id, decided_at)
                  select 'acme', %s, 1, %s, 'released', %s, item_id, now() from item where item = %s returning 1""",
               order_id, facility, quantity, item)
    stack.rows("""select from lock_stock(array(select item_id from item where item = %s), array[%s], now())""",
               item, facility)
    stack.rows("""select from reserve_stock(array(select item_id from item where item = %s), array[%s],
                                            array[%s::bigint])""", item, facility, quantity)


def reserved(stack, item: str) -> int:
    return stack.rows("""select coalesce(sum(s.reserved), 0)::int as n from stock s join item i using (item_id)
                          where i.item = %s""", item)[0]["n"]


def test_lines_that_were_counted_for_another_item_follow_the_product(stack, state):
    order_line(stack, 9001, 830, "sku:WRONG")
    apply(stack, product(83, [variant(830, "RIGHT")]))
    assert (reserved(stack, "sku:WRONG"), reserved(stack, "sku:RIGHT")) == (0, 2)
    for table in ("sales_order_line", "allocation"):
        assert stack.rows(f"select i.item from {table} join item i using (item_id) where order_id = 9001") == [
            {"item": "sku:RIGHT"}], table
    dirty = {r["item"] for r in stack.rows("select i.item from dirty_item d join item i using (item_id)")}
    assert {"sku:WRONG", "sku:RIGHT"} <= dirty


def test_what_is_not_tracked_asks_for_no_stock(stack, state):
    order_line(stack, 9002, 840, "sku:DIGITAL")
    apply(stack, product(84, [variant(840, "DIGITAL", tracked=False)]))
    assert stack.rows("select stocked, unallocated::int from sales_order_line where order_id = 9002") == [
        {"stocked": False, "unallocated": 0}]
    assert reserved(stack, "sku:DIGITAL") == 0


def test_two_thousand_products_within_seconds_in_any_order_and_twice(stack, state):
    """An initial load, shuffled, with every tenth product sent again."""
    facts = [product(100_000 + n, [variant((100_000 + n) * 10 + k, f"BULK-{n}-{k}") for k in range(3)])
             for n in range(2000)]
    random.Random(7).shuffle(facts)
    producer = stack.kafka._producer
    for fact in facts + facts[::10]:
        producer.produce(stack.prefix + "products", json.dumps(fact).encode(), f"acme/{fact['product_id']}")
        producer.poll(0)
    assert producer.flush(30) == 0
    wait_until(lambda: stack.rows("select count(*)::int as n from variant where linked and deleted_at is null"
                                  " and product_id >= 100000")[0]["n"] == 6000, 60, "6000 linked variants")
    caught_up(stack)
