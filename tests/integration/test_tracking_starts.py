# SPDX-License-Identifier: Apache-2.0
"""An item is tracked from today on: what left its shelf before is not sold once more, and what was counted is not taken twice.

If it fails, switching on "track quantity" puts units on sale that a truck has carried away.
"""
import pytest
from order_world import check_sums
from sql_shop import SqlShop, fulfillment, line, stamp


def untracked(stack, name: str) -> SqlShop:
    shop = SqlShop(stack.db, name)
    shop.catalog("A", tracked=False)
    return shop


def track(shop: SqlShop) -> None:
    shop.catalog("A", tracked=True)


def on_hand(shop: SqlShop) -> int:
    return shop.one("select coalesce(sum(on_hand), 0)::int n from stock where facility = %s", shop.facilities[0])["n"]


def test_what_left_after_the_count_comes_off_the_shelf(stack):
    """Two of the ten are with the customer; the third of the order is still to go."""
    shop = untracked(stack, "left")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 3, 3)])
    shop.parcel(500, 3900, "wms/1", {5001: 2})
    assert on_hand(shop) == 10
    shop.compute()
    track(shop)
    assert on_hand(shop) == 8
    assert (shop.line(5001)["shipped"], shop.line(5001)["unallocated"], shop.term()["promise"]) == (2, 1, 7)
    assert shop.is_dirty()
    entry = shop.one("select quantity::int, as_of from stock_entry e join item i using (item_id) where source = 'shipment'"
                     " and i.item = 'sku:' || %s", shop.sku())
    assert entry == {"quantity": -2, "as_of": shop.moment(3900)}, "as of the time it left, so that a count after it wins"
    check_sums(shop)


def test_switching_it_off_and_on_again_takes_nothing_twice(stack):
    shop = untracked(stack, "again")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 3, 3)])
    shop.parcel(500, 3900, "wms/1", {5001: 2})
    for _ in range(2):
        track(shop)
        assert on_hand(shop) == 8
        shop.catalog("A", tracked=False)
    shop.parcel(500, 4000, "wms/2", {5001: 1})
    assert on_hand(shop) == 8
    track(shop)
    assert on_hand(shop) == 7 and shop.line(5001)["shipped"] == 3
    check_sums(shop)


def test_a_closed_order_is_not_forgotten(stack):
    """Nothing of it is open any more, in Shopify or here; its units are gone all the same."""
    shop = untracked(stack, "closed")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 2, 2)])
    shop.parcel(500, 3900, "wms/1", {5001: 2})
    shop.one("""select count(*) n from apply_parcels('{closed}', '{500}', '{wms/1}', %s, '{1}', %s)""",
             ['{"parcel":"wms/1","lines":[{"line_id":5001,"quantity":2}]}'], shop.now)
    shop.one("""select record_fulfillment('closed', 500, 'wms/1', 900, null, '{5001}', '{2}', %s, null, null, %s)""",
             stamp(3961), shop.now)
    shop.order(500, 4020, [line(5001, shop.sku(), 2, 0)], [fulfillment(900, 3961, {5001: 2})])
    assert (shop.line(5001)["open"], shop.line(5001)["remaining"]) == (0, 0)
    track(shop)
    assert on_hand(shop) == 8
    assert shop.one("select state from sales_order where shop = 'closed'")["state"] == "completed"
    assert shop.one("select sum(issued)::int n from stock_fact where shop = 'closed'")["n"] == 0, "not staff's as well"
    check_sums(shop)


@pytest.mark.parametrize("name, counted", [("before", True), ("unknown", False)])
def test_what_the_number_knows_already_is_not_taken_off(stack, name, counted):
    """A count from after the parcel has missed its units; a shelf that nobody ever counted has no number to correct."""
    shop = untracked(stack, name)
    shop.order(500, -7200, [line(5001, shop.sku(), 3, 3)])
    shop.parcel(500, -3600, "wms/1", {5001: 2})
    if counted:
        shop.stock("A", 10)
    track(shop)
    assert on_hand(shop) == (10 if counted else 0)
    assert shop.line(5001)["shipped"] == 2
    assert not shop.one("select count(*)::int n from stock_entry where source = 'shipment' and event_id like %s",
                        f"{name}/%")["n"]


def test_a_gift_card_stays_out_of_it(stack):
    shop = untracked(stack, "gift")
    shop.stock("A", 10)
    shop.order(500, 3600, [{**line(5001, shop.sku(), 2, 2), "gift_card": True}])
    shop.parcel(500, 3900, "wms/1", {5001: 2})
    track(shop)
    assert on_hand(shop) == 10
