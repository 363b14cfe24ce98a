# SPDX-License-Identifier: Apache-2.0
"""Order facts by seed, as order-publisher writes them to the topic `orders`.

What this file knows by name gets a lifelike value; every other field that the schema requires gets its most neutral one
(null where allowed, else an empty list or text), so the facts stay valid when the schema grows.
"""
import datetime
import json
import random

from millrace_stack import PROJECT

START = datetime.datetime(2026, 11, 2, 10, 0, tzinfo=datetime.timezone.utc)
FIRST_ORDER, FIRST_VARIANT = 5_000_000_000_001, 44_000_000_000_001
WORDS = ("Shirt", "Boot", "Lamp", "Kettle", "Scarf", "Chair", "Notebook", "Backpack", "Mug", "Blanket")


def stamp(seconds: float) -> str:
    return (START + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def money(cents: int) -> dict:
    text = f"{cents // 100}.{cents % 100:02d}"
    return {"presentment": text, "shop": text}


class Schema:
    """The topic's closed schema, to fill what nobody named."""

    def __init__(self, topic: str):
        self.root = json.loads((PROJECT / "schemas" / "events" / f"{topic}.json").read_text())

    def resolve(self, node: dict) -> dict:
        while "$ref" in node:
            target = self.root
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def fill(self, value, node=None):
        """The value with every missing required field added, at any depth."""
        node = self.resolve(node or self.root)
        options = [self.resolve(o) for o in node.get("anyOf", node.get("oneOf", []))]
        if options:
            node = next((o for o in options if o.get("type") != "null"), node)
        if isinstance(value, list):
            return [self.fill(v, node.get("items", {})) for v in value]
        if not isinstance(value, dict):
            return value
        known = node.get("properties", {})
        full = {k: self.fill(v, known.get(k, {})) for k, v in value.items() if k in known}
        for key in node.get("required", []):
            full.setdefault(key, self.neutral(known[key]))
        return full

    def neutral(self, node: dict):
        node = self.resolve(node)
        options = [self.resolve(o) for o in node.get("anyOf", node.get("oneOf", []))]
        kinds = [t for n in (options or [node]) for t in ([n["type"]] if isinstance(n.get("type"), str)
                                                          else n.get("type", []))]
        if "null" in kinds:
            return None
        if "const" in node or "enum" in node:
            return node.get("const", node.get("enum", [None])[0])
        if "object" in kinds:
            return self.fill({}, node)
        return {"array": [], "boolean": False, "integer": 0, "string": "0.00"}.get(kinds[0] if kinds else "array")


class OrderFacts:
    """Order n of the seed; the same whenever it is asked for."""

    def __init__(self, seed: int, variants: int, lines: int, shop: str):
        self.seed, self.variants, self.lines, self.shop = seed, variants, lines, shop
        self.schema = Schema("orders")

    def key(self, n: int) -> str:
        return f"{self.shop}/{FIRST_ORDER + n}"

    def text(self, n: int) -> bytes:
        fact = self.schema.fill(self.order(n))
        return json.dumps(fact, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def order(self, n: int) -> dict:
        rng = random.Random(self.seed * 1_000_003 + n)
        lines = [self.line(n, i, rng) for i in range(self.lines)]
        total = sum(line["quantity"] * int(line["price"]["shop"].replace(".", "")) for line in lines)
        address = self.address(rng)
        return {
            "shop": self.shop, "order_id": FIRST_ORDER + n, "name": f"#{1001 + n}", "created_at": stamp(n / 10),
            "processed_at": stamp(n / 10), "updated_at": stamp(n // 10), "observed_at": stamp(n / 10 + 1),
            "financial_status": "paid", "source_name": "web", "currency": "EUR", "presentment_currency": "EUR",
            "email": f"buyer{n}@example.com", "phone": "+4930123456", "note": "please ring twice", "test": False,
            "attributes": [{"name": "gift", "value": "no"}], "tags": ["bench", "new"], "discount_codes": [],
            "subtotal": money(total), "total": money(total + 490), "total_discounts": money(0),
            "total_shipping": money(490), "total_tax": money(total // 6), "original_total": money(total + 490),
            "billing_address": address, "shipping_address": address, "fulfillments": [], "refunds": [],
            "lines": lines, "cancel_reason": None, "cancelled_at": None, "closed_at": None,
            "shipping_lines": [{"code": "standard", "source": "shopify", "title": "Standard", "price": money(490)}],
        }

    def line(self, n: int, place: int, rng: random.Random) -> dict:
        variant, quantity, cents = rng.randrange(self.variants), rng.randint(1, 3), rng.randint(500, 20000)
        return {"line_id": (FIRST_ORDER + n) * 10 + place, "product_id": 7_000_000_000_000 + variant // 3,
                "variant_id": FIRST_VARIANT + variant, "sku": f"SKU{variant:06d}", "vendor": "Northwind",
                "title": f"{WORDS[variant % len(WORDS)]} {variant}", "variant_title": "Red / M", "quantity": quantity,
                "current_quantity": quantity, "unfulfilled_quantity": quantity, "requires_shipping": True,
                "taxable": True, "gift_card": False, "price": money(cents), "total_discount": money(0),
                "properties": []}

    @staticmethod
    def address(rng: random.Random) -> dict:
        number = rng.randint(1, 99)
        return {"address1": f"{number} High Street", "address2": None, "city": "Berlin", "company": None,
                "country": "Germany", "country_code": "DE", "first_name": "Ada", "last_name": "Example",
                "name": "Ada Example", "phone": "+4930123456", "province": "Berlin", "province_code": "BE",
                "zip": "10115"}


def know_products(db, facts: OrderFacts) -> None:
    """Items, products and variants of every line, as product-state would have left them, and a channel to sell by."""
    db.execute((PROJECT / "tests/bench/lib/bench/know_products.sql").read_text().replace("$SHOP", facts.shop)
               .replace("$VARIANTS", str(facts.variants)).replace("$FIRST", str(FIRST_VARIANT)))
