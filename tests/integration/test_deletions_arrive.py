# SPDX-License-Identifier: Apache-2.0
"""A product that the shop has deleted is said to be deleted, however late that is told and whatever else is going on.

No poll ever shows a deletion: its webhook is all there is, and a deletion that is lost sells what is gone.
"""
from datetime import datetime, timedelta

import pytest
from harness import wait_until
from meddler import Meddler
from product_facts import caught_up

SHOP = "acme"


@pytest.fixture(scope="module")
def meddler(stack):
    stack.sandbox  # noqa: B018  the shop is there first
    with Meddler(stack) as meddler:
        yield meddler


@pytest.fixture(scope="module")
def shop(stack, meddler):
    """A loaded shop that sends no webhooks: the tests say themselves what is told, and when."""
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False})
    sandbox.post("seed", {"seed": 11, "products": 12, "variants_per_product": 2, "locations": [{"name": "Online"}]})
    stack.state = stack.start("product-state")
    stack.publisher = stack.start("product-publisher")
    wait_until(lambda: len(stack.rows("select from product where shop = %s", SHOP)) == 12, 30, "all products")
    return sandbox


def remove(sandbox) -> int:
    product_id = min(v["product_id"] for v in sandbox.get("catalog")["variants"])
    answer = sandbox._http.delete(f"/control/products/{product_id}")
    assert answer.is_success, answer.text
    return product_id


def tell(stack, product_id: int, age: timedelta = timedelta()) -> None:
    at = (datetime.utcnow() - age).isoformat(timespec="microseconds") + "Z"
    stack.produce("shopify-webhooks", f"{SHOP}/Product/{product_id}", {"id": product_id},
                  {"x-shopify-topic": "products/delete", "x-shopify-triggered-at": at})


def last_fact(stack, product_id: int):
    facts = [r.json for r in stack.consume("products") if r.key == f"{SHOP}/{product_id}"]
    return max(facts, key=lambda f: (f["updated_at"], f["observed_at"])) if facts else None


def is_deleted(stack, product_id: int) -> bool:
    fact = last_fact(stack, product_id)
    return bool(fact and fact["deleted_at"])


@pytest.mark.parametrize("hours", [0.5, 7])
def test_a_deletion_that_is_told_late_is_believed(stack, shop, hours):
    """Breaks when it is taken for old news: because of its age, or because a replica has shown the product since."""
    product_id = remove(shop)
    tell(stack, product_id, timedelta(hours=hours))
    wait_until(lambda: is_deleted(stack, product_id), 15, "the deletion")
    wait_until(lambda: stack.rows("select from product where product_id = %s and deleted_at is not null", product_id),
               15, "product-state has it")


def test_a_deletion_outlives_replicas_that_lag(stack, shop):
    """Breaks when one read that still shows the product, later than replicas ought to, ends the hint."""
    product_id = min(v["product_id"] for v in shop.get("catalog")["variants"])
    tell(stack, product_id, timedelta(minutes=1))
    wait_until(lambda: attempts(stack, product_id), 15, "it was shown, and will be looked at again")
    remove(shop)
    wait_until(lambda: is_deleted(stack, product_id), 45, "the deletion")


def test_a_deletion_waits_until_the_product_is_known(stack, shop):
    """Breaks when a deletion that overtakes product-state is dropped: the product would be sold for ever."""
    assert stack.state.stop() == 0
    made = shop.post("products", {"title": "Short-lived", "variants": [{"sku": "SHORT-1", "price": "1.00"}]})
    product_id = int(made["gid"].split("/")[-1])
    wait_until(lambda: last_fact(stack, product_id), 20, "the product in the topic")
    answer = shop._http.delete(f"/control/products/{product_id}")
    assert answer.is_success, answer.text
    tell(stack, product_id)
    wait_until(lambda: attempts(stack, product_id), 15, "it was looked for in vain")
    assert not is_deleted(stack, product_id)
    stack.state.start().wait_ready(60)
    wait_until(lambda: is_deleted(stack, product_id), 30, "the deletion")


def test_what_is_only_suspected_to_be_gone_is_looked_at_twice(stack, shop):
    """Breaks when each object that a comparison misses by mistake is read nine times."""
    product_id = min(v["product_id"] for v in shop.get("catalog")["variants"])
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason) "
                     "values (%s, %s, now(), now(), 'reconcile: products/delete')", (SHOP, f"Product/{product_id}"))
    looks = set()

    def ended() -> bool:
        rows = stack.rows("select attempts from hint where resource = %s", f"Product/{product_id}")
        looks.update(r["attempts"] for r in rows)
        return not rows

    wait_until(ended, 45, "the hint has ended")
    assert looks == {0, 1} and not is_deleted(stack, product_id)


def test_a_product_that_was_thought_gone_comes_back(stack, shop):
    """Breaks when a deletion that was believed by mistake stands until somebody changes the product: nobody can buy it."""
    product_id = min(v["product_id"] for v in shop.get("catalog")["variants"])
    last = next(r for r in stack.consume("products") if r.key == f"{SHOP}/{product_id}")
    now, ago = ((datetime.utcnow() - timedelta(seconds=s)).isoformat(timespec="microseconds") + "Z" for s in (0, 90))
    told = last_fact(stack, product_id) | {"deleted_at": now, "updated_at": now, "observed_at": ago}
    stack.produce("products", last.key, told, last.headers)
    gone = "select deleted_at is not null as gone from product where product_id = %s"
    wait_until(lambda: stack.rows(gone, product_id) == [{"gone": True}], 20, "product-state believes it")
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason) "
                     "values (%s, %s, now(), now(), 'reconcile')", (SHOP, f"Product/{product_id}"))
    wait_until(lambda: stack.rows(gone, product_id) == [{"gone": False}], 20, "it is sold again")
    assert last_fact(stack, product_id)["updated_at"] == now


def attempts(stack, product_id: int) -> int:
    rows = stack.rows("select attempts from hint where resource = %s", f"Product/{product_id}")
    return rows[0]["attempts"] if rows else 0


def hold_load(meddler) -> dict:
    """From now on a bulk operation runs until `held` is cleared."""
    held = {"on": True}

    def rule(operation, _, ask):
        answer = ask()
        if operation == "BulkPoll" and held["on"] and isinstance(answer, dict):
            held["polled"] = answer["data"]["bulkOperation"]["status"] == "COMPLETED"
            answer["data"]["bulkOperation"] |= {"status": "RUNNING", "url": None}
        return answer

    meddler.rule = rule
    return held


def load_again(stack, meddler, unknown: int = 0) -> dict:
    """A load whose result is there and is not taken; while it runs nothing is polled."""
    assert stack.publisher.stop() == 0
    if unknown:  # to product-state, as if it had never come; nothing that is under way may tell it again
        caught_up(stack)
        stack.db.execute("delete from product where product_id = %s", (unknown,))
    stack.db.execute("update shop_cursor set bulk_state = 'none' where stream = 'products'")
    held = hold_load(meddler)
    stack.publisher.start().wait_ready(60)
    wait_until(lambda: held.get("polled"), 20, "Shopify has written the result, which shows every product")
    return held


def loaded(stack) -> bool:
    return bool(stack.rows("select from shop_cursor where stream = 'products' and bulk_state = 'done'"))


def test_a_product_deleted_under_the_first_load_is_deleted(stack, shop, meddler):
    """Breaks when the deletion of a product that only the load will bring is taken for nothing."""
    product_id = min(v["product_id"] for v in shop.get("catalog")["variants"])
    held = load_again(stack, meddler, unknown=product_id)
    assert remove(shop) == product_id
    tell(stack, product_id)
    wait_until(lambda: attempts(stack, product_id), 15, "it was looked for in vain")
    held["on"] = False
    wait_until(lambda: loaded(stack), 30, "the load is done")
    wait_until(lambda: is_deleted(stack, product_id), 30, "the deletion")


def test_a_load_does_not_bring_back_what_was_deleted_meanwhile(stack, shop, meddler):
    """Breaks when the topic, once compacted, shows the product as the load saw it."""
    held = load_again(stack, meddler)
    product_id = remove(shop)
    tell(stack, product_id)
    wait_until(lambda: is_deleted(stack, product_id), 15, "the deletion")
    held["on"] = False
    wait_until(lambda: loaded(stack), 30, "the load is done")
    facts = [r.json for r in stack.consume("products") if r.key == f"{SHOP}/{product_id}"]
    assert facts[-1]["deleted_at"], "the last record is what compaction keeps"


def test_an_older_fact_behind_a_deletion_is_answered(stack, shop):
    """Breaks when what lags, or a second publisher, ends the topic with a product that is gone."""
    product_id = remove(shop)
    tell(stack, product_id)
    wait_until(lambda: stack.rows("select from product where product_id = %s and deleted_at is not null", product_id),
               20, "product-state has the deletion")
    old = next(r for r in stack.consume("products") if r.key == f"{SHOP}/{product_id}")
    stack.produce("products", old.key, old.json, old.headers)
    wait_until(lambda: [r.json for r in stack.consume("products") if r.key == old.key][-1]["deleted_at"], 20,
               "the deletion is said again")


def test_people_are_told_of_a_deletion_that_nobody_can_place(stack, shop):
    """Breaks when it is looked for for ever, or given up in silence."""
    assert stack.publisher.stop() == 0
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason, attempts) "
                     "values (%s, 'Product/999', now(), now(), 'webhook products/delete', 60)", (SHOP,))
    stack.publisher.start().wait_ready(60)
    wait_until(lambda: stack.rows("select from exception_case where kind = 'product_deleted' and subject = %s",
                                  f"{SHOP}/999"), 20, "the exception")
    wait_until(lambda: not stack.rows("select from hint where resource = 'Product/999'"), 10, "the hint has ended")
