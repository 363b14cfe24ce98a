# SPDX-License-Identifier: Apache-2.0
"""A record's rows and its offset commit together, once, whatever happens to the process.

inventory-state stands for every service that reads a topic into Postgres: all of them share this loop. Each movement here
is sent once, so the tally tells the loop's honesty apart from the ledger's own memory of event ids: a record that is read
twice would be counted as a duplicate, one that is skipped would be missing from `consumed`.
"""
import signal

import pytest
from harness import wait_until

SERVICE = "inventory-state"
READY_S = 60


class Ledger:
    """What was sent, and what Postgres says became of it."""

    def __init__(self, stack):
        self.stack, self.sent, self.poisoned = stack, 0, 0

    def send(self, n: int) -> None:
        for _ in range(n):
            self.sent += 1
            item = f"sku:ONCE-{self.sent % 40}"
            self.stack.produce("inventory", item, {
                "as_of": "2026-11-24T08:00:00.000000Z", "event_id": f"m-{self.sent}", "facility": "wh-once",
                "item": item, "kind": "movement", "quantity": 1, "reason": None, "source": "wms-once"})

    def poison(self, value: bytes) -> tuple:
        self.poisoned += 1
        return self.stack.produce("inventory", "sku:POISON", value, bad=True)

    def tally(self) -> dict:
        row = self.stack.rows(
            "select sum(consumed) as consumed, sum(applied) as applied, sum(duplicate) as duplicate,"
            " sum(stale) as stale, sum(dead_lettered) as dead"
            " from consumer_offset where consumer_group like %s and topic like %s", f"%{SERVICE}", "%inventory")[0]
        return {name: int(n or 0) for name, n in row.items()}

    def await_all(self) -> None:
        wait_until(lambda: self.tally()["consumed"] >= self.sent + self.poisoned, READY_S, "all records are consumed")
        assert self.tally() == {"consumed": self.sent + self.poisoned, "applied": self.sent, "duplicate": 0, "stale": 0,
                                "dead": self.poisoned}
        units = self.stack.rows("select sum(on_hand) as n from stock where facility = 'wh-once'")[0]["n"]
        assert units == self.sent


@pytest.fixture(scope="module")
def ledger(stack):
    return Ledger(stack)


@pytest.mark.parametrize("point", ["stream_begin", "stream_applied", "stream_committed"])
def test_death_at_every_step_of_a_transaction(stack, ledger, point):
    """Before, inside and just after the commit: the three places where a lost or a double record is born."""
    service = stack.start(SERVICE, failpoints=f"{point}:2:kill")
    ledger.send(1)                             # the first transaction, so that the second has something before it
    ledger.await_all()
    ledger.send(30)
    assert service.wait(READY_S) == -signal.SIGKILL
    stack.restart(service)
    ledger.await_all()
    assert service.stop() == 0


@pytest.mark.parametrize("point", ["stream_begin", "stream_applied", "stream_committed"])
def test_a_failure_at_every_step_is_tried_again(stack, ledger, point):
    """The process lives on: it must begin again where Postgres says, not where it thinks it was."""
    service = stack.start(SERVICE, failpoints=f"{point}:2:error")
    ledger.send(1)
    ledger.await_all()
    ledger.send(30)
    ledger.await_all()
    assert service.stop() == 0


def test_kill_9_again_and_again(stack, ledger):
    service = stack.start(SERVICE)
    for _ in range(8):
        ledger.send(15)
        service.kill()
        service.wait(READY_S)
        stack.restart(service)
    ledger.await_all()
    assert service.stop() == 0


def test_a_poison_record_is_parked_and_its_neighbours_are_applied(stack, ledger):
    service = stack.start(SERVICE)
    ledger.send(3)
    partition, offset = ledger.poison(b"\xff\x00 not JSON")
    ledger.send(3)
    ledger.await_all()
    letter, = stack.rows("select reason, payload, record_key from dead_letter where topic like %s and partition = %s"
                         " and record_offset = %s", "%inventory", partition, offset)
    assert letter["reason"]
    assert (letter["payload"], letter["record_key"]) == (b"\xff\x00 not JSON", b"sku:POISON")
    assert service.stop() == 0


def test_a_batch_that_takes_too_long_is_applied_in_parts(stack, ledger):
    """Tried again whole it would run into the same time-out for ever, and everything behind it would wait."""
    stack.db.execute("create function slowly() returns trigger language plpgsql as"
                     " $$ begin perform pg_sleep(0.06); return new; end $$")
    stack.db.execute("create trigger slowly before insert on stock_entry for each row execute function slowly()")
    ledger.send(60)
    service = stack.start(SERVICE, options={"postgres.statement_timeout_ms": 1000})
    ledger.await_all()
    assert "takes too long" in service.log.read_text(errors="replace")
    assert service.stop() == 0
    stack.db.execute("drop function slowly cascade")


def test_a_stopped_process_cannot_write_over_its_successor(stack, ledger):
    """A process that was paused, by a debugger or a sleeping host, believes for a moment that it still owns its partitions."""
    zombie = stack.start(SERVICE)
    ledger.send(10)
    zombie.kill(signal.SIGSTOP)
    ledger.send(10)
    heir = stack.start(SERVICE)
    ledger.await_all()
    zombie.kill(signal.SIGCONT)
    assert zombie.wait(READY_S) == 78          # the same slot twice: a restart would only fence the heir
    ledger.send(10)
    ledger.await_all()
    assert heir.stop() == 0


def test_two_processes_share_the_partitions(stack, ledger):
    both = [stack.start(SERVICE), stack.start(SERVICE, slot=1)]
    ledger.send(40)
    both[0].kill()
    both[0].wait(READY_S)
    ledger.send(40)
    stack.restart(both[0])
    ledger.await_all()
    assert [p.stop() for p in both] == [0, 0]


def test_an_offset_that_kafka_does_not_have_stops_the_process(stack, ledger):
    """A topic that was made anew must not be read from the middle, nor silently from its start."""
    with stack.db.transaction():
        stack.db.execute("update consumer_offset set next_offset = next_offset + 1000000 where topic like '%inventory'")
    service = stack.start(SERVICE, wait=False)
    assert service.wait(READY_S) == 78
    assert "OFFSET_AHEAD" in service.log.read_text(errors="replace")
    with stack.db.transaction():
        stack.db.execute("update consumer_offset set next_offset = next_offset - 1000000 where topic like '%inventory'")
    stack.restart(service)
    ledger.send(5)
    ledger.await_all()
    assert service.stop() == 0
