# SPDX-License-Identifier: Apache-2.0
"""Small histories that once went wrong, each told fact by fact: if one fails, an old mistake is back."""
from order_history import LOCATION
from sql_shop import SqlShop, fulfillment, line, stamp


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
