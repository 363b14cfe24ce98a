# SPDX-License-Identifier: Apache-2.0
"""A shop's side of the database for tests of orders: set it up, send it batches, look at everything, add it up."""
import datetime
import random

from order_history import LOCATION, START, canonical, digest, variant_of

SKUS = ("A", "B", "C", "D", "E")
APPLY = """select * from apply_order_records(%s::text[], %s::text[], %s::bigint[], %s::timestamptz[],
           %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s)"""


class World:
    """One shop with facilities, a channel and known products; a later shop of the same test sees nothing of it."""

    def __init__(self, db, name: str):
        self.db, self.shop, self.now = db, name, START + datetime.timedelta(days=1)
        self.facilities = [f"{name}-W", f"{name}-S"]
        self._set_up()

    @classmethod
    def at(cls, db, name: str, now) -> "World":
        """The same shop through another connection."""
        world = cls.__new__(cls)
        world.db, world.shop, world.now, world.facilities = db, name, now, [f"{name}-W", f"{name}-S"]
        return world

    def _set_up(self) -> None:
        db, name = self.db, self.shop
        for priority, facility in enumerate(self.facilities):
            db.execute("insert into facility (facility, name, priority, updated_at) values (%s, %s, %s, %s)",
                       (facility, facility, priority, self.now))
        db.execute("insert into channel (shop, location_id, updated_at) values (%s, %s, %s)",
                   (name, LOCATION, self.now))
        db.execute("insert into channel_facility select %s, %s, unnest(%s::text[])",
                   (name, LOCATION, self.facilities))
        db.execute("""insert into product (shop, product_id, updated_at, observed_at, title, handle, status, body,
                      applied_at) values (%s, 1, %s, %s, 't', 't', 'active', '{}', %s)""", (name, *[self.now] * 3))
        for sku in SKUS[:4]:          # E stays unknown
            self.know(sku)

    def know(self, sku: str) -> None:
        text = f"{self.shop}-{sku}"
        (row,) = self.db.execute("select * from ensure_items(array['sku:' || %s], %s)", (text, self.now)).fetchall()
        self.db.execute("""insert into variant (shop, variant_id, product_id, inventory_item_id, item_id, sku, title,
                           price, position, tracked, requires_shipping, inventory_policy)
                           values (%s, %s, 1, %s, %s, %s, 't', 1, 1, true, true, 'deny')""",
                        (self.shop, variant_of(text), variant_of(text) + 1, row["item_id"], text))

    def skus(self, rng: random.Random) -> list:
        skus = [f"{self.shop}-{sku}" for sku in SKUS]
        rng.shuffle(skus)
        return skus

    def apply(self, records: list) -> list:
        """One batch, as order-state sends it."""
        self.now += datetime.timedelta(seconds=1)
        cut = [(kind, body["shop"], body["order_id"], body.get("updated_at"), body.get("observed_at"),
                digest(body) if kind != "shipment" else None, source, canonical(body))
               for kind, source, body in records]
        with self.db.transaction():
            return self.db.execute(APPLY, (*[list(column) for column in zip(*cut)], self.now)).fetchall()

    def apply_all(self, records: list, rng: random.Random, most: int, check=None) -> None:
        rest = list(records)
        while rest:
            size = rng.randint(1, most)
            self.apply(rest[:size])
            rest = rest[size:]
            if check:
                check()

    def sweep(self) -> int:
        self.now += datetime.timedelta(seconds=1)
        return self.db.execute("select sweep_orders(1000, %s) n", (self.now,)).fetchone()["n"]



STATE = {
    "orders": """select order_id, updated_at, observed_at, body_hash, name, cancelled_at, state, total, fo_observed_at,
                 blocked_reason from sales_order where shop = %(shop)s order by 1""",
    "lines": """select order_id, line_id, i.item, variant_id, sku, quantity, current_quantity, stocked, location_id,
                fulfilled, cancelled, shipped, issued, allocated, open, remaining, unallocated
                from sales_order_line l left join item i using (item_id) where shop = %(shop)s order by 1, 2""",
    "versions": """select order_id, updated_at, observed_at, body_hash, source, body from order_version
                   where shop = %(shop)s order by 1, 2, 3""",
    "facts": """select order_id, line_id, kind, case when on_hand_effect <> 0 then location_id end as location_id,
                sum(units) units, sum(on_hand_effect) effect, sum(issued) issued, bool_and(attributed) attributed from stock_fact where shop = %(shop)s
                group by 1, 2, 3, 4 having sum(units) <> 0 order by 1, 2, 3, 4""",
    "fulfilment orders": """select o.*, array_agg(l order by l) from fulfillment_order o left join
                fulfillment_order_line l using (shop, fulfillment_order_id) where o.shop = %(shop)s
                group by o.shop, o.fulfillment_order_id order by 2""",
    "parcels": """select s.order_id, parcel, facility, tracking_number, shipped_at, line_id, quantity, applied
                  from shipment s join shipment_line l using (shop, order_id, parcel) where shop = %(shop)s
                  order by 1, 2, line_id""",
    "allocations": """select order_id, line_id, facility, state, quantity from allocation where shop = %(shop)s
                      order by 1, 2, 3, 4""",
    "stock": """select i.item, facility, on_hand, reserved from stock join item i using (item_id)
                where facility like %(shop)s || '-%%' and (on_hand, reserved) <> (0, 0) order by 1, 2""",
    "ledger": """select i.item, facility, source, reference, sum(quantity) from stock_entry join item i using (item_id)
                 where facility like %(shop)s || '-%%' group by 1, 2, 3, 4 having sum(quantity) <> 0
                 order by 1, 2, 3, 4""",
    "refunds": """select * from order_refund r left join order_refund_line l
                  using (shop, order_id, refund_id) left join order_refund_payment p using (shop, order_id, refund_id)
                  where shop = %(shop)s order by order_id, refund_id, refund_line_id, transaction_id""",
    "returns": """select * from order_return r left join order_return_line l using (shop, order_id, return_id)
                  where shop = %(shop)s order by order_id, return_id, return_line_id""",
    "exchanges": "select * from order_exchange_line where shop = %(shop)s order by order_id, exchange_line_id",
    "came back": """select * from order_reverse_line l left join order_disposition d
                    using (shop, order_id, reverse_line_id) where shop = %(shop)s
                    order by order_id, reverse_line_id, disposition_id""",
    "kinds": """select order_id, kind, delivery, return_status, risk_recommendation, ret_updated_at, ret_observed_at,
                historical from sales_order where shop = %(shop)s order by 1""",
    "book": """select inventory_item_id, location_id, known, residual from book_row where shop = %(shop)s
               and known <> 0 order by 1, 2""",
    "queue": "select order_id from route_queue where shop = %(shop)s order by 1",
    "outbox": "select topic, key from outbox where key like %(shop)s || '/%%' order by 1, 2",
    "exceptions": """select kind, subject from exception_case where closed_at is null and subject ~ %(shop)s
                     and kind <> 'unknown_order' order by 1, 2""",
}


def final_state(world: World) -> dict:
    """Everything that must not depend on how the facts came; the shop's own name is taken out."""
    state = {}
    for name, sql in STATE.items():
        rows = world.db.execute(sql, {"shop": world.shop}).fetchall()
        state[name] = [str(tuple(row.values())).replace(world.shop, "SHOP") for row in rows]
    return state


def check_sums(world: World) -> None:
    """The sums that promise and router rest on."""
    broken = world.db.execute("""
        select 'line.allocated' what, order_id::text of, l.allocated::text is, coalesce(a.units, 0)::text should
          from sales_order_line l left join lateral (
               select sum(quantity) units from allocation a where a.shop = l.shop and a.order_id = l.order_id
                  and a.line_id = l.line_id and a.state not in ('shipped', 'rejected')) a on true
         where l.shop = %(shop)s and l.allocated <> coalesce(a.units, 0)
        union all
        select 'allocated beyond demand', order_id::text, allocated::text, remaining::text from sales_order_line
         where shop = %(shop)s and allocated > remaining
        union all
        select 'stock.reserved', s.item_id || ' ' || facility, s.reserved::text, coalesce(a.units, 0)::text
          from stock s left join lateral (
               select sum(quantity) units from allocation a where a.item_id = s.item_id and a.facility = s.facility
                  and a.state not in ('shipped', 'rejected')) a on true
         where facility like %(shop)s || '-%%' and s.reserved <> coalesce(a.units, 0)
        union all
        select 'on hand is the ledger', s.item_id || ' ' || facility, s.on_hand::text, e.units::text
          from stock s cross join lateral (
               select coalesce(sum(quantity), 0) units from stock_entry e
                where e.item_id = s.item_id and e.facility = s.facility) e
         where facility like %(shop)s || '-%%' and s.on_hand <> e.units
        union all
        select 'what left is in the ledger', order_id::text, l.units::text, (-e.units)::text
          from (select shop, order_id, item_id, sum(shipped + issued) units from sales_order_line
                 where stocked group by 1, 2, 3) l cross join lateral (
               select coalesce(sum(quantity), 0) units from stock_entry e
                where e.item_id = l.item_id and e.reference = l.shop || '/' || l.order_id) e
         where l.shop = %(shop)s and l.units <> -e.units
        union all
        select 'line.fulfilled', l.order_id::text, l.fulfilled::text, f.units::text
          from sales_order_line l cross join lateral (
               select coalesce(sum(case kind when 'fulfil' then units when 'unfulfil' then -units end), 0) units
                 from stock_fact f where f.shop = l.shop and f.order_id = l.order_id and f.line_id = l.line_id) f
         where l.shop = %(shop)s and l.fulfilled <> f.units
        union all
        select 'known', b.inventory_item_id::text, b.known::text, f.units::text
          from book_row b cross join lateral (
               select coalesce(sum(on_hand_effect), 0) units from stock_fact f where f.shop = b.shop
                  and f.inventory_item_id = b.inventory_item_id and f.location_id = b.location_id) f
         where b.shop = %(shop)s and b.known <> f.units""", {"shop": world.shop}).fetchall()
    assert not broken, broken


def check_against(world: World, histories: list) -> None:
    """What is open and cancelled is what the newest snapshot says, worked out here from the twin's own body."""
    for history in histories:
        for line in history.lines:
            row = world.db.execute("""select open, fulfilled, cancelled, shipped from sales_order_line
                                       where shop = %s and line_id = %s""",
                                   (world.shop, line["line_id"])).fetchone()
            assert row["open"] == line["unfulfilled_quantity"]
            assert row["fulfilled"] == history.fulfilled(line)
            assert row["cancelled"] == line["quantity"] - line["unfulfilled_quantity"] - history.fulfilled(line)
            assert row["shipped"] == history.left.get(line["line_id"], 0)


class Router:
    """Decides by the simplest rule there is; what it writes is what order-router writes."""

    def __init__(self, world: World):
        self.world, self.db = world, world.db

    def deliver(self, units: int) -> None:
        """Every facility receives some of everything."""
        self.world.now += datetime.timedelta(seconds=1)
        for facility in self.world.facilities:
            for sku in SKUS[:4]:
                self.db.execute("""
                    select record_stock(array[i.item_id], array[%s], array['wms'], array[%s], array['movement'],
                                        array[%s]::bigint[], array[%s], array[null]::text[], %s)
                      from item i where i.item = %s""",
                                (facility, str(self.world.now), units, START, self.world.now,
                                 f"sku:{self.world.shop}-{sku}"))

    def turn(self) -> None:
        with self.db.transaction():
            orders = self.db.execute("select * from take_routes(100000, %s) where shop = %s",
                                     (self.world.now, self.world.shop)).fetchall()
            shops, ids = [o["shop"] for o in orders], [o["order_id"] for o in orders]
            demand = self.db.execute("select * from route_demand(%s::text[], %s)", (shops, ids)).fetchall()
            supply = self.db.execute("select * from route_supply(%s::bigint[], %s::text[])",
                                     ([d["item_id"] for d in demand], self.world.facilities)).fetchall()
            usable = {(s["item_id"], s["facility"]): s["usable"] for s in supply}
            placed, short = [], {}
            for d in demand:
                for facility in self.world.facilities:
                    units = min(d["units"], usable.get((d["item_id"], facility), 0))
                    if units:
                        placed.append((d["shop"], d["order_id"], d["line_id"], facility, units))
                        usable[d["item_id"], facility] -= units
                        d["units"] -= units
                if d["units"]:
                    short[d["order_id"]] = "short"
            due = [self.world.now + datetime.timedelta(minutes=1) if i in short else None for i in ids]
            columns = [list(c) for c in zip(*placed)] or [[]] * 5
            self.db.execute("""select record_routes(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[],
                               %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[], %s)""",
                            (*columns, shops, ids, [o["gen"] for o in orders], due, [short.get(i) for i in ids],
                             self.world.now))


def topic_record(kind: str, source: str, body: dict) -> tuple:
    """(topic, key, value) of a record as the publishers and warehouses write it."""
    key = f"{body['shop']}/{body['order_id']}"
    if kind == "shipment":
        return "shipments", key, body
    if kind in ("fulfillment-orders", "returns"):
        return kind, key, body
    topic, _, reason = source.partition(" ")
    return topic, key, {**body, "reason": reason} if topic == "order-updates" else body
