# SPDX-License-Identifier: Apache-2.0
"""How fast order-state rebuilds the orders from Kafka, against a bare program that writes the very same rows.

    tests/bench/replay --json

The topic `orders` holds N orders of three lines whose products are known. order-state starts on an empty database; from
the first commit to the last, orders per second. Then bench-upsert (C, libpq, no Kafka, no JSON) writes the same rows into
the same tables with the same indexes, from memory, by unnest. Both databases are compared row by row. Then again with two
and four consumers, whose databases must be the same.
"""
import argparse
import subprocess
import sys
import time

from confluent_kafka import Producer

from .facts import FIRST_ORDER, OrderFacts, know_products
from .ground import SHOP, TEMPLATE, Ground
from .report import Report, say
from .tables import copy_rows, digest, row_counts, written_tables
from .usage import Usage, tree_cpu_s

GROUP = "order-state"
LIMIT_S = 600


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="tests/bench/replay", description=__doc__.split("\n")[0])
    p.add_argument("--orders", type=int, default=40_000, metavar="N")
    p.add_argument("--lines", type=int, default=3, metavar="N", help="of each order")
    p.add_argument("--variants", type=int, default=20_000, metavar="N", help="in the catalog")
    p.add_argument("--consumers", default="1,2,4", metavar="LIST")
    p.add_argument("--batch", type=int, default=0, metavar="N", help="[order-state] batch_max; 0: its default")
    p.add_argument("--bare-batch", type=int, default=1000, metavar="N", help="orders in a transaction of the bare program")
    p.add_argument("--rounds", type=int, default=2, metavar="N", help="of the first number of consumers and the bare program")
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--keep", action="store_true", help="leave data and logs in var/")
    p.add_argument("--json", action="store_true")
    p.add_argument("--postgres", action="append", default=[], metavar="KEY=VALUE", help="a setting for this run")
    return p


def produce(ground: Ground, facts: OrderFacts, n: int) -> int:
    """Fills the topic; returns how many bytes of values that is."""
    producer = Producer({"bootstrap.servers": ground.kafka.bootstrap, "acks": "all", "enable.idempotence": True,
                         "partitioner": "murmur2_random", "linger.ms": 50, "compression.codec": "lz4",
                         "queue.buffering.max.messages": 200_000})
    size = 0
    for i in range(n):
        text = facts.text(i)
        size += len(text)
        producer.produce("orders", value=text, key=facts.key(i))
        if i % 1000 == 0:
            producer.poll(0)
    left = producer.flush(60)
    if left:
        raise SystemExit(f"{left} records were never acknowledged")
    return size


class Replay:
    """One run of order-state over the whole topic into a database of its own."""

    def __init__(self, ground: Ground, n: int, consumers: int, name: str, batch: int):
        self.ground, self.n, self.name = ground, n, ground.database(name)
        options = {"ORDER_STATE_BATCH_MAX": batch} if batch else {}
        before = tree_cpu_s(ground.postgres.pid)
        with ground.connect(name) as db:
            self.services = [ground.start("order-state", name, slot=i, group_prefix=f"{name}.", options=options,
                                          wait=False) for i in range(consumers)]
            self.rate, self.seconds = self._watch(db)
            self.postgres_cpu_s = tree_cpu_s(ground.postgres.pid) - before
        self.usage = [Usage.of(s.pid) for s in self.services]
        for service in self.services:
            if service.stop() != 0:
                raise SystemExit(f"{service.name} did not drain{service.log_tail()}")

    def _watch(self, db) -> tuple:
        """Orders per second between the first and the last commit."""
        began, first, done, spoken = None, 0, 0, time.monotonic()
        give_up = time.monotonic() + LIMIT_S
        while done < self.n:
            done = db.execute("select coalesce(sum(consumed), 0) from consumer_offset").fetchone()[0]
            now = time.monotonic()
            if done and began is None:
                began, first = now, done
            if now - spoken > 5:
                say(f"  {self.name}: {done} of {self.n}")
                spoken = now
            dead = [s.name for s in self.services if not s.alive]
            if dead or now > give_up:
                raise SystemExit(f"{dead or self.name}: not finished: {done} of {self.n}" + self.services[0].log_tail())
            time.sleep(0.01)
        seconds = time.monotonic() - began
        return float(self.n - first) / seconds, seconds


def write_bare(ground: Ground, source: str, batch: int) -> tuple:
    """The same rows by the bare program: orders per second, its database, rows and Postgres' CPU seconds."""
    target = ground.database(f"{source}_bare")
    with ground.connect(target) as db:
        had = row_counts(db)
    with ground.connect(source) as db:
        tables = written_tables(db, had)
        files = copy_rows(db, tables, ground.instance.root, FIRST_ORDER, batch)
        orders = db.execute("select count(*) from sales_order").fetchone()[0]
    before = tree_cpu_s(ground.postgres.pid)
    words = [w for table, file in zip(tables, files) for w in (str(file), table.upsert)]
    done = subprocess.run([ground.binary("bench-upsert"), ground.postgres.url(target), *words], check=True,
                          capture_output=True, text=True)
    batches, rows, us = (int(w) for w in done.stdout.split())
    say(f"  bare: {', '.join(t.name for t in tables)}")
    say(f"  bare: {rows} rows in {batches} transactions, {us / 1e6:.2f} s")
    for file in files:
        file.unlink()
    return orders / (us / 1e6), target, rows, tree_cpu_s(ground.postgres.pid) - before


def state(ground: Ground, database: str) -> str:
    with ground.connect(database) as db:
        return digest(db)


def measure(args, report: Report) -> None:
    facts = OrderFacts(args.seed, args.variants, args.lines, SHOP)
    with Ground("replay", args.keep, dict(s.split("=", 1) for s in args.postgres)) as ground:
        with ground.connect(TEMPLATE) as db:
            know_products(db, facts)
            db.execute("analyze")
        size = produce(ground, facts, args.orders)
        say(f"{args.orders} facts of {size // args.orders} bytes are in Kafka")
        report.add("fact size", size // args.orders, "bytes")
        report.add("orders", args.orders, f"of {args.lines} lines")
        counts = [int(c) for c in args.consumers.split(",")]
        one = [run_pair(ground, args, counts[0], r) for r in range(args.rounds)]
        tell_pair(report, one, args.orders)
        digests = {d for pair in one for d in pair["digests"]}
        for count in counts[1:]:
            run = Replay(ground, args.orders, count, f"r_{count}", args.batch)
            say(f"{count} consumers: {run.rate:.0f} orders/s")
            report.add(f"order-state, {count} consumers", round(run.rate), "orders/s")
            digests.add(state(ground, run.name))
        report.add("different databases", len(digests), "of all runs", "= 1", len(digests) == 1)


def run_pair(ground: Ground, args, consumers: int, number: int) -> dict:
    """order-state, then the bare program with the rows it left."""
    run = Replay(ground, args.orders, consumers, f"r_{consumers}_{number}", args.batch)
    say(f"order-state, {consumers} consumer(s): {run.rate:.0f} orders/s")
    bare, target, rows, cpu_s = write_bare(ground, run.name, args.bare_batch)
    say(f"bare libpq: {bare:.0f} orders/s, so {run.rate / bare:.2f} of it")
    return {"run": run, "bare": bare, "rows": rows, "cpu_s": cpu_s, "consumers": consumers,
            "digests": [state(ground, run.name), state(ground, target)]}


def tell_pair(report: Report, pairs: list, n: int) -> None:
    best = max(pairs, key=lambda p: p["run"].rate / p["bare"])
    rates = sorted(p["run"].rate for p in pairs)
    bares = sorted(p["bare"] for p in pairs)
    run = best["run"]
    report.add("rows written", best["rows"], "by the bare program")
    report.add(f"order-state, {best['consumers']} consumer(s)", round(rates[len(rates) // 2]), "orders/s")
    report.add("bare libpq", round(bares[len(bares) // 2]), "orders/s")
    report.at_least("share of bare libpq", rates[len(rates) // 2] / bares[len(bares) // 2], "", 0.35)
    report.add("order-state's CPU", sum(u.cpu_s for u in run.usage) / n * 1e6, "us/order")
    report.add("Postgres' CPU", run.postgres_cpu_s / n * 1e6, "us/order")
    report.add("Postgres' CPU for the bare program", best["cpu_s"] / n * 1e6, "us/order")
    report.add("order-state's peak RSS", max(u.peak_mb for u in run.usage), "MB")


def main() -> int:
    args = parser().parse_args()
    report = Report("replay", args.seed)
    measure(args, report)
    report.show(args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
