# SPDX-License-Identifier: Apache-2.0
"""A webhook's body, a read and a bulk result of the same order become the same facts, byte for byte, whatever happened
to the order.

No service runs: the mapping itself is asked, by a small program that prints the fact for what it is given.
"""
import json
import random
import re
import subprocess

import httpx
import pytest
from harness import wait_until
from harness.run import FLAVOUR
from harness.schemas import schema_of
from millrace_stack import PROJECT
from order_wishes import Acts, wish

ORDERS, STEPS, SEED = 80, 7, 20261124
LINES = 300
MAP = PROJECT / "build" / FLAVOUR / "tests" / "map_order"
DOCUMENTS = PROJECT / "shared/shopify/graphql"


@pytest.fixture(scope="module")
def shop(stack):
    """A shop with a store and enough of everything."""
    stack.sandbox.post("seed", {"seed": 11, "products": 110, "variants_per_product": 3, "stock": 500, "locations": [
        {"name": "Online"}, {"name": "Store", "fulfills_online_orders": False, "pickup": True}]})
    stack.sandbox.post("config", {"fo_delay_ms": 0, "bucket_maximum": 1000000, "bucket_restore_rate": 1000000})
    return stack.sandbox


def compose(name: str) -> str:
    """A document with the fragments it spreads."""
    files = {f.stem: f.read_text() for f in DOCUMENTS.glob("*.graphql")}
    fragments = {m.group(1): text for text in files.values() if (m := re.search(r"^fragment (\w+)", text, re.M))}
    parts, wanted = [files[name]], re.findall(r"\.\.\.(\w+)", files[name])
    while wanted:
        fragment = wanted.pop()
        if fragment != "on" and fragments[fragment] not in parts:
            parts.append(fragments[fragment])
            wanted += re.findall(r"\.\.\.(\w+)", fragments[fragment])
    return "\n".join(parts)


def ask(stack, name: str, variables: dict) -> dict:
    answer = httpx.post(f"http://127.0.0.1:{stack.sandbox_port}/admin/api/2026-10/graphql.json", timeout=30,
                        headers={"X-Shopify-Access-Token": (stack.instance.etc / "token").read_text().strip()},
                        json={"query": compose(name), "variables": variables}).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def read(stack, name: str, order_id: int, **more) -> dict:
    return ask(stack, name, {"ids": [f"gid://shopify/Order/{order_id}"], **more})["nodes"][0]


def read_whole(stack, order_id: int) -> dict:
    return read(stack, "orders_whole_by_ids", order_id, orderMetafields=True, orderMetafieldNamespace="custom")


def mapped(arguments: list, text: str) -> str:
    done = subprocess.run([MAP, *arguments], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def fact(kind: str, value) -> str:
    return mapped([kind], json.dumps(value))


def bulk(stack, kind: str, document: str) -> list:
    """The facts of a bulk operation, in the order of its roots; "again" for those to be read by their ids."""
    made = ask(stack, "bulk_run", {"query": compose(document)})["bulkOperationRunQuery"]
    assert made["userErrors"] == []
    done = wait_until(lambda: finished(stack, made["bulkOperation"]["id"]), 30, f"{document} is done")
    return mapped(["--bulk", kind], httpx.get(done["url"], timeout=30).text).splitlines()


def finished(stack, gid: str):
    found = ask(stack, "bulk_poll", {"id": gid})["bulkOperation"]
    return found if found["status"] == "COMPLETED" else None


def by_order(facts: list) -> dict:
    return {json.loads(text)["order_id"]: text for text in facts if text != "again"}


def skus_of(sandbox) -> list:
    return [variant["sku"] for variant in sandbox.get("catalog")["variants"]]


def sent_order(sandbox, skus: list) -> Acts:
    """One that left in full, so that anything of it can come back."""
    order = sandbox.post("orders", {"lines": [{"sku": sku, "quantity": 3} for sku in skus[:2]]})
    sandbox.post(f"orders/{order['id']}/fulfill", {})
    return Acts(random.Random(1), sandbox, order, skus, None)


def make_rare_returns(sandbox, skus: list) -> list:
    """What chance brings too seldom: declined, cancelled, open, and lost on the way."""
    declined, lost = sent_order(sandbox, skus), sent_order(sandbox, skus)
    wish_back = {"lines": [{"line_id": declined.order["lines"][0]["id"], "quantity": 1}]}
    asked = declined.post("returns", {"requested": True, **wish_back})["return"]
    sandbox.post(f"returns/{asked['id']}/decline", {"reason": "FINAL_SALE", "note": "worn"})
    declined.post("returns", {"requested": True, **wish_back})
    opened = lost.post("returns", {"lines": [{"line_id": lost.order["lines"][0]["id"], "quantity": 2}]})["return"]
    sandbox.post(f"returns/{opened['id']}/receive", {"disposition": "missing"})
    regretted = lost.post("returns", {"lines": [{"line_id": lost.order["lines"][1]["id"], "quantity": 1}]})["return"]
    sandbox.post(f"returns/{regretted['id']}/cancel", {})
    return [declined, lost]


@pytest.fixture(scope="module")
def orders(shop):
    """Orders of every kind after random acts; the same for the same seed."""
    rng, skus = random.Random(SEED), skus_of(shop)
    online, store = (place["id"] for place in shop.get("catalog")["locations"])
    made = []
    for _ in range(ORDERS):
        order = shop.post("orders", wish(rng, skus, store, online))
        made.append(Acts(rng, shop, order, skus, store).act(rng.randint(0, STEPS)))
    return made + make_rare_returns(shop, skus)


def test_the_acts_reach_every_corner(orders):
    """Breaks when the generator stops to do what this file is there for."""
    done = {name for acts in orders for name in acts.done}
    assert done >= {"add", "change", "discount", "address", "words", "fulfil", "refund", "refund_shipping", "give_back",
                    "exchange", "ask", "cancel"}


def test_a_body_is_a_read(stack, shop, orders):
    """Breaks when a field of either side is mapped to something else than the other's."""
    for acts in orders:
        order_id = acts.order["id"]
        body = fact("webhook", shop.get(f"orders/{order_id}/body"))
        assert body == fact("order", read(stack, "orders_by_ids", order_id)), acts.done
        schema_of("orders").validate(json.loads(body))


def test_an_order_of_300_lines_is_whole(stack, shop):
    """Breaks when a body of 300 lines is cut, or refused for its size."""
    order = shop.post("orders", {"lines": [{"sku": sku, "quantity": 1} for sku in skus_of(shop)[:LINES]]})
    made = json.loads(fact("webhook", shop.get(f"orders/{order['id']}/body")))
    assert len(made["lines"]) == LINES
    assert [line["line_id"] for line in made["lines"]] == sorted(line["id"] for line in order["lines"])


def test_lines_of_what_was_deleted_agree(stack, shop):
    """Breaks when a body still names what a read no longer shows: the two facts of one version would replace each other."""
    made = shop.post("products", {"title": "Gone", "options": [{"name": "Size", "values": ["S", "L"]}], "variants": [
        {"sku": "GONE-S", "options": ["S"]}, {"sku": "GONE-L", "options": ["L"]}]})
    order = shop.post("orders", {"lines": [{"sku": "GONE-S", "quantity": 1}, {"sku": "GONE-L", "quantity": 2}]})
    product = made["gid"].split("/")[-1]
    large = next(v["id"] for v in made["variants"] if v["sku"] == "GONE-L")

    def lines() -> list:
        body = fact("webhook", shop.get(f"orders/{order['id']}/body"))
        assert body == fact("order", read(stack, "orders_by_ids", order["id"]))
        return [(line["variant_id"] is None, line["product_id"] is None) for line in json.loads(body)["lines"]]

    assert lines() == [(False, False), (False, False)]
    assert shop._http.put(f"/control/products/{product}", json={"variants": [{"id": large, "delete": True}]}).is_success
    assert lines() == [(False, False), (True, True)]
    assert shop._http.delete(f"/control/products/{product}").is_success
    assert lines() == [(True, True), (True, True)]


def words_of(made: dict) -> set:
    """The states and dispositions that a fact names."""
    lines = [line for one in made["returns"] for f in one["reverse_fulfillment_orders"] for line in f["lines"]]
    exchanged = [line for one in made["returns"] for line in one["exchange_lines"] if line["lines"]]
    return ({one["status"] for one in made["returns"]} | {d["type"] for line in lines for d in line["dispositions"]}
            | {"exchanged" for _ in exchanged})


def test_returns_are_facts(stack, orders):
    """Breaks when a return of any kind is refused or leaves its schema."""
    seen = set()
    for acts in orders:
        made = json.loads(fact("returns", read(stack, "returns_by_ids", acts.order["id"])))
        schema_of("returns").validate(made)
        seen |= words_of(made)
    assert seen >= {"requested", "open", "closed", "declined", "canceled", "restocked", "missing", "exchanged"}


def test_what_only_a_read_shows_is_a_fact(stack, shop, orders):
    """Breaks when a fulfilment order, payment, risk or metafield of any kind is refused or leaves its schema."""
    methods, kinds, risks, fields = set(), set(), set(), set()
    for acts in orders:
        whole = read_whole(stack, acts.order["id"])
        assert fact("order", whole) == fact("order", read(stack, "orders_by_ids", acts.order["id"])), acts.done
        made = json.loads(fact("fulfillment-orders", whole))
        schema_of("fulfillment-orders").validate(made)
        methods |= {f["delivery"]["method"] for f in made["fulfillment_orders"] if f["delivery"]}
        kinds |= {t["kind"] for t in made["transactions"]}
        risks |= {made["risk"]["recommendation"]}
        fields |= {(m["namespace"], m["value"]) for m in made["metafields"]}
    assert methods >= {"shipping", "pick_up", "local"}
    assert kinds >= {"sale", "authorization", "refund"}
    assert risks >= {"accept", "cancel"}
    assert fields == {("custom", "yes")}


@pytest.mark.parametrize("kind,document,name,least", [
    ("order", "bulk_orders", "orders_by_ids", 10), ("returns", "bulk_returns", "returns_by_ids", 1),
    ("fulfillment-orders", "bulk_fulfillment_orders", None, 10)])
def test_a_bulk_result_is_a_read(stack, shop, orders, kind, document, name, least):
    """Breaks when a bulk document asks for less than the read, or its rows are put together wrongly."""
    facts = bulk(stack, kind, document)
    mine = {acts.order["id"] for acts in orders}
    whole = {order_id: text for order_id, text in by_order(facts).items() if order_id in mine}
    assert len(whole) >= least, f"{len(facts)} orders, {facts.count('again')} to be read again"
    for order_id, text in whole.items():
        node = read(stack, name, order_id) if name else read_whole(stack, order_id)
        assert text + "\n" == fact(kind, node)
