# SPDX-License-Identifier: Apache-2.0
"""The same rows as `shop_truth`, read from the newest fact of each key in Kafka.

A fact is a snapshot with a version (updated_at, observed_at); whichever is greatest counts, wherever it lies in its topic.
"""
from shop_truth import ADDRESS, metafields, second


def newest(*topics: list) -> dict:
    """id within the shop -> newest fact. Of two with one version the later record, which a re-read follows anyway."""
    found: dict = {}
    for record in (r for records in topics for r in records if r.value):
        fact = record.json
        version = (fact["updated_at"], fact["observed_at"])
        number = int(record.key.split("/")[1])
        if number not in found or version >= found[number][0]:
            found[number] = (version, fact)
    return {number: fact for number, (_, fact) in found.items()}


def cents(amount):
    """Exact: what is no whole cent stays text, and differs."""
    if amount is None:
        return None
    whole, _, part = str(amount).partition(".")
    if part.rstrip("0") != part[:2].rstrip("0"):
        return str(amount)
    sign = -1 if whole.startswith("-") else 1
    return sign * (abs(int(whole)) * 100 + int(part[:2].ljust(2, "0")))


class Facts:
    """What a shop's topics say at this moment; `gone` names the orders that Shopify deleted."""

    def __init__(self, consume, gone: set):
        def alive(facts: dict) -> dict:
            return {i: f for i, f in facts.items() if i not in gone}

        self.orders = alive(newest(consume("orders"), consume("order-updates")))
        self.work = alive(newest(consume("fulfillment-orders")))
        self.returns = alive(newest(consume("returns")))
        self.products = newest(consume("products"))


def orders(f: Facts) -> dict:
    return {i: {
        **{name: o[name] for name in ("name", "cancel_reason", "test", "financial_status", "currency", "tags", "note", "email",
                                      "phone", "presentment_currency", "source_name", "location_id", "customer_id",
                                      "po_number")},
        **{name: second(o[name]) for name in ("updated_at", "created_at", "cancelled_at", "closed_at")},
        "total": cents(o["total"]["shop"]), "total_presentment": cents(o["total"]["presentment"]),
        "original_total": cents(o["original_total"]["shop"]),
        "original_total_presentment": cents(o["original_total"]["presentment"]), "tip": cents(o["tip"]),
    } for i, o in f.orders.items()}


def addresses(f: Facts) -> dict:
    return {(i, kind): {name: o[f"{kind}_address"][name] for name in ADDRESS}
            for i, o in f.orders.items() for kind in ("shipping", "billing") if o[f"{kind}_address"]}


def lines(f: Facts) -> dict:
    return {(i, li["line_id"]): {
        **{name: li[name] for name in ("variant_id", "product_id", "sku", "title", "quantity", "requires_shipping")},
        "current": li["current_quantity"], "unfulfilled": li["unfulfilled_quantity"], "price": cents(li["price"]["shop"]),
        "price_presentment": cents(li["price"]["presentment"]),
        "discount": sum(cents(a["amount"]["shop"]) for a in li["discount_allocations"]),
        "properties": sorted((p["name"], p["value"]) for p in li["properties"]),
    } for i, o in f.orders.items() for li in o["lines"]}


def shipping(f: Facts) -> dict:
    return {(i, s["shipping_line_id"]): {"title": s["title"], "code": s["code"], "price": cents(s["price"]["shop"]),
                                         "discounted": cents(s["discounted_price"]["shop"])}
            for i, o in f.orders.items() for s in o["shipping_lines"]}


def fulfillments(f: Facts) -> dict:
    return {(i, x["fulfillment_id"]): {
        "name": x["name"], "status": x["status"], "location_id": x["location_id"], "company": x["tracking_company"],
        "numbers": x["tracking_numbers"], "lines": sorted((li["line_id"], li["quantity"]) for li in x["lines"]),
    } for i, o in f.orders.items() for x in o["fulfillments"]}


def refunds(f: Facts) -> dict:
    return {(i, r["refund_id"]): {
        "created_at": second(r["created_at"]), "note": r["note"], "return_id": r["return_id"],
        "shipping": sum(cents(s["subtotal"]["shop"]) for s in r["shipping"]),
        "adjustment": sum(cents(a["amount"]["shop"]) for a in r["adjustments"]),
        "payments": sorted(t["transaction_id"] for t in r["transactions"]),
    } for i, o in f.orders.items() for r in o["refunds"]}


def refund_lines(f: Facts) -> dict:
    return {(i, li["refund_line_id"]): {
        "refund_id": r["refund_id"],
        **{name: li[name] for name in ("line_id", "quantity", "restock_type", "location_id")},
    } for i, o in f.orders.items() for r in o["refunds"] for li in r["lines"]}


def order_stories(f: Facts) -> dict:
    """Without the kind, which is derived by whoever reads the facts."""
    return {i: {"edited": w["edited"], "return_status": w["return_status"], "metafields": metafields(w["metafields"])}
            for i, w in f.work.items()}


def transactions(f: Facts) -> dict:
    return {(i, t["transaction_id"]): {
        **{name: t[name] for name in ("parent_id", "kind", "status", "gateway")},
        "amount": cents(t["amount"]["shop"]), "amount_presentment": cents(t["amount"]["presentment"]),
        "created_at": second(t["created_at"]),
    } for i, w in f.work.items() for t in w["transactions"]}


def fulfillment_orders(f: Facts) -> dict:
    return {x["fulfillment_order_id"]: {"order_id": i, "status": x["status"], "request_status": x["request_status"],
                                        "location_id": x["location_id"]}
            for i, w in f.work.items() for x in w["fulfillment_orders"]}


def fulfillment_order_holds(f: Facts) -> dict:
    return {(x["fulfillment_order_id"], h["hold_id"]): {"reason": h["reason"]}
            for w in f.work.values() for x in w["fulfillment_orders"] for h in x["holds"]}


def fulfillment_order_lines(f: Facts) -> dict:
    return {li["fulfillment_order_line_id"]: {
        "fulfillment_order_id": x["fulfillment_order_id"], "line_id": li["line_id"], "total": li["total_quantity"],
        "remaining": li["remaining_quantity"],
    } for w in f.work.values() for x in w["fulfillment_orders"] for li in x["lines"]}


def every_return(f: Facts):
    return ((i, r) for i, fact in f.returns.items() for r in fact["returns"])


def returns(f: Facts) -> dict:
    return {(i, r["return_id"]): {
        **{name: r[name] for name in ("name", "status", "decline_reason", "decline_note")},
        "created_at": second(r["created_at"]), "closed_at": second(r["closed_at"]),
        "refunds": sorted(x["refund_id"] for x in r["refunds"]),
    } for i, r in every_return(f)}


def return_lines(f: Facts) -> dict:
    return {(i, li["return_line_id"]): {
        "return_id": r["return_id"], "processed": li["processed_quantity"],
        **{name: li[name] for name in ("line_id", "fulfillment_line_id", "quantity", "customer_note")},
    } for i, r in every_return(f) for li in r["lines"]}


def exchange_lines(f: Facts) -> dict:
    return {(i, x["exchange_line_id"]): {
        "return_id": r["return_id"], "processed": x["processed_quantity"],
        **{name: x[name] for name in ("variant_id", "sku", "quantity")},
        "lines": sorted(li["line_id"] for li in x["lines"]),
    } for i, r in every_return(f) for x in r["exchange_lines"]}


def reverse_lines(f: Facts) -> dict:
    return {(i, li["reverse_line_id"]): {
        "return_id": r["return_id"], "reverse_id": v["reverse_fulfillment_order_id"], "status": v["status"],
        "fulfillment_line_id": li["fulfillment_line_id"], "total": li["total_quantity"],
    } for i, r in every_return(f) for v in r["reverse_fulfillment_orders"] for li in v["lines"]}


def dispositions(f: Facts) -> dict:
    return {(i, d["disposition_id"]): {
        "reverse_line_id": li["reverse_line_id"], "created_at": second(d["created_at"]),
        **{name: d[name] for name in ("type", "quantity", "location_id")},
    } for i, r in every_return(f) for v in r["reverse_fulfillment_orders"] for li in v["lines"]
        for d in li["dispositions"]}


def products(f: Facts) -> dict:
    return {i: {"deleted": True} if p["deleted_at"] else {
        **{name: p[name] for name in ("title", "handle", "status", "vendor", "product_type", "tags", "gift_card",
                                      "description_html", "image_url")},
        "category": p["category"] and p["category"]["full_name"], "category_id": p["category"] and p["category"]["id"],
        "created_at": second(p["created_at"]), "updated_at": second(p["updated_at"]),
        "media": [m["url"] for m in p["media"]], "deleted": False,
        "options": [(o["id"], o["name"], [v["name"] for v in o["values"]]) for o in p["options"]],
        "metafields": metafields(p["metafields"]),
    } for i, p in f.products.items()}


def variants(f: Facts) -> dict:
    return {v["variant_id"]: {
        **{name: v[name] for name in ("inventory_item_id", "sku", "barcode", "title", "position", "taxable",
                                      "inventory_policy", "tracked", "requires_shipping", "image_url",
                                      "requires_components")},
        "product_id": i, "options": [o["value"] for o in v["options"]], "price": cents(v["price"]),
        "compare_at_price": cents(v["compare_at_price"]), "grams": v["weight"] and v["weight"]["grams"],
        "cost": cents(v["unit_cost"] and v["unit_cost"]["amount"]),
        "components": sorted((c["variant_id"], c["quantity"]) for c in v["components"]),
    } for i, p in f.products.items() if not p["deleted_at"] for v in p["variants"]}
