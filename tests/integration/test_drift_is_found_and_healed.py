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
        # a comparison a second costs more than a shop that is asked once a minute would give
        self.sandbox.post("config", {"webhooks": False, "bucket_maximum": 20_000, "bucket_restore_rate": 2_000})
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
    ("order", "insert into order_return (shop, order_id, return_id, name, status, created_at, total_quantity, refund_ids) "
              "select shop, order_id, 5, '#1-R1', 'requested', created_at, 1, '{}' from sales_order where order_id = %s",
     "differs"),
    ("fulfillment_order", "update fulfillment_order set status = 'closed' where fulfillment_order_id = %s", "differs"),
    ("product", "update product set title = 'somebody typed here' where product_id = %s", "differs"),
], ids=["order-differs", "order-is-older", "its-returns", "fulfilment-order", "product"])
def test_a_row_that_is_wrong_is_found_explained_and_read_again(stack, shop, kind, change, difference):
    table, key = {"order": ("sales_order", "order_id"), "product": ("product", "product_id"),
                  "fulfillment_order": ("fulfillment_order", "fulfillment_order_id")}[kind]
    one = stack.rows(f"select {key} as id from {table} order by {key} limit 1")[0]["id"]
    before = stack.rows(f"select * from {table} where {key} = %s", one)
    known = len(shop.drift())
    stack.db.execute(change, (one,))
    found = wait_until(lambda: len(shop.drift()) > known and
                       shop.drift(f"kind = '{kind}' and object_id = {one} and difference = '{difference}'"),
                       READY_S, "the difference is found")
    assert found[-1]["cause"] and (difference == "older" or found[-1]["theirs"] != found[-1]["ours"])
    shop.healed()
    after = stack.rows(f"select * from {table} where {key} = %s", one)
    for name in ("total", "status", "title", "updated_at"):
        assert before[0].get(name) == after[0].get(name), name
    assert shop.count("order_return") == 0


def sweeps(stack) -> list:
    return stack.rows("select kind, count(*)::int n from reconcile_run where sweep = 'full' group by 1 order by 1")


def ghost(stack, product_id: int, shop: str = SHOP) -> None:
    """A product that Shopify does not have."""
    stack.db.execute("""insert into product (shop, product_id, updated_at, observed_at, title, handle, status, body,
                        applied_at) select %s, %s, updated_at, observed_at, 'ghost', 'ghost', status,
                        body || jsonb_build_object('product_id', %s::bigint, 'variants', '[]'::jsonb), applied_at
                        from product where shop = %s order by product_id limit 1""", (shop, product_id, product_id, SHOP))


def test_a_product_that_was_deleted_untold_is_gone_within_a_cycle(stack, shop):
    """Breaks when only its webhook or a full sweep would tell: it would be sold for a day."""
    gone = shop.sandbox.post("products", {"title": "Short-lived", "variants": [{"sku": "SHORT-1", "price": "1.00"}]})
    gone_id = int(gone["gid"].split("/")[-1])
    wait_until(lambda: shop.count(f"product where product_id = {gone_id}"), READY_S, "it is here")
    assert shop.sandbox._http.delete(f"/control/products/{gone_id}").is_success
    wait_until(lambda: shop.count(f"product where product_id = {gone_id} and deleted_at is not null"), READY_S, "the deletion")
    found, = shop.drift(f"object_id = {gone_id} and difference = 'gone'")
    assert (found["kind"], found["sweep"], found["theirs"]) == ("product", "light", None) and sweeps(stack) == []
    shop.healed()
    shop.cycles(2)
    assert len(shop.drift(f"object_id = {gone_id}")) == 1, "what is known to be gone is found once"


def test_people_are_told_of_an_order_that_was_deleted_untold(stack, shop):
    """Breaks when an order that was deleted is compared with nothing: whoever works on it is not stopped."""
    line = {"sku": shop.sandbox.get("catalog")["variants"][0]["sku"], "quantity": 1}
    order = shop.sandbox.post("orders", {"lines": [line]})
    wait_until(lambda: shop.count(f"fulfillment_order where order_id = {order['id']}"), READY_S, "it is here")
    shop.sandbox.post(f"orders/{order['id']}/cancel", {"restock": True})
    wait_until(lambda: shop.count(f"sales_order where order_id = {order['id']} and cancelled_at is not null"), READY_S,
               "its cancellation")
    assert shop.sandbox._http.delete(f"/control/orders/{order['id']}").is_success
    wait_until(lambda: stack.rows("select from exception_case where kind = 'order_deleted' and subject = %s",
                                  f"{SHOP}/{order['id']}"), READY_S, "a person is told")
    shop.healed()
    told = shop.drift(f"object_id = {order['id']} and difference = 'gone'")
    assert told and {d["sweep"] for d in told} == {"light"}
    shop.cycles(2)
    assert shop.drift(f"object_id = {order['id']} and difference = 'gone'") == told, "it is told once"
    assert not stack.rows("select from hint where resource = %s", f"Order/{order['id']}")


def test_a_token_that_may_not_see_returns_compares_the_rest(stack, shop):
    """Breaks when one scope that is missing stops all comparisons of a shop."""
    scopes = shop.sandbox.get("config")["scopes"]
    shop.sandbox.post("config", {"scopes": [scope for scope in scopes if scope != "read_returns"]})
    seen = shop.drift()
    shop.cycles(3)
    assert shop.drift() == seen
    shop.sandbox.post("config", {"scopes": scopes})
    shop.reconciler.stop()
    shop.reconciler.start().wait_ready(READY_S)


def test_what_is_gone_there_is_found_by_the_full_sweep(stack, shop):
    ghost(stack, 99)
    shop.reconciler.stop()
    shop.reconciler = stack.start("reconciler", options={**QUICK, "reconciler.sweep_ms": 86400000})
    wait_until(lambda: shop.drift("object_id = 99 and difference = 'gone'"), READY_S, "the sweep misses it")
    shop.healed()
    assert stack.rows("select deleted_at is not null as gone from product where product_id = 99") == [{"gone": True}]
    runs = stack.rows("select kind, compared::int, different::int from reconcile_run where sweep = 'full' order by 1")
    assert [(r["kind"], r["different"]) for r in runs] == [("fulfillment_order", 0), ("order", 0), ("product", 1)]
    assert all(r["compared"] > 0 for r in runs)
    assert shop.count("reconcile_seen") == 0


def test_what_no_log_tells_is_counted_and_swept_at_once(stack, shop):
    """Breaks when a deletion that Shopify's log does not show is found a day later."""
    before = {r["kind"]: r["n"] for r in sweeps(stack)}
    ghost(stack, 98)
    wait_until(lambda: shop.drift("object_id = 98 and difference = 'gone' and sweep = 'full'"), READY_S, "it is swept for")
    shop.healed()
    wait_until(lambda: {r["kind"]: r["n"] for r in sweeps(stack)} == {**before, "product": before["product"] + 1}, READY_S,
               "one sweep, of its kind alone")
    shop.cycles(4)
    assert {r["kind"]: r["n"] for r in sweeps(stack)} == {**before, "product": before["product"] + 1}


def test_what_is_gone_is_looked_for_in_batches(stack, shop):
    """Breaks when one statement walks over a whole shop, or a batch forgets where it ended."""
    for product_id in range(101, 106):
        ghost(stack, product_id, "ghosts")
    stack.db.execute("insert into reconcile_seen values ('ghosts', 'product', 103)")
    after, steps = 0, []
    while after is not None:
        row, = stack.rows("select * from reconcile_gone('ghosts', 'product', %s, 2, now(), now())", after)
        after = row["o_last"]
        steps.append((after, row["o_gone"]))
    assert steps == [(102, 2), (104, 1), (None, 1)]
    assert [d["object_id"] for d in shop.drift("shop = 'ghosts'")] == [101, 102, 104, 105]
    for table in ("product", "drift", "hint", "reconcile_seen"):
        stack.db.execute(f"delete from {table} where shop = 'ghosts'")


def test_a_publisher_that_stood_still_is_named_and_its_hole_is_closed(stack, shop):
    updates = shop.running["order-update-publisher"]
    cancelled = shop.count("sales_order where cancelled_at is not null")
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
    assert shop.count("sales_order where cancelled_at is not null") == cancelled + 4
    shop.cycles(2)
    assert not stack.rows("select from exception_case where kind = 'drift' and closed_at is null")
