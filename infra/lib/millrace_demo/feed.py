# SPDX-License-Identifier: Apache-2.0
"""Stock movements and parcels on their way in: over HTTP like an ERP, over Kafka like a WMS.

Everything that was accepted is remembered with the moment of acceptance: the 202 of the gateway, or the broker's
acknowledgement. That is what the oracle folds, and where the latency of a hop begins.
"""
import http.client
import json
import threading
import time
from dataclasses import dataclass

from confluent_kafka import Producer

# the clients of the demo do not comment the broker's end on our terminal
QUIET = {"log_level": 0}
BATCH = 500
RETRY_S = 0.05
GIVE_UP_S = 60


@dataclass
class Accepted:
    record: dict
    at: float          # Unix time


class Feed:
    """Thread-safe. A refusal by the network is tried again with the same event ids: each counts once."""

    def __init__(self, ingest_port: int, bootstrap: str, prefix: str = ""):
        self.ingest_port, self.prefix = ingest_port, prefix
        self.producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 2,
                                  "partitioner": "murmur2_random", **QUIET})
        self.local = threading.local()
        self.lock = threading.Lock()
        self.on_the_wire = 0       # requests to the gateway that are not answered yet
        self.inventory, self.shipments = [], []

    # ---- over HTTP

    def post(self, path: str, records: list) -> None:
        body = json.dumps({"records": records})
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            try:
                status, answer = self.request(path, body)
                if status == 202:
                    break
                if status < 500 and status != 429:
                    raise RuntimeError(f"{path} answered {status}: {answer[:500]}")
            except (OSError, http.client.HTTPException):
                self.local.connection = None
            if time.monotonic() > deadline:
                raise RuntimeError(f"{path} did not accept for {GIVE_UP_S} s")
            time.sleep(RETRY_S)
        if json.loads(answer).get("errors"):
            raise RuntimeError(f"{path} refused rows: {answer[:500]}")
        self.remember(path, records, time.time())

    def request(self, path: str, body: str):
        with self.lock:
            self.on_the_wire += 1
        try:
            return self.exchange(path, body)
        finally:
            with self.lock:
                self.on_the_wire -= 1

    def exchange(self, path: str, body: str):
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.ingest_port, timeout=10)
            self.local.connection = connection
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    # ---- over Kafka

    def produce(self, topic: str, key: str, record: dict) -> None:
        done = []
        deadline = time.monotonic() + GIVE_UP_S
        while not done:
            self.producer.produce(self.prefix + topic, canonical(record), key, headers=envelope(topic, key, record),
                                  on_delivery=lambda error, _: done.append(error))
            while not done and time.monotonic() < deadline:
                self.producer.poll(0.05)
            if not done:
                raise RuntimeError(f"Kafka did not acknowledge a record of {topic} for {GIVE_UP_S} s")
            if done[0] is not None:
                done.clear()
        self.remember(topic, [record], time.time())

    def remember(self, where: str, records: list, at: float) -> None:
        target = self.shipments if "shipments" in where else self.inventory
        with self.lock:
            target.extend(Accepted(record, at) for record in records)

    # ---- what callers say

    def movement(self, record: dict, over_http: bool) -> None:
        if over_http:
            self.post("/v1/inventory", [record])
        else:
            self.produce("inventory", record["item"], {"reason": None, **record})

    def parcel(self, record: dict, over_http: bool) -> None:
        if over_http:
            self.post("/v1/shipments", [record])
        else:
            self.produce("shipments", f"{record['shop']}/{record['order_id']}", record)

    def counts(self, records: list) -> None:
        for start in range(0, len(records), BATCH):
            self.post("/v1/inventory", records[start:start + BATCH])


def canonical(record: dict) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


def envelope(topic: str, key: str, record: dict) -> list:
    types = {"inventory": "millrace.inventory.v1", "shipments": "millrace.shipment.v1"}
    stamp = record.get("as_of") or record["shipped_at"]
    return [("ce_specversion", b"1.0"), ("ce_id", f"{topic}/{key}@{record['source']}/{record['event_id']}".encode()),
            ("ce_type", types[topic].encode()), ("ce_source", record["source"].encode()),
            ("ce_time", stamp.encode()), ("content-type", b"application/json")]


def utc(at: float = None) -> str:
    at = time.time() if at is None else at
    micros = round(at * 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(micros // 1_000_000)) + f".{micros % 1_000_000:06d}Z"
