# SPDX-License-Identifier: Apache-2.0
"""What must be true, told by somebody who shares no code with the services.

Input: the sandbox's own history (`GET /control/history`, append-only) and what was fed and accepted. From these it
folds the expected orders, the expected stock of every building, the promise that Shopify should show and the
fulfilments that should exist; then it reads what does exist, with SQL of its own, and lists the differences.
"""
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import psycopg

from .world import SHOP

SHOWN = 5


@dataclass
class Differences:
    found: dict = field(default_factory=lambda: {"orders": [], "stock": [], "fulfillments": [], "doubled": []})
    compared: dict = field(default_factory=dict)

    def add(self, kind: str, text: str) -> None:
        self.found[kind].append(text)

    def counts(self) -> dict:
        return {kind: len(texts) for kind, texts in self.found.items()}

    def none(self) -> bool:
        return not any(self.found.values())

    def lines(self) -> list:
        return [f"{kind}: {text}" for kind, texts in self.found.items() for text in texts[:SHOWN]]


class Truth:
    """The history, folded: the newest state of every order, the last level of every row.

    An order that was deleted has nothing left to ship. What we keep of it is an archive and is not compared; what its
    parcels carried away is gone from the shelves all the same.
    """

    def __init__(self, history: list):
        self.orders, self.gone, self.levels, self.effects = {}, {}, {}, []
        for entry in history:
            effect = entry.get("effect") or {}
            if entry["act"] == "order_deleted":
                self.gone[entry["object"]["id"]] = self.orders.pop(entry["object"]["id"])
            elif "order" in effect:
                self.orders[effect["order"]["id"]] = effect["order"]
            for level in effect.get("levels", ()):
                self.levels[(level["inventory_item_id"], level["location_id"])] = level
            if entry["actor"] == "app":
                self.effects.append(entry)


class Fed:
    """What was accepted from outside, each event once by its key."""

    def __init__(self, feed):
        self.entries = {(a.record["item"], a.record["source"], a.record["event_id"]): a.record for a in feed.inventory}
        self.parcels = {(a.record["source"], a.record["event_id"]): a.record for a in feed.shipments}

    def on_hand(self, sku_of_line: dict) -> dict:
        """(sku, facility) → units: the opening count, movements after it, less what parcels carried away."""
        stock = Counter()
        opened = {}
        for record in self.entries.values():
            if record["kind"] == "count":
                opened[(record["item"][4:], record["facility"])] = record
        for place, record in opened.items():
            stock[place] = record["quantity"]
        for record in self.entries.values():
            place = (record["item"][4:], record["facility"])
            if record["kind"] == "movement" and (place not in opened or record["as_of"] > opened[place]["as_of"]):
                stock[place] += record["quantity"]
        for parcel in self.parcels.values():
            for line in parcel["lines"]:
                stock[(sku_of_line[line["line_id"]], parcel["facility"])] -= line["quantity"]
        return stock

    def shipped(self) -> Counter:
        """line id → units that left a building."""
        units = Counter()
        for parcel in self.parcels.values():
            for line in parcel["lines"]:
                units[line["line_id"]] += line["quantity"]
        return units


def compare(history: list, feed, database: str) -> Differences:
    truth, fed, diff = Truth(history), Fed(feed), Differences()
    with psycopg.connect(database) as db:
        compare_orders(truth, db, diff)
        compare_stock(truth, fed, db, diff)
        compare_ledger(fed, db, diff)
    compare_shopify_stock(truth, fed, diff)
    compare_fulfillments(truth, fed, diff)
    return diff


def compare_orders(truth: Truth, db, diff: Differences) -> None:
    heads = {row[0]: row[1:] for row in db.execute(
        "select order_id, name, cancelled_at is not null, (total * 100)::bigint from sales_order where shop = %s",
        (SHOP,))}
    lines = defaultdict(dict)
    for order_id, line_id, *numbers in db.execute(
            "select order_id, line_id, quantity, current_quantity, fulfilled from sales_order_line where shop = %s",
            (SHOP,)):
        lines[order_id][line_id] = tuple(numbers)
    for order_id, order in truth.orders.items():
        want = (order["name"], order["cancelled_at"] is not None, order["current_total_cents"])
        want_lines = {li["id"]: (li["quantity"], li["current_quantity"], li["fulfilled_quantity"])
                      for li in order["lines"]}
        if heads.get(order_id) != want:
            diff.add("orders", f"{order['name']}: Shopify has {want}, Postgres {heads.get(order_id)}")
        elif lines[order_id] != want_lines:
            diff.add("orders", f"{order['name']}: lines in Shopify {want_lines}, in Postgres {lines[order_id]}")
    for order_id in heads.keys() - truth.orders.keys() - truth.gone.keys():
        diff.add("orders", f"{order_id}: in Postgres only")
    diff.compared["orders"] = len(truth.orders)


def compare_stock(truth: Truth, fed: Fed, db, diff: Differences) -> None:
    want = fed.on_hand(skus(truth))
    have = {(item.removeprefix("sku:"), facility): on_hand for item, facility, on_hand in db.execute(
        "select i.item, s.facility, s.on_hand from stock s join item i using (item_id)")}
    for place in want.keys() | have.keys():
        if want.get(place, 0) != have.get(place, 0):
            diff.add("stock", f"{place[0]} at {place[1]}: fed {want.get(place, 0)}, Postgres {have.get(place)}")
    diff.compared["stock places"] = len(want)


def compare_ledger(fed: Fed, db, diff: Differences) -> None:
    """The ledger holds each fed event once, and one entry for each line of each parcel."""
    parcels = sum(len(p["lines"]) for p in fed.parcels.values())
    counts = dict(db.execute("select source = 'shipment', count(*) from stock_entry group by 1").fetchall())
    for name, want, have in (("shipment lines", parcels, counts.get(True, 0)),
                             ("movements and counts", len(fed.entries), counts.get(False, 0))):
        if have > want:
            diff.add("doubled", f"the ledger has {have} entries for {want} {name}")
        elif have < want:
            diff.add("stock", f"the ledger has {have} entries for {want} {name}")
    diff.compared["ledger entries"] = parcels + len(fed.entries)


def compare_shopify_stock(truth: Truth, fed: Fed, diff: Differences) -> None:
    """When all is quiet, `available` is the stock of all buildings less the demand that has not left them."""
    supply, demand, shipped = Counter(), Counter(), fed.shipped()
    for (sku, _), units in fed.on_hand(skus(truth)).items():
        supply[sku] += units
    for order in truth.orders.values():
        for line in order["lines"]:
            left = line["quantity"] - line["removed_quantity"] - shipped[line["id"]]
            demand[line["sku"]] += max(0, left)
    rows = 0
    for level in truth.levels.values():
        sku, rows = level["sku"], rows + 1
        want = supply[sku] - demand[sku]
        if level["after"]["available"] != want:
            diff.add("stock", f"{sku}: Shopify shows {level['after']['available']}, right is {want} "
                              f"(supply {supply[sku]}, demand {demand[sku]})")
    for sku in supply.keys() - {level["sku"] for level in truth.levels.values()}:
        if supply[sku]:
            diff.add("stock", f"{sku}: Shopify shows nothing, right is {supply[sku] - demand[sku]}")
    diff.compared["rows in Shopify"] = rows


def compare_fulfillments(truth: Truth, fed: Fed, diff: Differences) -> None:
    """Each parcel of a living order is one fulfilment with its tracking number and lines; nothing else was fulfilled."""
    made = defaultdict(list)
    for order in truth.orders.values():
        for fulfillment in order["fulfillments"]:
            if fulfillment["status"] != "SUCCESS":
                continue
            number = next(iter(fulfillment["tracking"]["numbers"]), None)
            made[number].append((order["id"], lines_of(fulfillment["lines"])))
    parcels = [parcel for parcel in fed.parcels.values() if parcel["order_id"] not in truth.gone]
    for parcel in parcels:
        want, have = (parcel["order_id"], lines_of(parcel["lines"])), made.pop(parcel["tracking_number"], [])
        if len(have) > 1:
            diff.add("doubled", f"parcel {parcel['tracking_number']} has {len(have)} fulfilments")
        elif have != [want]:
            diff.add("fulfillments", f"parcel {parcel['tracking_number']}: shipped {want}, Shopify has {have or None}")
    for number, have in made.items():
        diff.add("fulfillments", f"tracking {number}: fulfilled {len(have)} times, but never shipped")
    diff.compared["fulfilments"] = len(parcels)


def lines_of(lines: list) -> tuple:
    units = Counter()
    for line in lines:
        units[line["line_id"]] += line["quantity"]
    return tuple(sorted(units.items()))


def skus(truth: Truth) -> dict:
    orders = [*truth.orders.values(), *truth.gone.values()]
    return {line["id"]: line["sku"] for order in orders for line in order["lines"]}
