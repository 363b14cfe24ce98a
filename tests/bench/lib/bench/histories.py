# SPDX-License-Identifier: Apache-2.0
"""Random histories of orders, through the rules in C and through Postgres: does anything depend on how facts arrive?

Each history is up to six facts of one order. `order-model` plays a million of them in many orders of arrival, some facts twice,
and once more with one rule broken, to show that it would be seen. Others go through Postgres: a group of them is applied to one
shop as it happened, and to another shuffled, a third of it twice and cut into other batches; then every table that follows from
facts must be the same in both, and tell what the rules in C tell of the same facts. A difference is counted, and its first
rows are said.
"""
import argparse
import subprocess
import sys
import time

import psycopg
from psycopg.rows import dict_row

from millrace_stack import PROJECT

from .ground import Ground
from .report import Report, say

sys.path.insert(0, str(PROJECT / "tests" / "integration" / "lib"))
from order_rules import disagreement, told_shop  # noqa: E402  the tests' own merchant, staff and warehouse
from order_world import final_state  # noqa: E402

DATABASE = "histories"
MISTAKE = "ties"             # ">=" where it must be ">"
WITH_MISTAKE = 10_000


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="tests/bench/histories", description=__doc__.split("\n")[0])
    p.add_argument("--pure", type=int, default=1_000_000, metavar="N", help="histories through the rules in C")
    p.add_argument("--histories", type=int, default=20_000, metavar="N", help="histories through Postgres")
    p.add_argument("--group", type=int, default=250, metavar="N", help="histories compared at once")
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--keep", action="store_true", help="leave data and logs in var/")
    p.add_argument("--json", action="store_true")
    return p


def different(one: dict, other: dict) -> list:
    return [(table, sorted(set(one[table]) ^ set(other[table]))[:4]) for table in one if one[table] != other[table]]


def pure(histories: int, seed: int, *mistake: str) -> tuple:
    """(histories, records, arrivals, dependent, microseconds) of the rules in C."""
    done = subprocess.run([Ground.binary("order-model"), "shuffle", str(histories), str(seed), *mistake], check=True,
                          stdout=subprocess.PIPE, text=True)
    return tuple(map(int, done.stdout.split()))


def measure_pure(args, report: Report) -> None:
    histories, records, arrivals, dependent, us = pure(args.pure, args.seed)
    say(f"{histories} histories through the rules in C, {arrivals} arrivals, {dependent} of them depend on theirs")
    report.add("rules in C: histories", histories, "histories")
    report.add("rules in C: facts", records, "facts")
    report.add("rules in C: orders of arrival", arrivals, "arrivals")
    report.at_most("rules in C: histories that depend on the order of arrival", dependent, "histories", 0)
    report.add("rules in C: time", us / 1e6, "s")
    seen = pure(WITH_MISTAKE, args.seed, MISTAKE)[3]
    report.at_least(f"rules in C, one broken: of {WITH_MISTAKE} histories depend", seen, "histories", 1)


def measure_postgres(args, report: Report, db) -> None:
    began, facts, dependent, disagreeing, done = time.monotonic(), 0, 0, 0, 0
    for group in range(-(-args.histories // args.group)):
        n = min(args.group, args.histories - done)
        (one, a), (other, b) = (told_shop(db, f"h{group:05}{turn}", args.seed + group, n, turn == "b") for turn in "ab")
        found = different(final_state(one), final_state(other))
        unlike = disagreement(Ground.binary("order-model"), db, other.shop, b)
        dependent, disagreeing = dependent + bool(found), disagreeing + bool(unlike)
        done, facts = done + n, facts + len(a) + len(b)
        say(f"{done} histories" + (f", a difference: {found[0]}" if found else "")
            + (f", other than the rules in C: {unlike[:4]}" if unlike else ""))
    report.add("Postgres: histories", done, "histories")
    report.at_most("Postgres: groups that depend on the order of arrival", dependent, "groups", 0)
    report.at_most("Postgres: groups that differ from the rules in C", disagreeing, "groups", 0)
    report.add("Postgres: facts applied", facts, "facts")
    report.add("Postgres: facts per second", facts / (time.monotonic() - began), "1/s")


def measure(args, report: Report) -> None:
    measure_pure(args, report)
    with Ground("histories", args.keep) as ground:
        ground.database(DATABASE)
        with psycopg.connect(ground.postgres.url(DATABASE), autocommit=True, row_factory=dict_row) as db:
            measure_postgres(args, report, db)


def main() -> int:
    args = parser().parse_args()
    report = Report("histories", args.seed)
    measure(args, report)
    report.show(args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
