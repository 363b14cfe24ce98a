# SPDX-License-Identifier: Apache-2.0
"""Looking into topics."""
from typing import Optional

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition


def ends(consumer: Consumer, topic: str) -> dict:
    """partition → end, of the partitions that hold anything."""
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    marks = {p: consumer.get_watermark_offsets(TopicPartition(topic, p), 10) for p in partitions}
    return {p: high for p, (low, high) in marks.items() if high > low}


def last_value(bootstrap: str, topic: str, kind: bytes) -> Optional[bytes]:
    """The value of some record whose x-shopify-topic is `kind`; None when there is none yet."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False})
    try:
        left = ends(consumer, topic)
        consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in left])
        for _ in range(50 if left else 0):
            message = consumer.poll(0.2)
            if message is not None and not message.error() and dict(message.headers() or {}).get("x-shopify-topic") == kind:
                return message.value()
    finally:
        consumer.close()
    return None
