# SPDX-License-Identifier: Apache-2.0
"""One order's life in a shop, acted at random, and every record it leaves: snapshots, fulfilment orders, parcels.

Knows nothing of our services: it plays what merchants, staff and warehouses do, by Shopify's rules, and hands out what
the topics would carry. Times are seconds from a fixed start; a snapshot's version is (updated_at, observed_at).
"""
import copy
import datetime
import hashlib
import json
import random

START = datetime.datetime(2026, 11, 2, 10, 0, tzinfo=datetime.timezone.utc)
LOCATION = 7


def stamp(seconds: float) -> str:
    return (START + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(body: dict) -> str:
    """Decides between bodies of one version; the shop's name stays out, so that shops can be compared."""
    return hashlib.sha256(canonical(body).replace(body["shop"], "").encode()).hexdigest()


def amount(text: str) -> dict:
    return {"shop": text, "presentment": text}


class OrderHistory:
    """Acts on one order and collects `records`: (kind, source, body) in the order in which they came to be."""

    def __init__(self, rng: random.Random, shop: str, order_id: int, skus: list, facilities: list):
        self.rng, self.shop, self.id = rng, shop, order_id
        self.skus, self.facilities = list(skus), facilities
        self.now, self.ids = order_id * 1000.0, order_id * 1000
        self.updated = self.now
        self.records: list = []
        self.left = {}                # line → units that parcels carried
        self.returns: list = []       # as the topic carries them
        self.agreed: list = []        # by edits, as the topic carries it
        self.body = {
            "attributes": [], "billing_address": None, "cancel_reason": None, "cancelled_at": None,
            "closed_at": None, "confirmation_number": None, "confirmed": True, "created_at": stamp(self.now),
            "currency": "EUR", "customer_id": None, "customer_locale": None, "discount_applications": [],
            "discount_codes": [], "duties_included": False, "email": None, "estimated_taxes": False,
            "financial_status": "paid", "fulfillments": [], "lines": [], "location_id": None, "name": f"#{order_id}",
            "note": None, "order_id": order_id, "original_total": amount("10.00"), "payment_gateway_names": [],
            "phone": None, "po_number": None, "presentment_currency": "EUR", "processed_at": stamp(self.now),
            "refunds": [], "shipping_address": None, "shipping_lines": [], "shop": shop, "source_identifier": None,
            "source_name": "web", "subtotal": amount("10.00"), "tags": [], "tax_exempt": False,
            "taxes_included": False, "test": False, "tip": "0.00", "total": amount("10.00"),
            "total_discounts": amount("0.00"), "total_shipping": amount("0.00"), "total_tax": amount("0.00"),
        }
        for _ in range(rng.randint(1, 3)):
            self.add_line()
        self.snapshot("orders", "webhook orders/create")

    # -- what is known of a line ---------------------------------------------------------------------------------

    def new_id(self) -> int:
        self.ids += 1
        return self.ids

    @property
    def lines(self) -> list:
        return self.body["lines"]

    def a_line(self, wanted):
        found = [line for line in self.lines if wanted(line)]
        return self.rng.choice(found) if found else None

    def fulfilled(self, line: dict) -> int:
        return sum(x["quantity"] for f in self.body["fulfillments"] if f["status"] == "success"
                   for x in f["lines"] if x["line_id"] == line["line_id"])

    def returned(self, line: dict) -> int:
        return sum(x["quantity"] for r in self.body["refunds"] for x in r["lines"]
                   if x["line_id"] == line["line_id"] and x["restock_type"] == "return")

    # -- records -------------------------------------------------------------------------------------------------

    def tick(self, bump: bool = True) -> None:
        self.now += self.rng.choice((0.2, 1.0, 3.0))
        if bump:
            self.updated = self.now

    def snapshot(self, topic: str = "order-updates", reason: str = "poll") -> None:
        body = copy.deepcopy(self.body)
        body["updated_at"], body["observed_at"] = stamp(int(self.updated)), stamp(self.now)
        self.records.append(("order", f"{topic} {reason}", body))

    def payment(self) -> dict:
        return {"amount": amount("10.00"), "card_company": None, "created_at": stamp(self.id * 1000.0), "error_code": None,
                "gateway": "visa", "kind": "sale", "parent_id": None, "processed_at": None, "receipt": None,
                "receipt_bytes": 0, "status": "success", "test": False, "transaction_id": self.id * 10 + 5}

    def read_fulfillment_orders(self) -> None:
        self.tick(bump=False)
        lines = [{"fulfillment_order_line_id": line["line_id"] + 500, "inventory_item_id": None,
                  "line_id": line["line_id"], "remaining_quantity": line["unfulfilled_quantity"],
                  "total_quantity": line["quantity"]} for line in self.lines]
        half = self.rng.randint(0, len(lines))
        parts = [part for part in (lines[:half], lines[half:]) if part]
        orders = [{"created_at": None, "delivery": delivery("shipping"), "destination": None, "fulfill_at": None, "fulfill_by": None,
                   "fulfillment_order_id": self.id * 10 + n, "holds": [], "lines": part,
                   "location_id": LOCATION, "location_name": None, "request_status": "unsubmitted", "service": None,
                   "status": "open", "supported_actions": ["create_fulfillment"], "updated_at": None}
                  for n, part in enumerate(parts)]
        self.records.append(("fulfillment-orders", "read", {
            "agreements": copy.deepcopy(self.agreed), "channel": None, "edited": bool(self.agreed),
            "fulfillment_orders": orders, "groups": [], "lines": [], "metafields": [], "observed_at": stamp(self.now), "order_id": self.id,
            "placed_total": amount("10.00"), "return_status": "no_return", "tax_lines": [], "tip": amount("0.00"), "risk": {"assessments": [{"facts": [], "level": self.rng.choice(("low", "high"))}], "recommendation": "accept"},
            "shop": self.shop, "transactions": [self.payment()], "updated_at": stamp(int(self.updated))}))

    def read_returns(self) -> None:
        self.tick(bump=False)
        self.records.append(("returns", "read", {
            "observed_at": stamp(self.now), "order_id": self.id, "returns": copy.deepcopy(self.returns),
            "shop": self.shop, "updated_at": stamp(int(self.updated))}))

    # -- people --------------------------------------------------------------------------------------------------

    def ask_return(self) -> None:
        """A buyer sends something back, sometimes for something else."""
        line = self.a_line(lambda x: self.fulfilled(x) > 0)
        if line is None:
            return
        sent = {"fulfillment_line_id": line["line_id"] + 700, "line_id": line["line_id"]}
        self.returns.append({
            "approved_at": None, "closed_at": None, "created_at": stamp(int(self.now)), "decline_note": None,
            "decline_reason": None, "exchange_lines": [], "name": f"#{self.id}-R{len(self.returns) + 1}",
            "refunds": [], "return_id": self.new_id(), "reverse_fulfillment_orders": [], "status": "requested",
            "total_quantity": 1,
            "lines": [{**sent, "customer_note": None, "processed_quantity": 0, "quantity": 1, "reason": "unwanted",
                       "reason_name": "Unwanted", "reason_note": None, "refunded_quantity": 0,
                       "return_line_id": self.new_id()}]})
        if self.rng.random() < 0.5:
            self.returns[-1]["exchange_lines"].append({
                "exchange_line_id": self.new_id(), "lines": [], "processed_quantity": 0, "product_id": 1, "quantity": 1,
                "sku": line["sku"], "title": "Other", "variant_id": line["variant_id"], "variant_title": None})

    def go_on_with_return(self) -> None:
        """Requested → open, with something to come back → closed, with what became of it; or declined."""
        one = next((r for r in self.returns if r["status"] in ("requested", "open")), None)
        if one is None:
            return
        if one["status"] == "requested" and self.rng.random() < 0.3:
            one.update(status="declined", decline_reason="final_sale", closed_at=None)
        elif one["status"] == "requested":
            one.update(status="open", approved_at=stamp(int(self.now)))
            one["reverse_fulfillment_orders"] = [{
                "lines": [{"dispositions": [], "fulfillment_line_id": x["fulfillment_line_id"], "line_id": x["line_id"],
                           "reverse_line_id": self.new_id(), "total_quantity": x["quantity"]} for x in one["lines"]],
                "reverse_fulfillment_order_id": self.new_id(), "status": "open"}]
        else:
            one.update(status="closed", closed_at=stamp(int(self.now)))
            back = one["reverse_fulfillment_orders"][0]
            back["status"] = "closed"
            for line in back["lines"]:
                line["dispositions"].append({
                    "created_at": stamp(int(self.now)), "disposition_id": self.new_id(), "location_id": LOCATION,
                    "quantity": line["total_quantity"], "type": self.rng.choice(("restocked", "missing"))})

    def write_down(self) -> None:
        """Staff correct a note, the tags or where it goes."""
        what = self.rng.choice(("note", "tags", "shipping_address"))
        if what == "note":
            self.body["note"] = self.rng.choice((None, "ring twice", "gift \U0001F381"))
        elif what == "tags":
            self.body["tags"] = sorted(self.rng.sample(("vip", "hold", "b2b"), self.rng.randint(0, 3)))
        else:
            self.body["shipping_address"] = address(self.rng.choice(("Gent", "Lyon")))

    def add_line(self) -> None:
        if not self.skus:
            return
        sku = self.skus.pop(0)
        quantity = self.rng.randint(1, 4)
        line_id = self.new_id()
        self.lines.append({
            "current_quantity": quantity, "discount_allocations": [], "gift_card": False, "line_id": line_id,
            "name": None, "price": amount("5.00"), "product_id": 1, "properties": [], "quantity": quantity,
            "requires_shipping": True, "sku": sku, "tax_lines": [], "taxable": True, "title": f"Thing {sku}", "total_discount": amount("0.00"),
            "unfulfilled_quantity": quantity, "variant_id": variant_of(sku), "variant_title": None, "vendor": None})

    def agree(self, line: dict, units: int) -> None:
        """Buyer and merchant agree on an edit."""
        self.agreed.append({
            "agreement_id": self.new_id(), "happened_at": stamp(int(self.now)), "reason": "order_edit", "refund_id": None,
            "return_id": None, "sales": [{
                "action": "update", "discount": amount("0.00"), "line_id": line["line_id"], "line_type": "product",
                "quantity": units, "sale_id": self.new_id(), "shipping_line_id": None, "tax": amount("0.00"),
                "total": amount(f"{units * 5}.00")}]})

    def edit_up(self) -> None:
        line = self.rng.choice(self.lines)
        self.agree(line, 1)
        for key in ("quantity", "current_quantity", "unfulfilled_quantity"):
            line[key] += 1

    def edit_down(self) -> None:
        line = self.a_line(lambda x: x["unfulfilled_quantity"] > 0)
        if line:
            self.agree(line, -1)
            line["current_quantity"] -= 1
            line["unfulfilled_quantity"] -= 1

    def fulfil(self, tracking=()) -> None:
        line = self.a_line(lambda x: x["unfulfilled_quantity"] > 0)
        if line:
            units = self.rng.randint(1, line["unfulfilled_quantity"])
            line["unfulfilled_quantity"] -= units
            self._fulfillment(line, units, tracking)

    def _fulfillment(self, line: dict, units: int, tracking) -> None:
        self.body["fulfillments"].append({
            "created_at": stamp(int(self.now)), "fulfillment_id": self.new_id(),
            "lines": [{"line_id": line["line_id"], "quantity": units}], "location_id": LOCATION, "name": None,
            "status": "success", "tracking_company": None, "tracking_numbers": list(tracking), "tracking_urls": [],
            "updated_at": stamp(int(self.now))})

    def undo_fulfillment(self) -> None:
        found = [f for f in self.body["fulfillments"] if f["status"] == "success"]
        if not found or self.body["cancelled_at"]:
            return
        one = self.rng.choice(found)
        line = next(x for x in self.lines if x["line_id"] == one["lines"][0]["line_id"])
        if self.returned(line):
            return
        one["status"], one["updated_at"] = "cancelled", stamp(int(self.now))
        line["unfulfilled_quantity"] += one["lines"][0]["quantity"]

    def refund(self) -> None:
        kind = self.rng.choice(("cancel", "no_restock", "return"))
        if kind == "return":
            line = self.a_line(lambda x: self.fulfilled(x) > self.returned(x))
        else:
            line = self.a_line(lambda x: x["unfulfilled_quantity"] > 0)
        if line is None:
            return
        line["current_quantity"] -= 1
        if kind != "return":
            line["unfulfilled_quantity"] -= 1
        self._refund([(line, 1)], kind)

    def _refund(self, parts: list, kind: str) -> None:
        self.body["refunds"].append({
            "adjustments": [], "created_at": stamp(int(self.now)), "note": None, "processed_at": None,
            "refund_id": self.new_id(), "return_id": None, "shipping": [], "transactions": [],
            "lines": [{"line_id": line["line_id"], "location_id": LOCATION if kind != "no_restock" else None,
                       "quantity": units, "refund_line_id": self.new_id(), "restock_type": kind,
                       "subtotal": amount("5.00"), "tax": amount("0.00")}
                      for line, units in parts]})

    def cancel(self) -> None:
        if self.body["cancelled_at"] or self.rng.random() < 0.7:
            return
        self.body["cancelled_at"] = stamp(int(self.now))
        parts = [(line, line["unfulfilled_quantity"]) for line in self.lines if line["unfulfilled_quantity"]]
        if parts and self.rng.random() < 0.6:
            self._refund(parts, "cancel")
        for line, units in parts:
            line["current_quantity"] -= units
            line["unfulfilled_quantity"] = 0

    def ship(self) -> None:
        """A parcel leaves. Shopify hears of it sometimes, with its number or without; some trucks carry too much."""
        line = self.rng.choice(self.lines)
        gone = self.left.get(line["line_id"], 0)
        units = self.rng.randint(1, max(1, line["quantity"] - gone))
        if gone + units > line["quantity"] and self.rng.random() < 0.8:
            return
        self.left[line["line_id"]] = gone + units
        number = f"T{self.new_id()}" if self.rng.random() < 0.7 else None
        named = {"line_id": line["line_id"]} if self.rng.random() < 0.5 else {"sku": line["sku"]}
        event = str(self.new_id())
        self.records.append(("shipment", f"wms/{event}", {
            "carrier": "DHL", "event_id": event, "facility": self.rng.choice(self.facilities),
            "lines": [{"quantity": units, **named}], "order_id": self.id, "shipped_at": stamp(self.now),
            "shop": self.shop, "source": "wms", "tracking_number": number, "tracking_url": None}))
        told = min(units, line["unfulfilled_quantity"])
        if told and self.rng.random() < 0.6:
            line["unfulfilled_quantity"] -= told
            self._fulfillment(line, told, [number] if number else [])

    def act(self, steps: int) -> "OrderHistory":
        deeds = [self.edit_up, self.edit_down, self.fulfil, self.undo_fulfillment, self.refund, self.cancel, self.ship,
                 self.ship, self.add_line, self.ask_return, self.go_on_with_return, self.write_down]
        for _ in range(steps):
            if self.body["cancelled_at"]:
                deeds = [self.ship, self.refund, self.ask_return, self.go_on_with_return]
            self.tick(bump=self.rng.random() < 0.8)
            self.rng.choice(deeds)()
            if self.rng.random() < 0.7:
                self.snapshot(reason=self.rng.choice(("poll", "hint", "webhook orders/updated")))
            if self.rng.random() < 0.2:
                self.read_fulfillment_orders()
            if self.rng.random() < 0.3:
                self.read_returns()
        self.tick()
        self.snapshot()
        self.read_fulfillment_orders()
        self.read_returns()
        return self


def address(city: str) -> dict:
    parts = ("address1", "address2", "company", "country", "country_code", "first_name", "last_name", "latitude",
             "longitude", "name", "phone", "province", "province_code", "zip")
    return {**dict.fromkeys(parts), "address1": "Main Street 1", "city": city, "name": "A. Buyer"}


def delivery(method: str) -> dict:
    return {"earliest_at": None, "instructions": None, "latest_at": None, "method": method, "name": None, "phone": None,
            "service_code": None}


def variant_of(sku: str) -> int:
    """The id of the variant with this SKU, the same in every process and shop ("shop-A")."""
    return ord(sku.rpartition("-")[2]) * 10
