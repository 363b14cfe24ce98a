# SPDX-License-Identifier: Apache-2.0
"""What differs from Shopify is found within a cycle, explained, read again, and then differs no more.

If this fails, a webhook that was lost, a publisher that stood still or a row that somebody changed by hand leaves a
hole that nobody sees until a customer calls.
"""
import json

import pytest
from harness import wait_until

SHOP = "acme"
READY_S = 60
# the overlap is the whole test: rows are changed by hand whose objects Shopify changed long before
QUICK = {"reconciler.cycle_ms": 1000, "reconciler.grace_ms": 0, "reconciler.sweep_ms": 0,
         "reconciler.overlap_ms": 36000000}
SERVICES = ("product-publisher", "order-publisher", "order-update-publisher", "product-state", "order-state")


class Shop:
    """A small shop without webhooks, everything of it here, and a reconciler that looks every second."""

    def __init__(self, stack):
        self.stack, self.sandbox = stack, stack.sandbox
        self.sandbox.post("config", {"webhooks": False})
        self.sandbox.post("seed", {"seed": 3, "products": 6, "orders": 8, "stock": 100,
                                   "locations": [{"name": "Online"}]})
        self.running = {name: stack.start(name) for name in SERVICES}
        wait_until(lambda: self.count("sales_order where updated_at is not null") == 8, READY_S, "orders are here")
        wait_until(lambda: self.count("fulfillment_order") >= 8, READY_S, "their fulfilment orders are here")
        wait_until(lambda: self.count("product") == 6, READY_S, "products are here")
        self.reconciler = stack.start("reconciler", options=QUICK)
        wait_until(lambda: len(self.runs()) == 3, READY_S, "every kind was compared")

    def count(self, table: str) -> int:
        return self.stack.rows(f"select count(*)::int as n from {table}")[0]["n"]

    def runs(self) -> dict:
        rows = self.stack.rows("""select kind, count(*)::int as runs, sum(compared)::int as compared
                                    from reconcile_run where sweep = 'light' group by kind""")
        return {r["kind"]: r for r in rows}

    def drift(self, where: str = "true") -> list:
        return self.stack.rows(f"select * from drift where {where} order by kind, object_id, found_at")

    def cycles(self, n: int = 1) -> None:
        """Waits until every kind has been compared n times more."""
        before = {kind: r["runs"] for kind, r in self.runs().items()}
        wait_until(lambda: all(r["runs"] >= before[k] + n for k, r in self.runs().items()), READY_S, "a cycle")

    def healed(self) -> None:
        try:
            wait_until(lambda: not self.drift("healed_at is null"), READY_S, "all drift has healed")
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.drift('healed_at is null')}\n{self.stack.rows('select * from hint')}") from e


@pytest.fixture(scope="module")
def shop(stack):
    return Shop(stack)


def test_what_is_equal_is_no_drift(shop):
    """Breaks when the words about an object are not the same on both sides: everything would differ for ever."""
    shop.cycles(2)
    assert [(d["theirs"], d["ours"]) for d in shop.drift()] == []
    wait_until(lambda: all(r["compared"] > 0 for r in shop.runs().values()), READY_S, "objects old enough to compare")
    assert len(shop.runs()) == 3 and shop.drift() == []


@pytest.mark.parametrize("kind, change, difference", [
    ("order", "update sales_order set total = total + 1 where order_id = %s", "differs"),
    ("order", "update sales_order set updated_at = updated_at - interval '1 hour', observed_at = updated_at "
              "where order_id = %s", "older"),
    ("fulfillment_order", "update fulfillment_order set status = 'closed' where fulfillment_order_id = %s", "differs"),
    ("product", "update product set title = 'somebody typed here' where product_id = %s", "differs"),
], ids=["order-differs", "order-is-older", "fulfilment-order", "product"])
def test_a_row_that_is_wrong_is_found_explained_and_read_again(stack, shop, kind, change, difference):
    table, key = {"order": ("sales_order", "order_id"), "product": ("product", "product_id"),
                  "fulfillment_order": ("fulfillment_order", "fulfillment_order_id")}[kind]
    one = stack.rows(f"select {key} as id from {table} order by {key} limit 1")[0]["id"]
    before = stack.rows(f"select * from {table} where {key} = %s", one)
    stack.db.execute(change, (one,))
    found = wait_until(lambda: shop.drift(f"kind = '{kind}' and object_id = {one} and difference = '{difference}'"),
                       READY_S, "the difference is found")
    assert found[-1]["cause"] and (difference == "older" or found[-1]["theirs"] != found[-1]["ours"])
    shop.healed()
    after = stack.rows(f"select * from {table} where {key} = %s", one)
    for name in ("total", "status", "title", "updated_at"):
        assert before[0].get(name) == after[0].get(name), name


def test_what_is_gone_there_is_found_by_the_full_sweep(stack, shop):
    stack.db.execute("""insert into product (shop, product_id, updated_at, observed_at, title, handle, status, body,
                        applied_at) select shop, 99, updated_at, observed_at, 'ghost', 'ghost', status,
                        body || '{"product_id": 99, "variants": []}', applied_at from product limit 1""")
    shop.reconciler.stop()
    shop.reconciler = stack.start("reconciler", options={**QUICK, "reconciler.sweep_ms": 86400000})
    wait_until(lambda: shop.drift("object_id = 99 and difference = 'gone'"), READY_S, "the sweep misses it")
    shop.healed()
    assert stack.rows("select deleted_at is not null as gone from product where product_id = 99") == [{"gone": True}]
    runs = stack.rows("select kind, compared::int, different::int from reconcile_run where sweep = 'full' order by 1")
    assert [(r["kind"], r["different"]) for r in runs] == [("fulfillment_order", 0), ("order", 0), ("product", 1)]
    assert all(r["compared"] > 0 for r in runs)
    assert shop.count("reconcile_seen") == 0


def test_a_publisher_that_stood_still_is_named_and_its_hole_is_closed(stack, shop):
    updates = shop.running["order-update-publisher"]
    updates.stop()
    for order in shop.sandbox.get("state")["orders"][:4]:
        shop.sandbox.post(f"orders/{order['id']}/cancel", {"restock": True})
    found = wait_until(lambda: len(shop.drift("kind = 'order' and healed_at is null")) == 4
                       and shop.drift("kind = 'order' and healed_at is null"), READY_S, "four orders are older")
    assert {d["cause"] for d in found} <= {"order-update-publisher does not run for this shop"}
    stack.move_clock(3600)
    page = json.loads(stack.cli("drift", "--json"))
    assert len([d for d in page["drift"] if d["kind"] == "order"]) == 4 and page["trend"]
    assert "order-update-publisher does not run" in stack.cli("drift")
    wait_until(lambda: stack.rows("select from exception_case where kind = 'drift' and closed_at is null"), READY_S,
               "a person is told")
    updates.start().wait_ready(READY_S)
    shop.healed()
    assert shop.count("sales_order where cancelled_at is not null") == 4
    shop.cycles(2)
    assert not stack.rows("select from exception_case where kind = 'drift' and closed_at is null")
