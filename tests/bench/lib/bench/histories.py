# SPDX-License-Identifier: Apache-2.0
"""Random histories of orders through Postgres: does anything depend on the order in which facts arrive?

Each history is up to six facts of one order (snapshots, fulfilment orders, returns, parcels). A group of them is applied to one
shop as it happened, and to another shuffled, a third of it twice and cut into other batches; then every table that follows
from facts must be the same in both. A difference is counted, and its first rows are said.
"""
import argparse
import random
import sys
import time

import psycopg
from psycopg.rows import dict_row

from millrace_stack import PROJECT

from .ground import Ground
from .report import Report, say

sys.path.insert(0, str(PROJECT / "tests" / "integration" / "lib"))
from order_history import OrderHistory  # noqa: E402  the tests' own merchant, staff and warehouse
from order_world import World, final_state  # noqa: E402

DATABASE = "histories"
EVENTS = 6
BATCH = 40


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="tests/bench/histories", description=__doc__.split("\n")[0])
    p.add_argument("--histories", type=int, default=20_000, metavar="N")
    p.add_argument("--group", type=int, default=250, metavar="N", help="histories compared at once")
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--keep", action="store_true", help="leave data and logs in var/")
    p.add_argument("--json", action="store_true")
    return p


def facts_of(world: World, seed: int, n: int) -> list:
    """The same n histories for every shop that is given the same seed."""
    rng, names, facts = random.Random(seed), random.Random(f"{seed} skus"), []
    for order_id in range(1, n + 1):
        history = OrderHistory(rng, world.shop, order_id, world.skus(names), world.facilities).act(rng.randint(1, 6))
        chosen = sorted(rng.sample(range(len(history.records)), min(EVENTS, len(history.records))))
        facts += [history.records[place] for place in chosen]
    return facts


def told(db, group: int, turn: str, seed: int, n: int) -> tuple:
    """Final state of a shop, and how many facts it was told; `turn` "b": in another order, some of them twice."""
    world = World(db, f"h{group:05}{turn}")
    facts, rng = facts_of(world, seed, n), random.Random(f"{seed} {turn}")
    if turn == "b":
        facts += rng.choices(facts, k=len(facts) // 3)
        rng.shuffle(facts)
    world.apply_all(facts, rng, BATCH)
    world.sweep()
    return final_state(world), len(facts)


def different(one: dict, other: dict) -> list:
    return [(table, sorted(set(one[table]) ^ set(other[table]))[:4]) for table in one if one[table] != other[table]]


def measure(args, report: Report) -> None:
    began, facts, dependent, done = time.monotonic(), 0, 0, 0
    with Ground("histories", args.keep) as ground:
        ground.database(DATABASE)
        with psycopg.connect(ground.postgres.url(DATABASE), autocommit=True, row_factory=dict_row) as db:
            began = time.monotonic()
            for group in range(-(-args.histories // args.group)):
                n = min(args.group, args.histories - done)
                (one, a), (other, b) = (told(db, group, turn, args.seed + group, n) for turn in "ab")
                found = different(one, other)
                dependent += bool(found)
                done, facts = done + n, facts + a + b
                say(f"{done} histories" + (f", a difference: {found[0]}" if found else ""))
    seconds = time.monotonic() - began
    report.add("histories", done, "histories")
    report.at_most("groups that depend on the order of arrival", dependent, "groups", 0)
    report.add("facts applied", facts, "facts")
    report.add("facts per second", facts / seconds, "1/s")


def main() -> int:
    args = parser().parse_args()
    report = Report("histories", args.seed)
    measure(args, report)
    report.show(args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
