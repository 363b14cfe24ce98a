# SPDX-License-Identifier: Apache-2.0
"""Holds what flows against what schemas/events promises."""
import json
from functools import cache

from jsonschema import Draft202012Validator

from millrace_stack import PROJECT

FOLDER = PROJECT / "schemas" / "events"
SHOWN = 5


@cache
def schema_of(topic: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{topic}.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


class Validator:
    """Validates records by topic, except those that a test broke on purpose."""

    def __init__(self):
        self._forgiven: set = set()

    def forgive(self, topic: str, partition: int, offset: int) -> None:
        self._forgiven.add((topic, partition, offset))

    @staticmethod
    def knows(topic: str) -> bool:
        return (FOLDER / f"{topic}.json").exists()

    def errors(self, records: list) -> list:
        """One line for each of the first few records that break their schema."""
        found = []
        for record in records:
            if record.value is None or (record.topic, record.partition, record.offset) in self._forgiven:
                continue
            found += self._errors_of(record)
            if len(found) >= SHOWN:
                break
        return found[:SHOWN]

    @staticmethod
    def _errors_of(record) -> list:
        where = f"{record.topic}-{record.partition}@{record.offset} (key {record.key})"
        try:
            value = record.json
        except ValueError as e:
            return [f"{where}: not JSON: {e}"]
        best = next(iter(schema_of(record.topic).iter_errors(value)), None)
        return [f"{where}: {best.json_path}: {best.message[:300]}"] if best else []
