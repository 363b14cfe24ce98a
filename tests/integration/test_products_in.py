# SPDX-License-Identifier: Apache-2.0
"""Products of the shop arrive in Kafka: all at the start, then each change, by webhook and by poll; and deletions.

Also the weather: a shop that refuses the token, or answers nonsense, pauses that shop and nothing else.
"""
import pytest
from harness import wait_until

SHOP = "acme"
PRODUCTS = 40


@pytest.fixture(scope="module")
def shop(stack):
    """A shop with products, its publisher, the gateway, and product-state, which remembers what is deleted."""
    sandbox = stack.sandbox
    sandbox.post("seed", {"seed": 11, "products": PRODUCTS, "variants_per_product": 3, "locations": [{"name": "Online"}]})
    stack.start("webhook-gateway")
    stack.start("product-state")
    stack.publisher = stack.start("product-publisher")
    wait_until(lambda: stack.rows("select from shop_cursor where shop = %s and stream = 'products' "
                                  "and bulk_state = 'done'", SHOP), 30, "the initial load is done")
    stack.loaded = sandbox.get("catalog")["variants"]
    return sandbox


def facts(stack) -> dict:
    """product id → the fact with the highest version."""
    found: dict = {}
    for record in stack.consume("products"):
        fact = record.json
        old = found.get(fact["product_id"])
        if old is None or version(fact) >= version(old):
            found[fact["product_id"]] = fact
    return found


def version(fact: dict) -> tuple:
    return fact["updated_at"], fact["observed_at"]


def product_ids(sandbox) -> set:
    return {v["product_id"] for v in sandbox.get("catalog")["variants"]}


def test_every_product_is_loaded(stack, shop):
    """Breaks when rows of a bulk result are put together wrongly, or products are lost or doubled."""
    records = stack.check_topic("products")
    wanted = {v["product_id"] for v in stack.loaded}
    assert len(wanted) == PRODUCTS
    told: dict = {i: [] for i in wanted}
    for record in records:
        told.setdefault(record.json["product_id"], []).append((record.json["title"], record.json["deleted_at"]))
    assert all(told[i] for i in wanted), "products that were not published"
    assert told.keys() <= wanted | product_ids(shop), "products that there are not"
    # at most the load, and one more look at what had changed in the second of the load; other tests change some
    assert max(len(told[i]) for i in wanted if len(set(told[i])) == 1) <= 2
    by_variant = {v["variant_id"]: v for v in stack.loaded}
    for fact in (f for i, f in facts(stack).items() if i in wanted):
        assert [v["position"] for v in fact["variants"]] == [1, 2, 3]
        for variant in fact["variants"]:
            truth = by_variant.pop(variant["variant_id"])
            assert (variant["sku"], variant["barcode"], variant["inventory_item_id"]) == (
                truth["sku"], truth["barcode"], truth["inventory_item_id"])
    assert not by_variant, "variants that no product carried"


def change(sandbox, product_id: int, title: str) -> None:
    answer = sandbox._http.put(f"/control/products/{product_id}", json={"title": title})
    assert answer.is_success, answer.text


def test_a_change_arrives_by_its_webhook(stack, shop):
    """Breaks when hints are not read at once."""
    product_id = min(product_ids(shop))
    change(shop, product_id, "Changed by webhook")
    wait_until(lambda: facts(stack)[product_id]["title"] == "Changed by webhook", 5, "the changed product")


def test_a_change_arrives_without_webhooks(stack, shop):
    """Breaks when the poll by updated_at misses changes."""
    product_id = max(product_ids(shop))
    shop.post("config", {"webhooks": False})
    try:
        change(shop, product_id, "Changed in silence")
        wait_until(lambda: facts(stack)[product_id]["title"] == "Changed in silence", 10, "the changed product")
    finally:
        shop.post("config", {"webhooks": True})


def test_a_new_product_with_many_variants_is_whole(stack, shop):
    """Breaks when variants beyond the first page are not fetched."""
    made = shop.post("products", {"title": "Everything", "variants": [
        {"sku": f"MANY-{i}", "price": "1.00", "options": [str(i)]} for i in range(130)],
        "options": [{"name": "Size", "values": ["0"]}]})
    product_id = int(made["gid"].split("/")[-1])
    fact = wait_until(lambda: facts(stack).get(product_id), 10, "the new product")
    assert sorted(v["sku"] for v in fact["variants"]) == sorted(f"MANY-{i}" for i in range(130))


def test_a_deleted_product_is_said_to_be_deleted(stack, shop):
    """Breaks when products/delete is lost: the variants would be sold for ever."""
    product_id = sorted(product_ids(shop))[1]
    wait_until(lambda: stack.rows("select from product where product_id = %s", product_id), 20, "product-state has it")
    answer = shop._http.delete(f"/control/products/{product_id}")
    assert answer.is_success, answer.text
    fact = wait_until(lambda: (f := facts(stack)[product_id])["deleted_at"] and f, 45, "the deletion")
    assert fact["title"], "a deleted product keeps what was known of it"


WEATHER = [{"action": "status", "status": 503}, {"action": "status", "status": 429, "retry_after": 1},
           {"action": "throttled", "count": 1}, {"action": "html"}, {"action": "truncated"}, {"action": "internal_error"},
           {"action": "drop"}]


@pytest.mark.parametrize("fault", WEATHER, ids=lambda f: str(f.get("status", f["action"])))
def test_bad_weather_passes(stack, shop, fault):
    """Breaks when a call that may succeed later is given up, or its object forgotten."""
    product_id = min(product_ids(shop))
    title = f"After {fault}"
    shop.post("faults", {"count": 3, **fault})
    change(shop, product_id, title)
    wait_until(lambda: facts(stack)[product_id]["title"] == title, 30, "the change behind the weather")


def test_a_shop_that_refuses_us_is_paused_loudly(stack, shop):
    """Breaks when a refusal ends the process, goes unnoticed, or does not say what to do."""
    shop.post("faults", {"action": "status", "status": 401, "count": 1})
    reason = wait_until(stack.publisher.why_not_ready, 10, "the publisher says that it is not ready")
    assert "shop acme" in reason and "token_file" in reason
    assert stack.publisher.alive
    wait_until(lambda: stack.publisher.why_not_ready() is None, 45, "it goes on by itself")
