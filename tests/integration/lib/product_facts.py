# SPDX-License-Identifier: Apache-2.0
"""Facts of the topic `products` as tests write them: small, valid, and complete."""
import hashlib
import json

from harness import wait_until

DAY = "2026-11-24T"


def stamp(second: int) -> str:
    return f"{DAY}{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.000000Z"


def variant(variant_id: int, sku, **more) -> dict:
    return {"barcode": None, "compare_at_price": None, "components": [], "country_of_origin": None,
            "created_at": stamp(0), "hs_code": None, "image_url": None, "inventory_item_id": variant_id + 500_000,
            "inventory_policy": "deny", "metafields": [], "options": [{"name": "Size", "value": "M"}], "position": 1,
            "price": "19.90", "requires_components": False, "requires_shipping": True, "sku": sku, "taxable": True,
            "title": "M", "tracked": True, "unit_cost": None, "updated_at": stamp(0), "variant_id": variant_id,
            "weight": {"grams": 250, "unit": "grams", "value": "250.00"}, **more}


def product(product_id: int, variants: list, *, updated: int = 0, observed: int = 0, **more) -> dict:
    return {"category": None, "created_at": stamp(0), "deleted_at": None, "description_html": None, "gift_card": False,
            "handle": f"p-{product_id}", "image_url": None, "media": [], "metafields": [],
            "observed_at": stamp(observed), "options": [], "product_id": product_id, "product_type": None,
            "shop": "acme", "status": "active", "tags": ["a", "b"], "title": f"P {product_id}",
            "updated_at": stamp(updated), "variants": variants, "vendor": None, **more}


def digest(fact: dict) -> str:
    canonical = json.dumps(fact, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def caught_up(stack, topic: str = "products") -> None:
    """Every record of the topic was consumed by the one group that reads it."""
    def done():
        [row] = stack.rows("select coalesce(sum(consumed), 0)::int as n from consumer_offset where topic = %s",
                           stack.prefix + topic)
        return row["n"] == len(stack.consume(topic))
    wait_until(done, 120, f"every record of {topic} was consumed")
