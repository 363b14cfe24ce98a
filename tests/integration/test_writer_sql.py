# SPDX-License-Identifier: Apache-2.0
"""What the writer's steps in SQL refuse: each is a race between two writers, or with order-state, told step by step.

If one fails, two processes that each did right do wrong together.
"""
import psycopg
import pytest
from order_history import LOCATION
from psycopg.rows import dict_row
from sql_shop import SqlShop, fulfillment, line, stamp

PARCEL = "wms/1"


class Parcels(SqlShop):
    """One order whose parcel two writers look after."""

    def wanted(self, units: int) -> "Parcels":
        self.order(500, 3600, [line(5001, self.sku(), units, units)])
        self.one("select * from apply_parcels(array[%s], '{500}', %s, %s, '{1}', %s)", self.shop, [PARCEL],
                 ['{"parcel":"wms/1","lines":[{"line_id":5001,"quantity":%d}]}' % units], self.moment(0))
        return self

    def take(self, at: float) -> dict:
        return self.one("select * from take_parcels(%s, 10, %s, %s)", self.shop, self.moment(at + 10), self.moment(at))

    def intend(self, seen: dict, at: float) -> bool:
        """What the writer does with what it took; the claim lasts ten seconds."""
        return self.one("select intend_parcel(%s, 500, %s, %s, '{}', '{\"5001\":1}', 'body', 'me', %s, %s, %s) ok",
                        self.shop, PARCEL, seen["attempts"], self.moment(at + 10), self.moment(at + 12),
                        self.moment(at))["ok"]

    def record(self, fulfillment: int, units: int, at: float) -> bool:
        return self.one("""select record_fulfillment(%s, 500, %s, %s, %s, '{5001}', array[%s]::bigint[], %s, null, null,
                           %s) ok""", self.shop, PARCEL, fulfillment, LOCATION, units, stamp(at), self.moment(at))["ok"]

    def release(self, attempts: int, at: float) -> None:
        self.one("select release_parcel(%s, 500, %s, %s, 'me', %s, null, false, false, 'x', %s)", self.shop, PARCEL,
                 attempts, self.moment(at), self.moment(at))

    def state(self) -> dict:
        return self.one("select state, attempts, covered from parcel_write where shop = %s", self.shop)


def test_a_writer_that_slept_sends_nothing_that_another_fulfilled_meanwhile(stack):
    """It would send the part again that the other has recorded: the parcel is wanted still, for its rest."""
    shop = Parcels(stack.db, "slept").wanted(2)
    mine = shop.take(100)
    theirs = shop.take(120)                             # my hold is over
    assert shop.intend(theirs, 121)
    assert shop.record(900, 1, 122)
    assert shop.state()["state"] == "wanted"
    assert not shop.intend(mine, 123)
    assert shop.intend(shop.take(124), 125), "whoever looks again goes on"


def test_a_writer_that_slept_through_an_intent_and_its_release_looks_again(stack):
    """What it saw of Shopify is from before; which fulfilments were there before its intent would be wrong."""
    shop = Parcels(stack.db, "released").wanted(1)
    mine = shop.take(100)
    theirs = shop.take(120)
    assert shop.intend(theirs, 121)
    shop.release(theirs["attempts"] + 1, 122)
    assert shop.state()["state"] == "wanted"
    assert not shop.intend(mine, 123)


def test_a_late_answer_to_one_intent_never_ends_another(stack):
    """The same writer, twice: its first call's refusal comes after a read has recorded it and the rest is under way."""
    shop = Parcels(stack.db, "late").wanted(2)
    first = shop.take(100)
    assert shop.intend(first, 101)
    assert shop.record(900, 1, 120)                     # found by a read
    second = shop.take(121)
    assert shop.intend(second, 122)
    shop.release(first["attempts"] + 1, 123)
    assert shop.state()["state"] == "intent"


def known(shop: SqlShop) -> tuple:
    return shop.one("select count(inventory_item_id) linked, (select sum(known) from book_row b where b.shop = f.shop) known"
                    " from stock_fact f where shop = %s group by f.shop", shop.shop)


@pytest.mark.parametrize("who", ["catalog", "sweep"])
def test_a_fact_of_a_closed_order_is_linked_under_its_orders_lock(stack, who):
    """Whoever holds the order adds up its facts: one that changes meanwhile counts twice or not at all, or dead-locks."""
    shop = SqlShop(stack.db, f"closed-{who}")
    shop.stock("A", 10)
    shop.order(500, 3600, [line(5001, shop.sku(), 2, 0)], [fulfillment(900, 3500, {5001: 2})])
    shop.db.execute("update stock_fact set inventory_item_id = null where shop = %s", (shop.shop,))
    shop.db.execute("update book_row set known = 0 where shop = %s", (shop.shop,))
    assert shop.one("select open, remaining from sales_order_line where shop = %s", shop.shop) == {"open": 0, "remaining": 0}

    def link(db):
        return shop.over(db).catalog("A") if who == "catalog" else shop.over(db).sweep()
    with psycopg.connect(stack.postgres_url) as holder, \
            psycopg.connect(stack.postgres_url, row_factory=dict_row, autocommit=True) as other:
        holder.execute("select from sales_order where shop = %s for update", (shop.shop,))
        other.execute("set lock_timeout = '5s'")
        link(other)
        assert known(shop) == {"linked": 0, "known": 0}, "the order is held"
    shop.sweep()
    assert known(shop) == {"linked": 1, "known": -2}
    shop.sweep()
    assert known(shop) == {"linked": 1, "known": -2}, "once"


def test_an_idle_writer_looks_at_no_table_as_a_whole(stack):
    """What it asks several times a second must not cost more the larger the shop is, whatever the last analysis saw."""
    shop = SqlShop(stack.db, "looks")
    ask = "select old, repeats, parcels, rows, reads from writer_work('looks', %s, %s)"
    shop.db.execute("insert into book_row (shop, inventory_item_id, location_id, due_at, read_due_at)"
                    " select 'looks', n, 1, %s, %s from generate_series(1, 4000) n", (shop.moment(0), shop.moment(0)))
    shop.db.execute("analyze book_row")
    assert shop.one(ask, shop.moment(-99), shop.moment(1)) == {
        "old": False, "repeats": False, "parcels": False, "rows": True, "reads": True}
    shop.db.execute("update book_row set due_at = null, read_due_at = null where shop = 'looks'")
    scans = "select seq_scan n from pg_stat_xact_user_tables where relname = 'book_row'"
    with shop.db.transaction():
        before = shop.one(scans)["n"]
        assert not any(shop.one(ask, shop.moment(-99), shop.moment(1)).values())
        assert shop.one(scans)["n"] == before
