# SPDX-License-Identifier: Apache-2.0
"""A shop in the sandbox and its books in Postgres, without the services that fill them: what outbound-producer and
shopify-writer meet, made by hand, so that their tests say when each fact becomes known.

The numbers that tests expect come from what they did here, and from the sandbox's own history.
"""
from dataclasses import dataclass

from harness import wait_until

SHOP = "acme"
FACILITY = "WH"
LAGS = {"shop.acme.search_lag_ms": 300, "shop.acme.replica_lag_ms": 300}
QUICK = {**LAGS, "shopify-writer.sweep_interval_ms": 86_400_000, "shopify-writer.reread_ms": 500}


@dataclass(frozen=True)
class Variant:
    variant: int
    inventory: int
    sku: str
    item: int              # our surrogate
    product: int


class WriterWorld:
    """One aggregate channel fed by one facility; every variant of the sandbox is an item of ours."""

    def __init__(self, stack, products: int, on_hand: int, **sandbox):
        self.stack = stack
        self.control = stack.sandbox
        self.control.post("config", {"webhooks": False, "fo_delay_ms": 0, "bucket_maximum": 100_000,
                                     "bucket_restore_rate": 10_000, **sandbox})
        seeded = self.control.post("seed", {"products": products, "variants_per_product": 1, "orders": 0, "seed": 11})
        self.location = next(li["id"] for li in seeded["locations"] if li["fulfills_online_orders"])
        self._events = 0
        self._policy()
        self.variants = [self._adopt(v) for v in self.control.get("catalog")["variants"]]
        for v in self.variants:
            self.count(v, on_hand)

    # -- our books ----------------------------------------------------------------------------------------------

    def sql(self, text: str, *parameters) -> list:
        return self.stack.rows(text, *parameters)

    def _policy(self) -> None:
        self.sql("insert into facility (facility, name, updated_at) values (%s, 'w', now()) returning 1", FACILITY)
        self.sql("insert into channel (shop, location_id, updated_at) values (%s, %s, now()) returning 1", SHOP,
                 self.location)
        self.sql("insert into channel_facility values (%s, %s, %s) returning 1", SHOP, self.location, FACILITY)

    def _adopt(self, v: dict) -> Variant:
        item = self.sql("select item_id from ensure_items(array[%s], now())", f"sku:{v['sku']}")[0]["item_id"]
        self.sql("""insert into variant (shop, variant_id, product_id, inventory_item_id, item_id, sku, title, price,
                    position, tracked, requires_shipping, inventory_policy)
                    values (%s, %s, %s, %s, %s, %s, 't', 1, 1, true, true, 'deny') returning 1""",
                 SHOP, v["variant_id"], v["product_id"], v["inventory_item_id"], item, v["sku"])
        return Variant(v["variant_id"], v["inventory_item_id"], v["sku"], item, v["product_id"])

    def _entry(self, v: Variant, kind: str, quantity: int) -> None:
        self._events += 1
        self.sql("""select count(*), (select mark_dirty(array[%s::bigint], 'test', clock_timestamp()))
                      from record_stock(array[%s::bigint], array[%s], array['test'], array[%s], array[%s],
                                        array[%s::bigint], array[clock_timestamp()], array[null::text],
                                        clock_timestamp())""",
                 v.item, v.item, FACILITY, str(self._events), kind, quantity)

    def count(self, v: Variant, quantity: int) -> None:
        self._entry(v, "count", quantity)

    def move(self, v: Variant, delta: int) -> None:
        self._entry(v, "movement", delta)

    def know(self, order: dict) -> None:
        """The order (as the control API answered) is ingested: its lines, committed at our location."""
        self.sql("insert into sales_order (shop, order_id, updated_at, observed_at, name, state, applied_at) "
                 "values (%s, %s, now(), now(), %s, 'open', now()) returning 1", SHOP, order["id"], order["name"])
        for line in order["lines"]:
            v = next(x for x in self.variants if x.sku == line["sku"])
            self.sql("""insert into sales_order_line (shop, order_id, line_id, item_id, variant_id, sku, title, quantity,
                        current_quantity, requires_shipping, stocked, location_id)
                        values (%s, %s, %s, %s, %s, %s, 't', %s, %s, true, true, %s) returning 1""",
                     SHOP, order["id"], line["id"], v.item, v.variant, v.sku, line["quantity"], line["quantity"],
                     self.location)
            self.sql("select mark_dirty(array[%s::bigint], 'order', clock_timestamp())", v.item)

    def ship(self, order: dict, parcel: str, lines: list, tracking: str = None) -> None:
        """A parcel left the building: [(line id, quantity)], in our books as order-state leaves them."""
        self.sql("insert into shipment (shop, order_id, parcel, facility, carrier, tracking_number, shipped_at, applied_at)"
                 " values (%s, %s, %s, %s, 'DHL Express', %s, clock_timestamp(), clock_timestamp()) returning 1",
                 SHOP, order["id"], parcel, FACILITY, tracking)
        for line, quantity in lines:
            self.sql("insert into shipment_line (shop, order_id, parcel, line_id, quantity, applied) "
                     "values (%s, %s, %s, %s, %s, true) returning 1", SHOP, order["id"], parcel, line, quantity)
            row = self.sql("update sales_order_line set shipped = shipped + %s where order_id = %s and line_id = %s "
                           "returning item_id", quantity, order["id"], line)[0]
            self.move(next(v for v in self.variants if v.item == row["item_id"]), -quantity)
        self.sql("select enqueue_outbox('fulfillments', array[%s], 'shipped', clock_timestamp())",
                 f"{SHOP}/{order['id']}")

    def pass_watermark(self) -> None:
        """Everything that Shopify knew until now is ingested."""
        now = self.control.get("health")["now"]
        self.sql("insert into shop_watermark (shop, through_at, consumer_group, topics, partitions, next_offsets) "
                 "values (%s, %s, 'g', '{}', '{}', '{}') on conflict do nothing returning 1", SHOP, now)

    def wait_judged(self) -> None:
        """Every row is open, and shows what our books promise."""
        def judged():
            self.pass_watermark()
            closed = self.sql("""select count(*) as n from book_row where judged and request_key is null and due_at is null
                                    and written between record_level_min and record_level_max
                                    and not exists (select from first_push where state <> 'over')""")
            return closed[0]["n"] == len(self.variants)
        wait_until(judged, 60, "every row read and judged")

    # -- both ends ----------------------------------------------------------------------------------------------

    def book(self, v: Variant) -> dict:
        rows = self.sql("select * from book_row where inventory_item_id = %s", v.inventory)
        return rows[0] if rows else {}

    def shown(self, v: Variant) -> dict:
        """on_hand, available, committed as Shopify has them."""
        level = next(x for x in self.control.get("state")["levels"]
                     if x["sku"] == v.sku and x["location_id"] == self.location)
        return {k: level[k] for k in ("on_hand", "available", "committed")}

    def fulfillments(self, order: dict) -> list:
        return [f for f in self.control.get(f"orders/{order['id']}")["fulfillments"] if f["status"] == "SUCCESS"]

    def order(self, *lines) -> dict:
        """Shoppers buy: (variant, quantity)."""
        return self.control.post("orders", {"lines": [{"sku": v.sku, "quantity": n} for v, n in lines]})

    def sets(self, since: int = 0) -> list:
        """Effects of inventorySetQuantities in the sandbox's history."""
        return [h for h in self.control.history(since) if h["actor"] == "app" and "inventory" in h["act"]]

    def parcel(self, order: dict, parcel: str) -> dict:
        rows = self.sql("select * from parcel_write where order_id = %s and parcel = %s", order["id"], parcel)
        return rows[0] if rows else {}
