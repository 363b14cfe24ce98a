# SPDX-License-Identifier: Apache-2.0
"""A product in Kafka is the whole product, by whichever way it came: the bulk operation at the start, or a read.

If this fails, variants, pictures, parts of kits or metafields beyond a page are missing, or every product seems to change
when it is read for the first time after the load.
"""
import json

import pytest
from harness import wait_until

SHOP = "acme"
METAFIELDS, IMAGES, PARTS, VARIANTS = 60, 60, 12, 2000       # each more than a page of ours


def images(name: str, n: int) -> list:
    return [{"url": f"https://cdn.example.com/{name}/{i}.png", "alt": f"{name} {i}" if i % 2 else ""} for i in range(n)]


def custom(n: int) -> list:
    return [{"namespace": "custom", "key": f"k{i:02d}", "value": f"v{i}"} for i in range(n)]


RICH = {"title": "Robe d\u2019\u00e9t\u00e9 \U0001F457 " + "x" * 280, "description_html": "<p>L\u00e9g\u00e8re</p>", "vendor": "Maison",
        "product_type": "Robes", "tags": ["soldes", "2026"], "status": "unlisted", "gift_card": False,
        "category": {"id": "aa-1-4", "name": "Dresses", "full_name": "Apparel > Clothing > Dresses"},
        "images": images("robe", 3), "metafields": [*custom(2), {"namespace": "secret", "key": "x", "value": "y"}],
        "options": [{"name": "Size", "values": ["S", "M"]}, {"name": "Colour", "values": ["Red"]}],
        "variants": [{"sku": "ROBE-S", "barcode": "4006381333931", "price": "129.90", "compare_at_price": "159.00",
                      "options": ["S", "Red"], "grams": 350, "cost": "41.50", "taxable": False, "inventory_policy": "continue",
                      "image": "https://cdn.example.com/robe/2.png",
                      "metafields": [{"namespace": "custom", "key": "fit", "value": "slim"}]},
                     {"sku": "ROBE-M", "price": "129.90", "options": ["M", "Red"], "tracked": False}]}


@pytest.fixture(scope="module")
def shop(stack):
    """A shop that is full before we come."""
    sandbox = stack.sandbox
    sandbox.post("seed", {"seed": 3, "products": 20, "variants_per_product": 3, "locations": [{"name": "Online"}]})
    made = {"rich": sandbox.post("products", RICH), "plain": sandbox.post("products", {"title": ""})}
    made["long"] = sandbox.post("products", {"title": "Long", "images": images("long", IMAGES), "metafields": custom(METAFIELDS)})
    parts = sandbox.post("products", {"title": "Parts", "options": [{"name": "No", "values": [str(i) for i in range(PARTS)]}],
                                      "variants": [{"sku": f"PART-{i}", "options": [str(i)]} for i in range(PARTS)]})
    made["kit"] = sandbox.post("products", {"title": "Kit", "variants": [{"sku": "KIT", "components": [
        {"sku": f"PART-{i}", "quantity": i + 1} for i in range(PARTS)]}]})
    made["parts"] = parts
    made["wide"] = sandbox.post("products", {"title": "Wide", "options": [{"name": "No", "values": ["0"]}], "variants": [
        {"sku": f"WIDE-{i}", "options": [str(i)]} for i in range(VARIANTS)]})
    stack.ids = {name: int(answer["gid"].split("/")[-1]) for name, answer in made.items()}
    stack.start("product-state")
    stack.publisher = stack.start("product-publisher", options={"shop.acme.metafield_namespaces": "custom"})
    wait_until(lambda: stack.rows("select from shop_cursor where shop = %s and stream = 'products' "
                                  "and bulk_state = 'done'", SHOP), 60, "the initial load is done")
    return sandbox


def records(stack) -> dict:
    """product id -> its facts, in the order of their versions."""
    found: dict = {}
    for record in stack.consume("products"):
        found.setdefault(record.json["product_id"], []).append(record.json)
    return {i: sorted(facts, key=lambda f: (f["updated_at"], f["observed_at"])) for i, facts in found.items()}


def newest(stack, name: str) -> dict:
    return records(stack)[stack.ids[name]][-1]


def test_the_load_shows_everything(stack, shop):
    fact = newest(stack, "rich")
    assert (fact["title"], fact["description_html"], fact["vendor"], fact["status"], fact["tags"]) == (
        RICH["title"], RICH["description_html"], "Maison", "unlisted", ["2026", "soldes"])
    assert fact["category"] == {"full_name": "Apparel > Clothing > Dresses", "id": "aa-1-4", "name": "Dresses"}
    assert [(o["name"], [v["name"] for v in o["values"]]) for o in fact["options"]] == [("Size", ["S", "M"]), ("Colour", ["Red"])]
    assert [(m["url"], m["alt"], m["type"]) for m in fact["media"]] == [(i["url"], i["alt"] or None, "image") for i in RICH["images"]]
    assert [(m["namespace"], m["key"], m["value"]) for m in fact["metafields"]] == [("custom", "k00", "v0"), ("custom", "k01", "v1")]
    small, medium = fact["variants"]
    assert (small["sku"], small["barcode"], small["price"], small["compare_at_price"]) == ("ROBE-S", "4006381333931", "129.90", "159.00")
    assert small["unit_cost"]["amount"] == "41.50" and small["weight"]["grams"] == 350
    assert small["image_url"] == "https://cdn.example.com/robe/2.png" and small["inventory_policy"] == "continue"
    assert (small["taxable"], medium["taxable"], small["tracked"], medium["tracked"]) == (False, True, True, False)
    assert small["metafields"] == [], "they were not asked for"


def test_lists_longer_than_a_page_are_whole(stack, shop):
    long, kit, wide = (newest(stack, name) for name in ("long", "kit", "wide"))
    assert [m["url"] for m in long["media"]] == [i["url"] for i in images("long", IMAGES)]
    assert [m["key"] for m in long["metafields"]] == [f"k{i:02d}" for i in range(METAFIELDS)]
    [variant] = kit["variants"]
    by_id = {v["variant_id"]: v["sku"] for v in newest(stack, "parts")["variants"]}
    assert {by_id[c["variant_id"]]: c["quantity"] for c in variant["components"]} == {f"PART-{i}": i + 1 for i in range(PARTS)}
    assert variant["requires_components"] is True
    assert [v["sku"] for v in wide["variants"]] == [f"WIDE-{i}" for i in range(VARIANTS)]


def test_the_catalog_has_them_in_columns(stack, shop):
    wait_until(lambda: len(stack.rows("select from variant where product_id = %s", stack.ids["wide"])) == VARIANTS, 60, "2,000 rows")
    [row] = stack.rows("select category, category_id, description_html, gift_card, has_kits, variants::int from v_product"
                       " where product_id = %s", stack.ids["rich"])
    assert row == {"category": "Apparel > Clothing > Dresses", "category_id": "aa-1-4", "description_html": RICH["description_html"],
                   "gift_card": False, "has_kits": False, "variants": 2}
    [row] = stack.rows("select price::text, compare_at_price::text, unit_cost::text, weight_grams::int, taxable, item, linked"
                       " from v_variant where sku = 'ROBE-S'")
    assert row == {"price": "129.90", "compare_at_price": "159.00", "unit_cost": "41.50", "weight_grams": 350, "taxable": False,
                   "item": "sku:ROBE-S", "linked": True}
    wait_until(lambda: len(stack.rows("select from v_kit_component where component_item is not null")) == PARTS, 30, "the kit's parts")
    rows = stack.rows("select component_sku, quantity::int from v_kit_component where kit_sku = 'KIT'")
    assert {r["component_sku"]: r["quantity"] for r in rows} == {f"PART-{i}": i + 1 for i in range(PARTS)}
    rows = stack.rows("select key, value from v_product_metafield where product_id = %s order by 1", stack.ids["rich"])
    assert rows == [{"key": "k00", "value": "v0"}, {"key": "k01", "value": "v1"}]


def test_a_read_says_what_the_load_said(stack, shop):
    """A read that differs by a byte would be published, under the same updated_at."""
    before = records(stack)
    for product_id in before:
        stack.rows("""insert into hint (shop, resource, due_at, triggered_at, reason)
                      values (%s, %s, now(), now() - interval '1 second', 'test') returning 1""", SHOP, f"Product/{product_id}")
    wait_until(lambda: not stack.rows("select from hint"), 90, "every product was read again")
    for product_id, facts in records(stack).items():
        said = {json.dumps({**f, "observed_at": None}, sort_keys=True) for f in facts if f["updated_at"] == before[product_id][0]["updated_at"]}
        assert len(said) == 1, f"{product_id}: two truths at one time"


def test_metafields_of_variants_come_by_reads(stack, shop):
    stack.publisher.stop()
    stack.start("product-publisher", slot=1, options={"shop.acme.metafield_namespaces": "custom,secret",
                                                       "shop.acme.variant_metafield_namespaces": "custom"})
    answer = shop._http.put(f"/control/products/{stack.ids['rich']}", json={"title": "Changed"})
    assert answer.is_success, answer.text
    fact = wait_until(lambda: (f := newest(stack, "rich"))["title"] == "Changed" and f, 30, "the changed product")
    assert fact["variants"][0]["metafields"] == [
        {"key": "fit", "namespace": "custom", "type": "single_line_text_field", "value": "slim"}]
    assert [m["namespace"] for m in fact["metafields"]] == ["custom", "custom", "secret"]
