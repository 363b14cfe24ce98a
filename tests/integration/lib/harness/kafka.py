# SPDX-License-Identifier: Apache-2.0
"""Writing and reading topics the way a stranger to our code would: with the client library of Python."""
import json
import time
from dataclasses import dataclass
from typing import Any, Optional

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

DELIVERY_S = 30.0
READ_S = 30.0


@dataclass(frozen=True)
class Record:
    """One record as it lies in the log."""

    topic: str                # without the file's prefix
    partition: int
    offset: int
    key: Optional[str]
    value: Optional[bytes]    # None: a tombstone
    headers: dict             # name → text

    @property
    def json(self) -> Any:
        return json.loads(self.value)


class KafkaClient:
    """Produces and consumes with a prefix that its callers need not know."""

    def __init__(self, bootstrap: str, prefix: str):
        self.bootstrap = bootstrap
        self.prefix = prefix
        # as Java clients and our services place keys
        self._producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True,
                                   "partitioner": "murmur2_random", "linger.ms": 0,
                                   # an undeclared topic is an error soon, not after half a minute
                                   "topic.metadata.propagation.max.ms": 1000})
        self._admin = AdminClient({"bootstrap.servers": bootstrap})

    def produce(self, topic: str, key: Optional[str], value, headers: Optional[dict] = None,
                partition: Optional[int] = None) -> tuple:
        """Writes one record (a dict becomes JSON) and returns (partition, offset) once it is durable."""
        if value is not None and not isinstance(value, bytes):
            value = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        outcome: list = []
        where = {} if partition is None else {"partition": partition}
        self._producer.produce(self.prefix + topic, value=value, key=key, headers=list((headers or {}).items()),
                               on_delivery=lambda error, message: outcome.append((error, message)), **where)
        if self._producer.flush(DELIVERY_S) or not outcome:
            raise AssertionError(f"no acknowledgement from {topic} within {DELIVERY_S:g} s")
        error, message = outcome[0]
        if error:
            raise KafkaException(error)
        return message.partition(), message.offset()

    def consume(self, topic: str) -> list:
        """Every record the topic holds at this moment, by partition and offset."""
        records: list = []
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "unused", "enable.auto.commit": False,
                             "fetch.wait.max.ms": 20, "enable.partition.eof": False})
        try:
            ends = self._ends(consumer, topic)
            consumer.assign([TopicPartition(self.prefix + topic, p, OFFSET_BEGINNING) for p in ends])
            self._read_to(consumer, topic, ends, records)
        finally:
            consumer.close()
        return sorted(records, key=lambda r: (r.partition, r.offset))

    def _ends(self, consumer: Consumer, topic: str) -> dict:
        """partition → high watermark, of the partitions that hold anything."""
        name = self.prefix + topic
        metadata = consumer.list_topics(name, READ_S).topics[name]
        if metadata.error:
            raise KafkaException(metadata.error)
        ends = {}
        for partition in metadata.partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(name, partition), READ_S)
            if high > low:
                ends[partition] = high
        return ends

    def _read_to(self, consumer: Consumer, topic: str, ends: dict, records: list) -> None:
        deadline = time.monotonic() + READ_S
        while ends:
            if time.monotonic() > deadline:
                raise AssertionError(f"{topic} could not be read to its end within {READ_S:g} s: {ends} are open")
            message = consumer.poll(0.1)
            if message is not None and message.error():
                raise KafkaException(message.error())
            if message is not None:
                records.append(self._record(topic, message))
            # compaction and transaction marks leave gaps, so the position tells, not the last record
            for at in consumer.position([TopicPartition(self.prefix + topic, p) for p in ends]):
                if at.offset >= ends[at.partition]:
                    del ends[at.partition]

    @staticmethod
    def _record(topic: str, message) -> Record:
        headers = {k: (v or b"").decode("utf-8", "replace") for k, v in message.headers() or []}
        key = message.key().decode("utf-8", "replace") if message.key() is not None else None
        return Record(topic, message.partition(), message.offset(), key, message.value(), headers)

    def topics(self) -> list:
        """The topics that carry this prefix, without it."""
        names = self._admin.list_topics(timeout=READ_S).topics
        return sorted(n[len(self.prefix):] for n in names if n.startswith(self.prefix) and not n.startswith("__"))
