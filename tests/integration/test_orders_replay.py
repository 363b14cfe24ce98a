# SPDX-License-Identifier: Apache-2.0
"""A rebuild gives the shop that was lost: from zero, with any number of consumers, and nothing moves when nothing was lost.

If one of these fails, recovery by replay is a gamble.
"""
import random

import pytest
from order_world import World
from test_order_state import Mill, lives

SERVICE = "order-state"
KNOWN = ("order_beside", "order_disposition", "order_exchange_line", "order_hop", "order_refund", "order_refund_line",
         "order_refund_payment", "order_return", "order_return_line", "order_reverse_line", "order_risk", "order_transaction",
         "order_version", "fulfillment_order", "fulfillment_order_line", "sales_order", "sales_order_line", "shipment",
         "shipment_line", "stock_fact")
FOLLOWS = ("allocation", "book_row", "dirty_item", "exception_case", "hint", "outbox", "route_queue", "stock", "stock_entry")
DIGESTS = "select part, rows, digest from order_digests('again')"


@pytest.fixture(scope="module")
def mill(stack):
    """A shop's facts of all topics, doubled and out of order, in Kafka."""
    world = World(stack.db, "again")
    records = [r for history in lives(world, 16, 25) for r in history.records]
    rng = random.Random(5)
    records += rng.choices(records, k=len(records) // 4)
    rng.shuffle(records)
    mill = Mill(stack)
    mill.send(records)
    return mill


def consume(stack, mill, consumers: int) -> list:
    """The digests once `consumers` processes have consumed everything from the beginning."""
    stack.db.execute("""update consumer_offset set next_offset = 0, epoch = epoch + 1, consumed = 0, applied = 0,
                        duplicate = 0, stale = 0, dead_lettered = 0 where consumer_group like '%order-state'""")
    members = [stack.start(SERVICE, slot=n, wait=False) for n in range(consumers)]
    for member in members:
        member.wait_ready(60)
    mill.settle()
    stack.db.execute("select sweep_orders(1000, (select max(applied_at) from sales_order))")
    assert [m.stop() for m in members] == [0] * consumers
    return stack.rows(DIGESTS)


def test_from_zero_with_one_two_and_four_consumers(stack, mill):
    first = consume(stack, mill, 1)
    by_part = {d["part"]: d["rows"] for d in first}
    missing = [part for part, rows in by_part.items() if not rows and part != "refund_payment"]
    assert not missing, f"the facts say nothing of {missing}: the digests would prove nothing"
    for consumers in (2, 4):
        stack.db.execute(f"truncate {', '.join(KNOWN + FOLLOWS)} cascade")
        assert stack.rows("select order_digest('again') d") != [{"d": None}]
        assert consume(stack, mill, consumers) == first, f"{consumers} consumers"


def rows_of(stack) -> dict:
    """Every row with the place and the transaction that wrote it: a row that is written again differs."""
    return {table: stack.rows(f"select tableoid::regclass::text t, ctid::text, xmin::text from {table} order by 1, 2")
            for table in KNOWN + FOLLOWS}


def test_replay_onto_a_full_database_changes_no_row(stack, mill):
    before, digests = rows_of(stack), stack.rows(DIGESTS)
    assert before["sales_order"] and before["stock_entry"]
    assert consume(stack, mill, 1) == digests
    after = rows_of(stack)
    assert [table for table in before if after[table] != before[table]] == []


def test_a_digest_sees_every_part(stack, mill):
    """A digest that overlooks a difference would call a wrong rebuild right."""
    whole = stack.rows("select order_digest('again') d")
    for change in ("update sales_order_line set quantity = quantity + 1 where (shop, line_id) = (select shop, max(line_id) from sales_order_line where shop = 'again' group by shop)",
                   "delete from order_return where shop = 'again' and return_id = (select max(return_id) from order_return)",
                   "update sales_order set historical = true where shop = 'again' and order_id = 1",
                   "delete from order_refund_line where shop = 'again' and refund_line_id = (select min(refund_line_id) from order_refund_line)"):
        with stack.db.transaction(force_rollback=True):
            assert stack.db.execute(change).rowcount == 1
            assert stack.rows("select order_digest('again') d") != whole, change
    assert stack.rows("select order_digest('again') d") == whole
