# SPDX-License-Identifier: Apache-2.0
"""Shoppers, staff and a warehouse, each a thread with a seed.

Schedules are open-loop: the next act is due at a fixed time, however long the last one took, so that a slow system is
not flattered by being asked less.
"""
import json
import queue
import threading
import time

from confluent_kafka import Consumer

from .feed import QUIET, Feed, utc
from .world import SHOP, World, homes

ATTEMPTS = 3


class Schedule(threading.Thread):
    """Calls act(n) for n = 0, 1, .. at `rate` a second, `count` times; errors stop the day."""

    def __init__(self, name: str, act, count: int, rate: float):
        super().__init__(name=name, daemon=True)
        self.act, self.count, self.rate, self.error = act, count, rate, None

    def run(self):
        began = time.monotonic()
        try:
            for n in range(self.count):
                delay = began + n / self.rate - time.monotonic()
                if delay > 0:
                    time.sleep(delay)
                self.act(n)
        except Exception as e:                       # told to the main thread by finish()
            self.error = e

    def finish(self):
        self.join()
        if self.error:
            raise RuntimeError(f"{self.name}: {self.error}") from self.error


def order(world: World, rng) -> dict:
    chosen = rng.sample(world.sold, rng.choice((1, 1, 2, 3)))
    return {"lines": [{"variant_id": v["variant_id"], "quantity": rng.choice((1, 1, 2))} for v in chosen]}


def shopper(world: World, name: str, placed: list):
    """Orders one to three articles; remembers the order's id."""
    rng = world.random(name)

    def act(_):
        answer = world.control.post("/orders", order(world, rng))
        placed.append(answer["id"])
    return act


def stock_clerk(world: World, feed: Feed, name: str, first: int):
    """Books movements, each on an article of its own, by turns over HTTP and over Kafka."""
    rng = world.random(name)
    where = {v["sku"]: n for n, v in enumerate(world.variants)}

    def act(n):
        sku = world.moved[(first + n) % len(world.moved)]["sku"]
        feed.movement({"source": "erp", "event_id": f"{name}/{n}", "kind": "movement", "item": f"sku:{sku}",
                       "facility": homes(where[sku])[n % 2], "quantity": rng.choice((-2, -1, 1, 2, 5)),
                       "as_of": utc()}, over_http=n % 2 == 0)
    return act


class Warehouse(threading.Thread):
    """Reads fulfillment-requests as a WMS would, and ships what it is told to, one parcel a request.

    Orders it was asked to leave alone (`spared`) stay unshipped: the shop keeps open orders.
    """

    def __init__(self, bootstrap: str, feed: Feed, rate: float, wanted, group: str):
        super().__init__(name="warehouse", daemon=True)
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest",
                                  "enable.auto.commit": False, **QUIET})
        self.feed, self.rate, self.wanted = feed, rate, wanted
        self.todo, self.stopping, self.error = queue.Queue(), threading.Event(), None
        self.seen, self.shipped = set(), 0
        self.shipper = threading.Thread(target=self.guard, args=(self.ship,), name="shipper", daemon=True)

    def run(self):
        self.consumer.subscribe(["fulfillment-requests"])
        self.shipper.start()
        self.guard(self.read)
        self.consumer.close()

    def guard(self, work):
        try:
            work()
        except Exception as e:                       # told to the main thread by finish()
            self.error = e
            self.stopping.set()

    def read(self):
        while not self.stopping.is_set():
            message = self.consumer.poll(0.2)
            if message is None or message.error() or message.value() is None:
                continue
            request = json.loads(message.value())
            key = (request["order_id"], request["request"])
            if request["kind"] != "create" or key in self.seen or not self.wanted(request["order_id"]):
                continue
            self.seen.add(key)
            self.todo.put(request)

    def ship(self):
        due = time.monotonic()
        while not self.stopping.is_set():
            try:
                request = self.todo.get(timeout=0.2)
            except queue.Empty:
                continue
            due = max(due + 1 / self.rate, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))
            self.feed.parcel(self.parcel(request), over_http=self.shipped % 2 == 0)
            self.shipped += 1

    def parcel(self, request: dict) -> dict:
        label = f"{request['order_id']}-{request['request']}"
        return {"source": "wms", "event_id": label, "shop": SHOP, "order_id": request["order_id"],
                "facility": request["facility"], "shipped_at": utc(), "carrier": "DHL Express",
                "tracking_number": f"JD{label}", "tracking_url": f"https://track.example/{label}",
                "lines": [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in request["lines"]]}

    def finish(self):
        self.stopping.set()
        self.join()
        self.shipper.join()
        if self.error:
            raise RuntimeError(f"warehouse: {self.error}") from self.error


def staff(world: World, orders: list, count: int) -> dict:
    """Cancels some of the orders nobody ships, and takes a unit out of others."""
    rng = world.random("staff")
    chosen = rng.sample(orders, 2 * count)
    done = {"cancelled": 0, "edited": 0}
    for order_id in chosen[:count]:
        world.control.post(f"/orders/{order_id}/cancel", {"reason": "CUSTOMER", "restock": True})
        done["cancelled"] += 1
    for order_id in chosen[count:]:
        state = world.control.get(f"/orders/{order_id}")
        line = state["lines"][0]
        world.control.post(f"/orders/{order_id}/edit", {
            "set": [{"line_id": line["id"], "quantity": line["quantity"] - 1, "restock": True}]})
        done["edited"] += 1
    return done
