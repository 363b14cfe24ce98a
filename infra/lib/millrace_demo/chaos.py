# SPDX-License-Identifier: Apache-2.0
"""Kills the services by a seed, each at least once, at least half of them while their input is not empty.

What a service still has to do is asked from outside: records behind in Kafka, rows waiting in Postgres, requests on
the wire. The supervisor brings back what was killed; the oracle says whether anybody noticed.
"""
import os
import random
import signal
import threading
import time
from collections import Counter

import psycopg
from confluent_kafka import Consumer, TopicPartition

from millrace_stack.parts import SERVICES

from .feed import QUIET

WAIT_FOR_INPUT_S = 3.0
LOOK_S = 0.005
AT_WORK = 0.85              # share of kills that wait for input; some of these wait in vain

# service → topics it consumes into Postgres; what remains is end offset less the group's row
CONSUMES = {
    "order-state": ("orders", "order-updates", "fulfillment-orders", "returns", "shipments"),
    "product-state": ("products",),
    "inventory-state": ("inventory", "settings"),
    "shopify-writer": ("atp", "fulfillments"),
}
# publishers keep their place in Kafka itself
LISTENS = ("product-publisher", "order-publisher", "order-update-publisher")
WAITING = {
    "order-router": "select exists (select from route_queue where due_at <= now())",
    "outbound-producer": "select exists (select from dirty_item) or exists (select from outbox where version > "
                         "published_version) or exists (select from atp where version > published_version)",
    "shopify-writer": "select exists (select from stock_request where answered_at is null) or exists (select from "
                      "parcel_write where state in ('wanted', 'intent'))",
}


class Backlog:
    """Whether a service's input is not empty at this moment."""

    def __init__(self, bootstrap: str, database: str, control, feed):
        self.control, self.feed = control, feed
        self.db = psycopg.connect(database, autocommit=True)
        self.kafka = Consumer({"bootstrap.servers": bootstrap, "group.id": "demo-backlog", **QUIET})
        self.listeners = {name: Consumer({"bootstrap.servers": bootstrap, "group.id": name, **QUIET})
                          for name in LISTENS}

    def waits(self, service: str) -> bool:
        if service in WAITING and self.db.execute(WAITING[service]).fetchone()[0]:
            return True
        if service in CONSUMES:
            return any(self.behind(service, topic) for topic in CONSUMES[service])
        if service in LISTENS:
            return self.unheard(self.listeners[service])
        if service == "webhook-gateway":
            counts = self.control.get("/webhooks?status=pending")["counts"]
            return counts["pending"] + counts["retrying"] > 0
        return service == "ingest-gateway" and self.feed.on_the_wire > 0

    def behind(self, group: str, topic: str) -> bool:
        rows = self.db.execute("select partition, next_offset from consumer_offset where consumer_group = %s and "
                               "topic = %s", (group, topic)).fetchall()
        return any(self.kafka.get_watermark_offsets(TopicPartition(topic, p), timeout=1)[1] > at for p, at in rows)

    def unheard(self, listener: Consumer) -> bool:
        topic = "shopify-webhooks"
        partitions = self.kafka.list_topics(topic, timeout=2).topics[topic].partitions
        committed = listener.committed([TopicPartition(topic, p) for p in partitions], timeout=2)
        return any(self.kafka.get_watermark_offsets(TopicPartition(topic, c.partition), timeout=1)[1] > max(0, c.offset)
                   for c in committed)

    def close(self) -> None:
        self.db.close()
        for consumer in (self.kafka, *self.listeners.values()):
            consumer.close()


class Chaos(threading.Thread):
    """`kills` kills spread over `seconds`; pid_of(service) gives the living process or None."""

    def __init__(self, pid_of, backlog: Backlog, kills: int, seconds: float, seed: int):
        super().__init__(name="chaos", daemon=True)
        self.pid_of, self.backlog, self.kills, self.seconds = pid_of, backlog, kills, seconds
        self.random = random.Random(f"{seed}/chaos")
        self.done, self.with_input, self.error = Counter(), 0, None

    def run(self):
        try:
            self.play()
        except Exception as e:                       # told to the main thread by finish()
            self.error = e

    def play(self):
        began = time.monotonic()
        for n, (service, busy) in enumerate(self.plan()):
            time.sleep(max(0.0, began + n * self.seconds / self.kills - time.monotonic()))
            waiting = self.await_input(service) if busy else self.backlog.waits(service)
            pid = self.await_pid(service)
            os.kill(pid, signal.SIGKILL)
            self.done[service] += 1
            self.with_input += waiting

    def plan(self) -> list:
        """Every service once, then by chance; most of them when their input is not empty, the others as it comes."""
        chosen = list(SERVICES) + self.random.choices(SERVICES, k=max(0, self.kills - len(SERVICES)))
        self.random.shuffle(chosen)
        return [(service, self.random.random() < AT_WORK) for service in chosen]

    def await_input(self, service: str) -> bool:
        deadline = time.monotonic() + WAIT_FOR_INPUT_S
        while time.monotonic() < deadline:
            if self.backlog.waits(service):
                return True
            time.sleep(LOOK_S)
        return False

    def await_pid(self, service: str) -> int:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            pid = self.pid_of(service)
            if pid:
                return pid
            time.sleep(0.02)
        raise RuntimeError(f"{service} did not come back within 10 s after a kill")

    def proves_too_little(self) -> bool:
        return self.with_input * 2 < sum(self.done.values())

    def finish(self):
        self.join()
        if self.error:
            raise RuntimeError(f"chaos: {self.error}") from self.error
