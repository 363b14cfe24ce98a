# SPDX-License-Identifier: Apache-2.0
"""A product that the shop has deleted is said to be deleted, however late that is told and whatever else is going on.

No poll ever shows a deletion: its webhook is all there is, and a deletion that is lost sells what is gone.
"""
from datetime import datetime, timedelta

import pytest
from harness import wait_until

SHOP = "acme"


@pytest.fixture(scope="module")
def shop(stack):
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
