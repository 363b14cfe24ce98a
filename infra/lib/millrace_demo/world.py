# SPDX-License-Identifier: Apache-2.0
"""What exists before the day begins: a shop with a catalogue, ten buildings, opening counts."""
import json
import random
import urllib.error
import urllib.request
from dataclasses import dataclass, field

SHOP = "acme"
FACILITIES = [("WH1", "Warehouse North"), ("WH2", "Warehouse South")] + [
    (f"S{n:02d}", f"Store {n}") for n in range(1, 9)]
OPENING_SOURCE = "erp"
# not what the sandbox seeds, so that every row must be written
OPENING_UNITS = (60, 45)

# Shopify's own limits by plan: points of the bucket, points restored a second
PLANS = {"standard": (2000, 100), "advanced": (4000, 200), "plus": (20000, 1000)}


class Control:
    """The sandbox's control API: JSON in, JSON out, an error with its text otherwise."""

    def __init__(self, port: int):
        self.base = f"http://127.0.0.1:{port}/control"

    def get(self, path: str):
        with urllib.request.urlopen(self.base + path, timeout=60) as answer:
            return json.loads(answer.read())

    def post(self, path: str, body: dict):
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as e:
            raise RuntimeError(f"the sandbox refused {path}: {e.read().decode()}") from None

    def history(self, since: int = 0) -> list:
        with urllib.request.urlopen(f"{self.base}/history?since={since}", timeout=120) as answer:
            return [json.loads(line) for line in answer.read().splitlines() if line]


@dataclass
class World:
    """The shop as the demo made it. Items for sale and items for stock movements are kept apart, so that an effect
    in the ledger has one cause and its latency can be told."""

    control: Control
    location_id: int
    variants: list                     # {"variant_id", "inventory_item_id", "sku", "product_id"}
    seed: int
    sold: list = field(default_factory=list)
    moved: list = field(default_factory=list)

    def __post_init__(self):
        third = len(self.variants) // 3
        self.moved, self.sold = self.variants[:third], self.variants[third:]

    def random(self, name: str) -> random.Random:
        return random.Random(f"{self.seed}/{name}")


def settings(location_id: int) -> list:
    """What a person would put into settings.json: the buildings, the location, what feeds it."""
    facilities = [{"kind": "facility", "id": key, "value": {
        "name": name, "priority": 10 + n, "authority": "external", "safety_stock": 0, "ships": True}}
        for n, (key, name) in enumerate(FACILITIES)]
    place = f"{SHOP}/{location_id}"
    return facilities + [
        {"kind": "location", "id": place, "value": {"shop": SHOP, "location_id": location_id, "name": "Online"}},
        {"kind": "channel", "id": place, "value": {
            "shop": SHOP, "location_id": location_id, "mode": "aggregate", "threshold": 0,
            "facilities": [key for key, _ in FACILITIES]}},
    ]


def homes(number: int) -> list:
    """The two buildings that hold an item, by its place in the catalogue."""
    return [FACILITIES[number % len(FACILITIES)][0], FACILITIES[(number + 3) % len(FACILITIES)][0]]


def opening_counts(world: World, as_of: str) -> list:
    return [{"source": OPENING_SOURCE, "event_id": f"open/{v['sku']}/{facility}", "kind": "count",
             "item": f"sku:{v['sku']}", "facility": facility, "quantity": units, "as_of": as_of}
            for number, v in enumerate(world.variants) for facility, units in zip(homes(number), OPENING_UNITS)]
