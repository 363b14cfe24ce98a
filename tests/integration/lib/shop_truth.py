# SPDX-License-Identifier: Apache-2.0
"""The rows that a shop's own history asks for, told by somebody who shares no code with services or sandbox.

`Truth` folds `GET /control/history`: later entries replace earlier ones, deletions take things away. Each function below it
turns what is left into rows of one kind: {key: {field: value}}. Money is whole cents, times are cut to the second (Shopify
tells no more), enums are lower case, empty text is None: what tables and topics say is brought to the same form.
"""

# what people pay with abroad: units of their money for a million of the shop's; the history names only the currency
RATES = {"EUR": 900_000}
RATE_ONE = 1_000_000
DELIVERY = {"pickup": "pick_up", "local": "local", "retail": "retail", "shipping": "shipping", "none": "none"}


class Truth:
    """The newest state of everything that is alive, and the ids of what is not."""

    def __init__(self, entries):
        self.orders, self.work, self.products = {}, {}, {}
        self.gone_orders, self.gone_products = set(), set()
        for entry in entries:
            self.apply(entry)

    def apply(self, entry: dict) -> None:
        effect, thing = entry.get("effect") or {}, entry["object"]
        if entry["act"] == "order_deleted":
            self._forget_order(thing["id"])
        if entry["act"] == "product_deleted":
            self.products.pop(thing["id"], None)
            self.gone_products.add(thing["id"])
        if effect.get("order"):
            self.orders[effect["order"]["id"]] = effect["order"]
        if effect.get("product"):
            self.products[effect["product"]["id"]] = effect["product"]
        for work in effect.get("fulfillment_orders") or ():
            self.work[work["id"]] = work

    def _forget_order(self, order_id: int) -> None:
        self.gone_orders.add(order_id)
        self.orders.pop(order_id, None)
        self.work = {i: w for i, w in self.work.items() if w["order_id"] != order_id}


# -- one form for all sides -----------------------------------------------------------------------------------------

def second(text):
    return None if text is None else str(text)[:19]


def low(text):
    return text.lower() if text else None


def said(text):
    """Empty text says nothing."""
    return text or None


def abroad(cents: int, order: dict) -> int:
    """What the buyer sees of an amount: half cents go up."""
    foreign = order["presentment_currency"] != order["currency"]
    rate = RATES[order["presentment_currency"]] if foreign else RATE_ONE
    return (cents * rate + RATE_ONE // 2) // RATE_ONE


# -- orders ---------------------------------------------------------------------------------------------------------

def kind_of(order: dict) -> str:
    """Where it was made, and how it reaches the buyer."""
    if order["source_name"] == "pos":
        return "pos_carry_out" if order["delivery"] == "retail" else "pos_ship"
    by_way = {"pickup": "pickup", "local": "local_delivery"}.get(order["delivery"])
    return by_way or {"shopify_draft_order": "draft", "exchange": "exchange"}.get(order["source_name"], "online")


def orders(truth: Truth) -> dict:
    return {i: {
        "name": o["name"], "updated_at": second(o["updated_at"]), "created_at": second(o["created_at"]),
        "cancelled_at": second(o["cancelled_at"]), "cancel_reason": low(o["cancel_reason"]),
        "closed_at": second(o["closed_at"]), "test": o["test"], "financial_status": low(o["financial_status"]),
        "currency": o["currency"], "presentment_currency": o["presentment_currency"],
        "total": o["current_total_cents"], "total_presentment": abroad(o["current_total_cents"], o),
        "original_total": o["total_cents"], "original_total_presentment": abroad(o["total_cents"], o),
        "tip": o["tip_cents"], "note": said(o["note"]), "email": said(o["email"]), "phone": said(o["phone"]),
        "tags": sorted(o["tags"]), "source_name": o["source_name"], "location_id": o["retail_location_id"],
        "customer_id": o["customer_id"], "po_number": said(o["po_number"]),
    } for i, o in truth.orders.items()}


def order_stories(truth: Truth) -> dict:
    """What only a read shows of an order."""
    return {i: {"edited": o["edited"], "return_status": low(o["return_status"]),
                "kind": kind_of(o), "metafields": metafields(o["metafields"])}
            for i, o in truth.orders.items()}


def routed(truth: Truth) -> set:
    """Orders with fulfilment orders. Of others there may be nothing to read yet, or never: they were cancelled at once."""
    return {w["order_id"] for w in truth.work.values()}


ADDRESS = ("first_name", "last_name", "company", "address1", "address2", "city", "zip", "province_code", "country_code", "phone")


def addresses(truth: Truth) -> dict:
    return {(i, kind): {name: said(o[f"{kind}_address"].get(name)) for name in ADDRESS}
            for i, o in truth.orders.items() for kind in ("shipping", "billing") if o[f"{kind}_address"]}


def lines(truth: Truth) -> dict:
    return {(i, li["id"]): {
        "variant_id": li["variant_id"], "product_id": li["product_id"], "sku": said(li["sku"]), "title": li["title"],
        "quantity": li["quantity"], "current": li["current_quantity"],
        "unfulfilled": 0 if o["cancelled_at"] else li["unfulfilled_quantity"],
        "requires_shipping": li["requires_shipping"], "price": li["price_cents"],
        "price_presentment": abroad(li["price_cents"], o), "discount": li["discount_cents"],
        "properties": sorted((a["key"], a["value"]) for a in li["attributes"]),
    } for i, o in truth.orders.items() for li in o["lines"]}


def without_dead_links(rows: dict, truth: Truth) -> dict:
    """When a product or a variant is deleted, the lines that sold it lose their link, at once and without a word: no order
    moves, so whoever read it before still has the link. A line without its variant names no product either. Rows of
    every side are compared without links to the dead."""
    alive = {v["id"] for p in truth.products.values() for v in p["variants"]}
    return {key: row if row["variant_id"] in alive else {**row, "variant_id": None, "product_id": None}
            for key, row in rows.items()}


def line_units(truth: Truth) -> dict:
    """What became of the units: only tables know, as a sum of known facts."""
    return {(i, li["id"]): {"fulfilled": li["fulfilled_quantity"], "cancelled": li["removed_quantity"]}
            for i, o in truth.orders.items() for li in o["lines"]}


def shipping(truth: Truth) -> dict:
    return {(i, s["id"]): {"title": s["title"], "code": said(s["code"]), "price": s["price_cents"],
                           "discounted": s["price_cents"] - s["discount_cents"]}
            for i, o in truth.orders.items() for s in o["shipping_lines"]}


def fulfillments(truth: Truth) -> dict:
    return {(i, f["id"]): {
        "name": f["name"], "status": low(f["status"]), "location_id": f["location_id"],
        "company": said(f["tracking"]["company"]), "numbers": f["tracking"]["numbers"],
        "lines": units(f["lines"]),
    } for i, o in truth.orders.items() for f in o["fulfillments"]}


def units(parts: list) -> list:
    """Of each line what a parcel holds of it, from however many fulfilment orders."""
    total: dict = {}
    for part in parts:
        total[part["line_id"]] = total.get(part["line_id"], 0) + part["quantity"]
    return sorted(total.items())


def refunds(truth: Truth) -> dict:
    return {(i, r["id"]): {
        "created_at": second(r["created_at"]), "note": said(r["note"]), "return_id": r["return_id"],
        "shipping": r["shipping_cents"], "adjustment": sum(r["adjustment_cents"]),
        "payments": sorted(r["transaction_ids"]),
    } for i, o in truth.orders.items() for r in o["refunds"]}


def refund_lines(truth: Truth) -> dict:
    return {(i, li["id"]): {
        "refund_id": r["id"], "line_id": li["line_id"], "quantity": li["quantity"], "restock_type": li["restock_type"],
        "location_id": li["location_id"],
    } for i, o in truth.orders.items() for r in o["refunds"] for li in r["lines"]}


def transactions(truth: Truth) -> dict:
    return {(i, t["id"]): {
        "parent_id": t["parent_id"], "kind": low(t["kind"]), "status": low(t["status"]), "gateway": t["gateway"],
        "amount": t["amount_cents"], "amount_presentment": abroad(t["amount_cents"], o),
        "created_at": second(t["created_at"]),
    } for i, o in truth.orders.items() for t in o["transactions"]}


# -- returns --------------------------------------------------------------------------------------------------------

def every_return(truth: Truth):
    return ((i, r) for i, o in truth.orders.items() for r in o["returns"])


def returns(truth: Truth) -> dict:
    return {(i, r["id"]): {
        "name": r["name"], "status": low(r["status"]), "created_at": second(r["created_at"]),
        "closed_at": second(r["closed_at"]), "decline_reason": low((r["decline"] or {}).get("reason")),
        "decline_note": said((r["decline"] or {}).get("note")), "refunds": sorted(r["refund_ids"]),
    } for i, r in every_return(truth)}


def return_lines(truth: Truth) -> dict:
    return {(i, li["id"]): {
        "return_id": r["id"], "line_id": li["line_id"], "fulfillment_line_id": li["fulfillment_line_id"],
        "quantity": li["quantity"], "processed": li["processed_quantity"], "customer_note": said(li["customer_note"]),
    } for i, r in every_return(truth) for li in r["lines"]}


def exchange_lines(truth: Truth) -> dict:
    return {(i, x["id"]): {
        "return_id": r["id"], "variant_id": x["variant_id"], "sku": said(x["sku"]), "quantity": x["quantity"],
        "processed": x["processed_quantity"], "lines": sorted(x["line_ids"]),
    } for i, r in every_return(truth) for x in r["exchange_lines"]}


def reverse_lines(truth: Truth) -> dict:
    return {(i, li["id"]): {
        "return_id": r["id"], "reverse_id": v["id"], "status": low(v["status"]),
        "fulfillment_line_id": li["fulfillment_line_id"], "total": li["total"],
    } for i, r in every_return(truth) for v in r["reverse_fulfillment_orders"] for li in v["lines"]}


def dispositions(truth: Truth) -> dict:
    return {(i, d["id"]): {
        "reverse_line_id": li["id"], "type": low(d["type"]), "quantity": d["quantity"], "location_id": d["location_id"],
        "created_at": second(d["created_at"]),
    } for i, r in every_return(truth) for v in r["reverse_fulfillment_orders"] for li in v["lines"]
        for d in li["dispositions"]}


# -- fulfilment orders ----------------------------------------------------------------------------------------------

def fulfillment_orders(truth: Truth) -> dict:
    return {i: {"order_id": w["order_id"], "status": low(w["status"]), "request_status": low(w["request_status"]),
                "location_id": w["location_id"]} for i, w in truth.work.items()}


def fulfillment_order_holds(truth: Truth) -> dict:
    return {(i, h["id"]): {"reason": low(h["reason"])} for i, w in truth.work.items() for h in w["holds"]}


def fulfillment_order_lines(truth: Truth) -> dict:
    return {li["id"]: {"fulfillment_order_id": i, "line_id": li["line_id"], "total": li["total"],
                       "remaining": li["remaining"]} for i, w in truth.work.items() for li in w["lines"]}


# -- products -------------------------------------------------------------------------------------------------------

def metafields(entries: list) -> list:
    return sorted((m["namespace"], m["key"], m["type"], m["value"]) for m in entries)


def products(truth: Truth) -> dict:
    alive = {i: {
        "title": p["title"], "handle": p["handle"], "status": low(p["status"]), "vendor": said(p["vendor"]),
        "product_type": said(p["product_type"]), "tags": sorted(p["tags"]), "gift_card": p["gift_card"],
        "description_html": said(p["description_html"]), "category": p["category"] and p["category"]["full_name"],
        "category_id": p["category"] and p["category"]["id"], "created_at": second(p["created_at"]),
        "updated_at": second(p["updated_at"]), "image_url": next(iter(p["images"]), None), "media": p["images"],
        "options": [(o["id"], o["name"], o["values"]) for o in p["options"]],
        "metafields": metafields(p["metafields"]), "deleted": False,
    } for i, p in truth.products.items()}
    return {**alive, **{i: {"deleted": True} for i in truth.gone_products}}


def variants(truth: Truth) -> dict:
    return {v["id"]: {
        "product_id": i, "inventory_item_id": v["inventory_item_id"], "sku": said(v["sku"]),
        "barcode": said(v["barcode"]), "title": v["title"], "options": v["options"], "position": v["position"],
        "price": v["price_cents"], "compare_at_price": v["compare_at_price_cents"], "taxable": v["taxable"],
        "inventory_policy": low(v["inventory_policy"]), "tracked": v["tracked"],
        "requires_shipping": v["requires_shipping"], "grams": v["grams"], "cost": v["cost_cents"], "image_url": v["image"],
        "requires_components": bool(v["components"]),
        "components": sorted((c["variant_id"], c["quantity"]) for c in v["components"]),
    } for i, p in truth.products.items() for v in p["variants"]}
