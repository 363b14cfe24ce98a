# SPDX-License-Identifier: Apache-2.0
"""A shop whose facts a test writes down one by one, for tests of a single matter; times are seconds from a fixed start."""
import copy
import datetime
import json

from order_history import LOCATION, START, amount, stamp, variant_of
from order_world import World
from product_facts import product, variant


def line(line_id: int, sku: str, quantity: int, unfulfilled: int, ships: bool = True) -> dict:
    return {"line_id": line_id, "sku": sku, "variant_id": variant_of(sku), "title": f"Thing {sku}",
            "quantity": quantity, "current_quantity": quantity, "unfulfilled_quantity": unfulfilled,
            "requires_shipping": ships, "gift_card": False}


def fulfillment(fulfillment_id: int, at: float, units: dict, status: str = "success") -> dict:
    return {"fulfillment_id": fulfillment_id, "status": status, "created_at": stamp(at), "updated_at": stamp(at),
            "location_id": LOCATION, "tracking_numbers": [],
            "lines": [{"line_id": i, "quantity": n} for i, n in units.items()]}


def refund(refund_line_id: int, at: float, line_id: int, quantity: int, restock_type: str) -> dict:
    return {"adjustments": [], "created_at": stamp(at), "note": None, "processed_at": None,
            "refund_id": refund_line_id + 1000, "return_id": None, "shipping": [], "transactions": [], "lines": [{
                "refund_line_id": refund_line_id, "line_id": line_id, "location_id": LOCATION, "quantity": quantity,
                "restock_type": restock_type, "subtotal": amount("1.00"), "tax": amount("0.00")}]}


class SqlShop(World):
    """Says facts at given times and looks at what follows from them."""

    def moment(self, seconds: float) -> datetime.datetime:
        return START + datetime.timedelta(seconds=seconds)

    def over(self, db) -> "SqlShop":
        """The same shop through another connection."""
        other = copy.copy(self)
        other.db = db
        return other

    def sku(self, letter: str = "A") -> str:
        return f"{self.shop}-{letter}"

    def order(self, order_id: int, at: float, lines: list, fulfillments=(), refunds=(), cancelled=None) -> dict:
        return self._say("order", "order-updates poll", order_id, at, {
            "name": f"#{order_id}", "created_at": stamp(0), "cancelled_at": cancelled, "closed_at": None, "test": False,
            "financial_status": "paid", "currency": "EUR", "total": amount("1.00"), "lines": lines,
            "fulfillments": list(fulfillments), "refunds": list(refunds)})

    def fulfillment_orders(self, order_id: int, at: float, places: list) -> dict:
        """places: (location, {line: units left}), one fulfilment order each."""
        return self._say("fulfillment-orders", "read", order_id, at, {"fulfillment_orders": [
            {"fulfillment_order_id": order_id * 10 + n, "location_id": location, "status": "open",
             "request_status": "unsubmitted", "supported_actions": [], "updated_at": None,
             "lines": [{"fulfillment_order_line_id": i * 10 + n, "line_id": i, "total_quantity": units,
                        "remaining_quantity": units} for i, units in left.items()]}
            for n, (location, left) in enumerate(places)]})

    def parcel(self, order_id: int, at: float, name: str, units: dict) -> dict:
        return self._say("shipment", name, order_id, at, {
            "facility": self.facilities[0], "shipped_at": stamp(at), "carrier": None, "tracking_number": None,
            "tracking_url": None, "lines": [{"line_id": i, "quantity": n} for i, n in units.items()]})

    def block(self, order_id: int, at: float) -> None:
        self._say("block", "order-updates", order_id, at, {})

    def _say(self, kind: str, source: str, order_id: int, at: float, body: dict):
        body = {**body, "shop": self.shop, "order_id": order_id, "updated_at": stamp(at), "observed_at": stamp(at)}
        verdicts = self.apply([(kind, source, body)])
        return verdicts[0] if verdicts else None

    def stock(self, letter: str, units: int, facility: int = 0) -> None:
        """A count of everything there was, before all that the test tells."""
        self.now += datetime.timedelta(seconds=1)
        self.db.execute("""select fold_stock(array['sku:' || %s], array[%s], array['wms'], array[%s], array['count'],
                           array[%s]::bigint[], array[%s]::timestamptz[], '{}', '{}', %s)""",
                        (self.sku(letter), self.facilities[facility], f"count {self.now}", units,
                         self.now - datetime.timedelta(days=1), self.now))

    def route(self, order_id: int, line_id: int, units: int) -> None:
        """The router's decision: these units at the first facility, nothing left to place."""
        queued = self.one("select gen from route_queue where shop = %s and order_id = %s", self.shop, order_id)
        self.db.execute("""select record_routes(array[%s], array[%s]::bigint[], array[%s]::bigint[], array[%s],
                           array[%s]::bigint[], array[%s], array[%s]::bigint[], array[%s]::bigint[],
                           array[null]::timestamptz[], array[null]::text[], %s)""",
                        (self.shop, order_id, line_id, self.facilities[0], units, self.shop, order_id,
                         queued["gen"], self.now))

    def catalog(self, letter: str, **new) -> None:
        """What product-state writes when a product says something new of its variant."""
        sku = self.sku(letter)
        v = {"item": f"sku:{sku}", "renamed": 0, "fresh": True, "changed": True, "tracked": True,
             "inventory_item": variant_of(sku) + 1, "linked": True, **new}
        body = product(variant_of(sku), [variant(variant_of(sku), sku, inventory_item_id=v["inventory_item"],
                                                 tracked=v["tracked"])], shop=self.shop)
        self.db.execute("""insert into product (shop, product_id, updated_at, observed_at, title, handle, status, body, applied_at)
                           values (%s, %s, %s, %s, '', '', 'active', %s, %s)
                           on conflict (shop, product_id) do update set body = excluded.body""",
                        (self.shop, variant_of(sku), self.now, self.now, json.dumps(body), self.now))
        self.db.execute("""
            select save_variants(array[%s], array[%s]::bigint[], array[%s]::bigint[], '{false}', array[%s], array[%s],
                                 '{null}', array[%s]::bigint[], array[%s], array[%s], '{null}', '{null}', '{}', '{}', %s)""",
                        (self.shop, variant_of(sku), variant_of(sku), v["item"], v["linked"], v["renamed"], v["fresh"],
                         v["changed"], self.now))

    # -- looking -------------------------------------------------------------------------------------------------

    def one(self, sql: str, *parameters) -> dict:
        return self.db.execute(sql, parameters).fetchone()

    def term(self, letter: str = "A") -> dict:
        """All terms of the promise of an item at the shop's location."""
        return self.one("select * from atp_term where shop = %s and item = 'sku:' || %s", self.shop, self.sku(letter))

    def line(self, line_id: int) -> dict:
        return self.one("select * from sales_order_line where shop = %s and line_id = %s", self.shop, line_id)

    def is_dirty(self, letter: str = "A") -> bool:
        return self.one("select count(*) n from dirty_item join item using (item_id) where item = 'sku:' || %s",
                        self.sku(letter))["n"] > 0

    def compute(self) -> None:
        """As if every promise had been computed."""
        self.db.execute("delete from dirty_item")

    def is_open(self, kind: str, subject: str) -> bool:
        return self.one("""select count(*) n from exception_case where kind = %s and subject = %s
                            and closed_at is null""", kind, subject)["n"] == 1
