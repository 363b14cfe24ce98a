# SPDX-License-Identifier: Apache-2.0
"""A fulfilment that failed shipped nothing: its units are still the customer's, and neither cancelled nor gone.

If it fails, what a fulfilment service could not ship is taken for cancelled and sold to somebody else.
"""
import pytest
from order_world import check_sums
from sql_shop import SqlShop, fulfillment, line, refund

FAILED = ["failure", "error"]


def sold(stack, name: str, units: int) -> SqlShop:
    shop = SqlShop(stack.db, name)
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), units, units)])
    shop.route(500, 5001, units)
    return shop


def seen(shop: SqlShop) -> tuple:
    row = shop.line(5001)
    return row["cancelled"], row["fulfilled"], row["open"], row["allocated"], shop.term()["promise"], shop.term()["known"]


@pytest.mark.parametrize("status", FAILED)
@pytest.mark.parametrize("unfulfilled", [3, 1])
def test_its_units_stay_open_whether_or_not_shopify_counts_them_so(stack, status, unfulfilled):
    shop = sold(stack, f"{status}-{unfulfilled}", 3)
    shop.order(500, 4000, [line(5001, shop.sku(), 3, unfulfilled)], [fulfillment(900, 3900, {5001: 2}, status)])
    assert seen(shop) == (0, 0, 3, 3, 7, 0)
    check_sums(shop)


@pytest.mark.parametrize("status", FAILED)
def test_one_that_had_succeeded_is_undone(stack, status):
    shop = sold(stack, f"undone-{status}", 3)
    shop.order(500, 4000, [line(5001, shop.sku(), 3, 1)], [fulfillment(900, 3900, {5001: 2})])
    assert seen(shop)[:3] == (0, 2, 1)
    assert shop.term()["known"] == -2
    shop.order(500, 4100, [line(5001, shop.sku(), 3, 1)], [fulfillment(900, 3900, {5001: 2}, status)])
    assert seen(shop)[:3] == (0, 0, 3) and shop.term()["known"] == 0
    assert shop.one("select on_hand::int n from stock where facility = %s", shop.facilities[0])["n"] == 10, "nothing left"
    check_sums(shop)


def test_what_is_really_cancelled_is_cancelled_all_the_same(stack):
    """One of three is removed from the order after a fulfilment of two has failed."""
    shop = sold(stack, "removed", 3)
    left = {**line(5001, shop.sku(), 3, 2), "current_quantity": 2}
    shop.order(500, 4100, [left], [fulfillment(900, 3900, {5001: 2}, "failure")])
    assert seen(shop) == (1, 0, 2, 2, 8, 0)
    shop.order(500, 4200, [{**left, "unfulfilled_quantity": 0, "current_quantity": 0}],
               [fulfillment(900, 3900, {5001: 2}, "failure")], cancelled="2026-01-01T02:00:00.000000Z")
    assert seen(shop) == (3, 0, 0, 0, 10, 0)
    check_sums(shop)


def test_units_that_came_back_do_not_hide_the_failure(stack):
    """One was delivered and returned, which current_quantity leaves out; two failed."""
    shop = sold(stack, "returned", 3)
    now = {**line(5001, shop.sku(), 3, 0), "current_quantity": 2}
    shop.order(500, 4100, [now], [fulfillment(900, 3700, {5001: 1}), fulfillment(901, 3900, {5001: 2}, "error")],
               [refund(7, 4050, 5001, 1, "return")])
    assert seen(shop)[:3] == (0, 1, 2)


def test_the_parcel_that_went_after_all_counts_once(stack):
    """The service failed, we shipped: its second fulfilment has the units."""
    shop = sold(stack, "after", 2)
    shop.order(500, 4000, [line(5001, shop.sku(), 2, 2)], [fulfillment(900, 3900, {5001: 2}, "failure")])
    shop.parcel(500, 4100, "wms/1", {5001: 2})
    shop.order(500, 4200, [line(5001, shop.sku(), 2, 0)],
               [fulfillment(900, 3900, {5001: 2}, "failure"), {**fulfillment(901, 4150, {5001: 2})}])
    assert seen(shop)[:4] == (0, 2, 0, 0)
    check_sums(shop)
