# SPDX-License-Identifier: Apache-2.0
"""Small histories that once went wrong, each told fact by fact: if one fails, an old mistake is back."""
import json
import threading
import time
from pathlib import Path

import psycopg
from order_history import LOCATION, variant_of
from order_world import check_sums
from psycopg.rows import dict_row
from sql_shop import SqlShop, fulfillment, line, refund, stamp

PENDING_STOCK = Path(__file__).resolve().parents[2] / "services/outbound-producer/sql/pending_stock.sql"


def meet(stack, first: list, other, then: list) -> None:
    """One transaction holds what `first` locks until `other` waits for it, and then asks for `then` as well: whoever
    takes its locks in the common order cannot be holding that."""
    failed = []

    def run(theirs):
        try:
            other(theirs)
        except psycopg.Error as e:
            failed.append(e)

    with psycopg.connect(stack.postgres_url) as mine, \
            psycopg.connect(stack.postgres_url, row_factory=dict_row) as theirs:
        mine.execute(*first)
        thread = threading.Thread(target=run, args=(theirs,))
        thread.start()
        while not stack.db.execute("select 1 from pg_stat_activity where pid = %s and wait_event_type = 'Lock'",
                                   (theirs.info.backend_pid,)).fetchone():
            assert thread.is_alive(), f"never waited: {failed}"
            time.sleep(0.01)
        mine.execute(*then)
        mine.commit()
        thread.join()
        theirs.commit()
    assert not failed, failed


def test_the_watermark_stays_below_what_a_blocked_order_was_last_known_to_be(stack):
    """A staff fulfilment between the last good snapshot and the bad one would be judged drift, and sold again."""
    shop = SqlShop(stack.db, "below")
    shop.order(500, 3600, [line(5001, shop.sku(), 2, 2)])
    shop.db.execute("insert into shop_watermark values ('below', %s, 'g', '{}', '{}', '{}')", (stamp(7200),))
    through = "select through_at from shop_watermark_in_force where shop = 'below'"
    assert shop.one(through)["through_at"] == shop.moment(7200)
    shop.block(500, 4800)
    assert shop.one(through)["through_at"] < shop.moment(3600)
    shop.block(501, 4800)
    assert shop.one(through)["through_at"] < shop.moment(0), "nothing at all is known of a placeholder"
    for order_id in (500, 501):
        shop.order(order_id, 4801, [line(order_id * 10 + 1, shop.sku(), 2, 2)])
    assert shop.one(through)["through_at"] == shop.moment(7200)


def test_a_fulfilment_of_a_line_that_is_not_known_yet_counts_once_the_line_is(stack):
    """A fact learnt without its line would stand in no row of the book, and one unit would be promised for ever."""
    shop = SqlShop(stack.db, "early")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 1, 1)])
    shop.fulfillment_orders(500, 3601, [(LOCATION, {5001: 1, 5002: 1})])
    shop.parcel(500, 3900, "wms/1", {5002: 1})
    shop.db.execute("""select apply_parcels('{early}', '{500}', '{wms/1}', %s, '{1}', %s)""",
                    (['{"parcel":"wms/1","lines":[{"line_id":5002,"quantity":1}]}'], shop.now))
    shop.db.execute("""select record_fulfillment('early', 500, 'wms/1', 900, %s, '{5002}', '{1}', %s, null, null, %s)""",
                    (LOCATION, stamp(3961), shop.now))
    shop.order(500, 4020, [line(5001, shop.sku(), 1, 1), line(5002, shop.sku(), 1, 0)],
               [fulfillment(900, 3961, {5002: 1})])
    shop.fulfillment_orders(500, 4021, [(LOCATION, {5001: 1, 5002: 0})])
    assert shop.line(5002)["open"] == 0
    term = shop.term()
    assert (term["known"], term["committed_min"], term["committed_max"]) == (-1, 1, 1)
    assert shop.one("select attributed, issued from stock_fact where shop = 'early'") == {
        "attributed": True, "issued": 0}, "the parcel took the unit, nobody else"


def test_a_line_split_over_two_locations_is_committed_at_neither_for_sure(stack):
    """Counted whole at one of them, the units of the other would be put on sale there."""
    shop = SqlShop(stack.db, "split")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 2, 2)])
    shop.fulfillment_orders(500, 3601, [(LOCATION, {5001: 1}), (LOCATION + 1, {5001: 1})])
    term = shop.term()
    assert (term["committed_min"], term["committed_max"]) == (0, 2)
    shop.fulfillment_orders(500, 3602, [(LOCATION, {5001: 2})])
    term = shop.term()
    assert (term["committed_min"], term["committed_max"]) == (2, 2)


def unlinked_fact(shop: SqlShop) -> tuple:
    """A staff fulfilment of two whose row was not known when it was learnt; returns locks of the row and of the item."""
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 3, 1)], [fulfillment(900, 3500, {5001: 2})])
    shop.db.execute("update stock_fact set inventory_item_id = null where shop = %s", (shop.shop,))
    shop.db.execute("update book_row set known = 0 where shop = %s", (shop.shop,))
    item = shop.line(5001)["item_id"]
    shop.db.execute("select mark_dirty(array[%s]::bigint[], 'test', %s)", (item, shop.now))
    return (("select from book_row where shop = %s for update", (shop.shop,)),
            ("select mark_dirty(array[%s]::bigint[], 'test', %s)", (item, shop.now)))


def test_a_fact_that_the_sweep_links_is_counted_and_its_promise_computed_again(stack):
    """The level would stay what it was without the fact: a sale undone in Shopify."""
    shop = SqlShop(stack.db, "linked")
    unlinked_fact(shop)
    assert shop.term()["known"] == 0
    shop.compute()
    shop.sweep()
    assert shop.term()["known"] == -2
    assert shop.is_dirty()


def test_the_sweep_takes_book_rows_before_dirty_items(stack):
    """Against a writer that records a fulfilment it would dead-lock."""
    shop = SqlShop(stack.db, "sweeper")
    book, dirty = unlinked_fact(shop)
    shop.db.execute("update stock_fact set attributed = false where shop = 'sweeper'")
    meet(stack, book, lambda db: db.execute("select sweep_orders(1000, %s)", (shop.now,)), dirty)
    assert shop.term()["known"] == -2


def test_a_fresh_link_takes_book_rows_before_dirty_items(stack):
    """Against a writer that records a fulfilment it would dead-lock."""
    shop = SqlShop(stack.db, "linker")
    book, dirty = unlinked_fact(shop)
    shop.db.execute("update sales_order_line set item_id = (select item_id from item where item = 'sku:linker-B')"
                    " where shop = 'linker'")
    meet(stack, book, lambda db: shop.over(db).catalog("A"), dirty)
    assert shop.term()["known"] == -2
    assert shop.line(5001)["item_id"] == shop.term()["item_id"]


def test_what_asks_for_nothing_is_still_committed_in_shopify(stack):
    """A line without shipping that moves away would leave the level too high: units on sale that are not there."""
    shop = SqlShop(stack.db, "silent")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 4, 4, ships=False)])
    shop.fulfillment_orders(500, 3601, [(LOCATION, {5001: 4})])
    assert shop.term()["committed_min"] == 4
    shop.compute()
    shop.fulfillment_orders(500, 3602, [(LOCATION + 1, {5001: 4})])
    assert shop.term()["committed_max"] == 0
    assert shop.is_dirty()


def test_stock_that_an_order_gives_back_wakes_those_who_wait_for_it(stack):
    """They would wait for their back-off although the goods are there."""
    shop = SqlShop(stack.db, "freed")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 10, 10)])
    shop.route(500, 5001, 10)
    shop.order(501, 3660, [line(5011, shop.sku(), 1, 1)])
    later = "update route_queue set due_at = 'infinity', attempts = 5 where shop = 'freed'"
    shop.db.execute(later)
    shop.parcel(500, 3700, "wms/1", {5001: 4})
    assert shop.one("select due_at = 'infinity' asleep from route_queue where shop = 'freed'")["asleep"], "none is free"
    shop.order(500, 3720, [line(5001, shop.sku(), 10, 0)], cancelled=stamp(3720))
    queued = shop.one("select order_id, due_at = %s awake from route_queue where shop = 'freed'", shop.now)
    assert queued == {"order_id": 501, "awake": True}


def test_an_item_is_no_longer_oversold_when_what_was_reserved_is_given_back(stack):
    """The exception would stay open, and people would look for goods that nobody wants."""
    shop = SqlShop(stack.db, "oversold")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 10, 10)])
    shop.route(500, 5001, 10)
    shop.stock("A", 3)
    subject = f"sku:{shop.sku()}/{shop.facilities[0]}"
    assert shop.is_open("oversold", subject)
    shop.order(500, 3720, [line(5001, shop.sku(), 10, 0)], cancelled=stamp(3720))
    assert not shop.is_open("oversold", subject)


def test_stock_of_a_renamed_item_is_announced_under_both_names(stack):
    """The old name would stay on the topic for ever, and what waits under it would hold up the rest of the feed."""
    shop = SqlShop(stack.db, "renamed")
    old, new = f"sku:{shop.sku('B')}", "sku:renamed/N"
    shop.stock("B", 7)
    item = shop.one("select item_id from item where item = %s", old)["item_id"]
    shop.db.execute("update outbox set published_version = version")
    shop.stock("B", 8)
    shop.catalog("B", item=new, renamed=item)
    query = PENDING_STOCK.read_text().replace("$1::bigint", "100")
    pending = {row["key"]: row["value"] for row in shop.db.execute(query)}
    facility = shop.facilities[0]
    assert pending[f"{old}/{facility}"] is None
    assert json.loads(pending[f"sku:renamed%2FN/{facility}"])["on_hand"] == 8
    waiting = shop.db.execute("select key from outbox where topic = 'stock' and version > published_version")
    assert {row["key"] for row in waiting} == set(pending)


def test_lines_ask_for_stock_again_when_their_variant_is_tracked_again(stack):
    """Open lines would never become demand, and what they need would be sold once more."""
    shop = SqlShop(stack.db, "tracked")
    shop.stock("A", 10)
    shop.catalog("A", tracked=False)
    gift = {**line(5002, shop.sku(), 1, 1), "gift_card": True}
    shop.order(500, 3600, [line(5001, shop.sku(), 4, 4), gift])
    assert shop.one("select state from sales_order where shop = 'tracked'")["state"] == "completed"
    shop.catalog("A", tracked=True)
    assert (shop.line(5001)["unallocated"], shop.line(5002)["unallocated"]) == (4, 0)
    assert shop.term()["promise"] == 6
    assert shop.one("select state from sales_order where shop = 'tracked'")["state"] == "open"
    shop.route(500, 5001, 4)
    shop.catalog("A", tracked=False)
    assert shop.one("select sum(reserved) n from stock where facility = %s", shop.facilities[0])["n"] == 0
    check_sums(shop)


def test_a_fulfilment_that_is_underway_cancels_nothing(stack):
    """Its units would go back on sale, and the facility would be told to stop, before anything was decided."""
    shop = SqlShop(stack.db, "underway")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 1, 1)])
    shop.route(500, 5001, 1)
    told = "select kind from fulfillment_request where shop = 'underway' order by request"
    for at, status in ((4380, "pending"), (4381, "open")):
        shop.order(500, at, [line(5001, shop.sku(), 1, 0)], [fulfillment(900, 4200, {5001: 1}, status)],
                   [refund(7, 4300, 5001, 1, "no_restock")])
        assert (shop.line(5001)["cancelled"], shop.line(5001)["allocated"], shop.term()["promise"]) == (0, 1, 9)
    assert [row["kind"] for row in shop.db.execute(told)] == ["create"]
    shop.order(500, 4400, [line(5001, shop.sku(), 1, 0)], [fulfillment(900, 4200, {5001: 1})])
    assert (shop.line(5001)["fulfilled"], shop.line(5001)["cancelled"]) == (1, 0)
    check_sums(shop)


def test_a_facility_that_may_not_ship_offers_nothing(stack):
    """The router would never take it, and what was promised from there could not be delivered."""
    shop = SqlShop(stack.db, "shipless")
    shop.stock("A", 10)
    shop.stock("A", 4, facility=1)
    assert shop.term()["promise"] == 14
    shop.db.execute("update facility set ships = false where facility = %s", (shop.facilities[0],))
    assert shop.term()["promise"] == 4


def settings(shop: SqlShop, facility: str, safety: int) -> list:
    """What inventory-state does in one transaction when a facility's safety stock changes."""
    return [("update facility set safety_stock = %s where facility = %s", (safety, facility)),
            ("select fold_stock('{}', '{}', '{}', '{}', '{}', '{}', '{}', array[%s], '{}', %s)", (facility, shop.now))]


def test_a_new_stock_row_has_the_safety_stock_its_facility_is_just_getting(stack):
    """It would keep the old one for ever, and promise what is to be held back."""
    shop = SqlShop(stack.db, "safety")
    item = shop.one("select item_id from item where item = 'sku:safety-A'")["item_id"]
    kept = "select safety_stock n from stock where item_id = %s and facility = %s"
    make = "select lock_stock(array[%s]::bigint[], array[%s], %s)"
    new, change = shop.facilities[0], settings(shop, shop.facilities[0], 5)
    meet(stack, change[0], lambda db: db.execute(make, (item, new, shop.now)), change[1])
    assert shop.one(kept, item, new)["n"] == 5, "the row came second"
    other, change = shop.facilities[1], settings(shop, shop.facilities[1], 7)
    meet(stack, (make, (item, other, shop.now)), lambda db: [db.execute(*step) for step in change], ("select 1", ()))
    assert shop.one(kept, item, other)["n"] == 7, "the row came first"


def test_a_line_taken_in_while_its_variant_was_being_linked_follows_later(stack):
    """Neither transaction sees the other; the line would draw on an item that is not its own for ever."""
    shop = SqlShop(stack.db, "stray")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 2, 2)])
    shop.db.execute("""update sales_order_line set item_id = (select item_id from item where item = 'sku:stray-B')
                        where shop = 'stray'""")
    assert shop.term()["promise"] == 10
    shop.compute()
    assert shop.one("select repoint_strays(100, %s) n", shop.now)["n"] == 1
    assert shop.term()["promise"] == 8 and shop.is_dirty("A") and shop.is_dirty("B")
    assert shop.one("select repoint_strays(100, %s) n", shop.now)["n"] == 0
    check_sums(shop)


def test_two_shops_with_the_same_numbers_each_take_their_own_units(stack):
    """Ids are unique in one shop only: the second shop's unit would be taken for the first one's, and not leave."""
    one, two = SqlShop(stack.db, "twin-a"), SqlShop(stack.db, "twin-b")
    for shop in (one, two):
        shop.db.execute("update variant set item_id = (select item_id from item where item = 'sku:twin-a-A')"
                        " where shop = %s and sku = %s", (shop.shop, shop.sku()))
        shop.db.execute("update channel_facility set facility = 'twin-a-' || right(facility, 1) where shop = %s",
                        (shop.shop,))
    two.facilities = one.facilities
    one.stock("A", 10)
    for shop in (one, two):
        shop.order(500, 3600, [line(5001, shop.sku(), 3, 1)], [fulfillment(900, 3500, {5001: 2})])
        shop.parcel(500, 3700, "wms/1", {5001: 1})
    left = one.one("select on_hand n from stock where facility = %s and on_hand > 0", one.facilities[0])
    assert left["n"] == 10 - 2 * 3
