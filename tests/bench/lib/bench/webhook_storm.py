# SPDX-License-Identifier: Apache-2.0
"""A flash sale: webhooks of new orders at a fixed rate, from the gateway to Postgres, while the shop itself stays idle.

    tests/bench/webhook-storm --json

bench-storm (C) signs and posts orders/create bodies of three-line orders, open loop, on kept-alive connections:
webhook-gateway → Kafka → order-publisher → Kafka → order-state. The body is one that the sandbox sent, with ids of its own
for each order. How far Postgres is behind is taken per order: the commit of its row less the moment its webhook names.

Such orders are known to no shop, so nobody can read their fulfilment orders. With --routes the sandbox has them, placed before
anybody looks, and order-update-publisher runs too: it takes a hint from each webhook and reads fulfilment orders in batches, as
fast as the shop's bucket lets it. That is counted apart; take fewer orders, it lasts.
"""
import argparse
import json
import re
import subprocess
import sys
import time

from .control import Control, metric, wait_until
from .ground import SHOP, Ground
from .report import Report, say
from .topics import last_value
from .usage import Usage, tree_cpu_s

SERVICES = ("webhook-gateway", "order-publisher", "order-state")
ROUTES = "order-update-publisher"
SETTLE_S = 60
ROUTES_S = 900
A_CALL = 50       # orders placed by one call
OLD = "2025-01-01T00:00:00Z"    # before whatever a poll looks at
ROUTED_MS, PLACED_A_SECOND = 5000, 200   # fulfilment orders come to be when the storm is under way
STEP = 1000       # between the ids of orders that no shop knows
FIRST = 1000      # bench-storm's orders begin this far behind the sandbox's own


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="tests/bench/webhook-storm", description=__doc__.split("\n")[0])
    p.add_argument("--rate", type=int, default=500, metavar="N", help="orders a second")
    p.add_argument("--seconds", type=int, default=60, metavar="N")
    p.add_argument("--lines", type=int, default=3, metavar="N", help="of each order")
    p.add_argument("--connections", type=int, default=32, metavar="N")
    p.add_argument("--products", type=int, default=200, metavar="N", help="in the shop")
    p.add_argument("--routes", action="store_true", help="also read the fulfilment orders of all of them")
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--keep", action="store_true", help="leave data and logs in var/")
    p.add_argument("--json", action="store_true")
    return p


def own_ids(order: dict) -> list:
    return [order["id"], *(x["id"] for key in ("line_items", "shipping_lines") for x in order[key])]


class Template:
    """A webhook's body with marks (storm.c) around the ids that are the order's own, and where it says when it was placed."""

    def __init__(self, text: str, following: str = ""):
        """following: the body of the shop's next order, whose ids say how far apart they are; without it nobody knows them."""
        ids = own_ids(json.loads(text))
        self.first = 0 if following else FIRST
        self.steps = [b - a for a, b in zip(ids, own_ids(json.loads(following)))] if following else [STEP] * len(ids)
        self.order_id = ids[0]
        for number, step in sorted(zip(ids, self.steps), reverse=True):
            text = re.sub(rf"(?<!\d){number}(?!\d)", f"\x01{number} {step}\x02", text)
        moment = re.search(r'"updated_at":\s*"([^"]+)"', text).group(1)
        self.body = text.replace(moment, "\x03").encode()

    def ids(self, sent: int) -> tuple:
        """First and last order id of the storm, as storm.c makes them."""
        return tuple(self.order_id + (self.first + n) * self.steps[0] for n in (0, sent - 1))


def load_products(ground: Ground, variants: int) -> None:
    """The catalog becomes rows, so that the storm's orders name products that are known."""
    services = [ground.start(name, "storm") for name in ("product-publisher", "product-state")]
    with ground.connect("storm") as db:
        wait_until(lambda: db.execute("select count(*) from variant").fetchone()[0] >= variants, "the products are loaded")
    for service in services:
        service.stop()


def prepare(ground: Ground, args, control: Control) -> Template:
    """Seeds the shop, lets it place one order while everything runs, and makes a template of its webhook."""
    control.post("seed", {"products": args.products, "variants_per_product": 3, "orders": 0, "seed": args.seed,
                          "stock": 1000, "locations": [{"name": "Online"}]})
    load_products(ground, args.products * 3)
    skus = [v["sku"] for v in control.get("catalog")["variants"][:args.lines]]
    order = {"lines": [{"sku": sku, "quantity": 1} for sku in skus]}

    def delivered():
        control.post("orders", order)
        return last_value(ground.kafka.bootstrap, "shopify-webhooks", b"orders/create")

    text = wait_until(delivered, "the sandbox delivers orders/create; see the logs with --keep").decode()
    return place_all(ground, args, control, order) if args.routes else Template(text)


def place_all(ground: Ground, args, control: Control, order: dict) -> Template:
    """The storm's orders come to be in the shop, and nobody hears of it: neither by webhook nor by load or poll."""
    with ground.connect("storm") as db:
        loads = "select count(*) from shop_cursor where bulk_state = 'done' and stream = any ('{orders,fulfillment-orders,returns}')"
        wait_until(lambda: db.execute(loads).fetchone()[0] == 3, "the shop's few orders are loaded")
    total, ids = args.rate * args.seconds, []
    control.post("config", {"webhooks": False, "fo_delay_ms": ROUTED_MS + 1000 * total // PLACED_A_SECOND})
    while len(ids) < total:
        placed = control.post("orders", {**order, "created_at": OLD, "count": min(A_CALL, total - len(ids))})
        ids += [o["id"] for o in placed["orders"]]
    say(f"{total} orders are in the shop")
    return Template(*(json.dumps(control.get(f"orders/{n}/body"), separators=(",", ":")) for n in ids[:2]))


def usages(ground: Ground, services: dict) -> dict:
    found = {name: Usage.of(s.pid) for name, s in services.items()}
    found["broker"] = Usage.of(ground.kafka.pid)
    found["sandbox"] = Usage.of(ground.sandbox.pid)
    found["Postgres"] = Usage(tree_cpu_s(ground.postgres.pid), 0)
    return found


def wait_for_rows(db, ids: tuple, wanted: int) -> int:
    """Orders of the storm that came; waits until all are there, or long enough."""
    deadline, have = time.monotonic() + SETTLE_S, -1
    while have < wanted and time.monotonic() < deadline:
        have = db.execute("select count(*) from sales_order where order_id between %s and %s", ids).fetchone()[0]
        time.sleep(0.05)
    return have


def storm(ground: Ground, args, services: dict, template: Template, report: Report) -> None:
    secret, file = ground.instance.etc / "webhook-secret", ground.instance.root / "template"
    file.write_bytes(template.body)
    with ground.connect("storm") as db:
        reads = sum(metric(services["order-publisher"], "millrace_poll_reads_total").values())
        seen = reads_of(services[ROUTES]) if args.routes else 0
        used = usages(ground, services)
        say(f"{args.rate} orders/s for {args.seconds} s, bodies of about {len(template.body)} bytes")
        done = subprocess.run([ground.binary("bench-storm"), str(ground.webhook_port), f"/webhooks/{SHOP}", secret, file,
                               str(args.rate), str(args.seconds), str(args.connections), str(template.first)],
                              check=True, capture_output=True, text=True)
        sent, ok, p50, p90, p99, worst, late, us = (int(w) for w in done.stdout.split())
        say(f"sent {sent}, acknowledged {ok} in {us / 1e6:.1f} s; waiting for their rows")
        rows = wait_for_rows(db, template.ids(sent), ok)
        after = usages(ground, services)
        reads = sum(metric(services["order-publisher"], "millrace_poll_reads_total").values()) - reads
        lag = lags(db, template.ids(sent))
        if args.routes:
            read_routes(db, services[ROUTES], seen, template.ids(sent), ok, report)
    report.add("webhook body", len(template.body), "bytes")
    report.at_least("acknowledged rate", round(ok / (us / 1e6), 1), "orders/s", args.rate * 0.99)
    report.at_most("not acknowledged", sent - ok, "orders", 0)
    report.at_most("lost", ok - rows, "orders", 0)
    report.add("ack p50", p50 / 1000, "ms")
    report.add("ack p90", p90 / 1000, "ms")
    report.at_most("ack p99", p99 / 1000, "ms", 100)
    report.add("ack max", worst / 1000, "ms")
    report.add("sent late", late, "orders")
    report.add("webhook to commit p50", lag[0], "ms")
    report.add("webhook to commit p99", lag[1], "ms")
    report.at_most("Postgres behind at most", lag[2], "ms", 2000)
    report.at_most("orders read from the API", int(reads), "orders", 0)
    for name, usage in after.items():
        report.add(f"{name}: CPU", usage.since(used[name]) / max(1, ok) * 1e6, "us/order")
    for name in services:
        report.add(f"{name}: peak RSS", after[name].peak_mb, "MB")


def reads_of(service) -> float:
    return sum(sum(metric(service, f"millrace_{kind}_reads_total").values()) for kind in ("hint", "poll"))


def read_routes(db, service, before: float, ids: tuple, wanted: int, report: Report) -> None:
    """Waits for the fulfilment orders of all; how long after the storm, and how often an order was read for them."""
    began, spoken = time.monotonic(), 0

    def routed():
        nonlocal spoken
        have = db.execute("select count(*) from sales_order where fo_updated_at is not null and order_id between %s and %s",
                          ids).fetchone()[0]
        if have >= spoken + 500:
            spoken = have
            say(f"  {have} of {wanted} have their fulfilment orders")
        return have >= wanted

    wait_until(routed, f"the fulfilment orders of {wanted} orders are read", ROUTES_S)
    report.add("fulfilment orders: all read after", time.monotonic() - began, "s")
    report.add("fulfilment orders: reads", (reads_of(service) - before) / max(1, wanted), "1/order")


def lags(db, ids: tuple) -> list:
    """Milliseconds from the moment a webhook names to the commit of the row: median, p99, largest."""
    row = db.execute("""select percentile_cont(array[0.5, 0.99, 1.0]) within group (order by x.ms)
                          from (select extract(epoch from pg_xact_commit_timestamp(v.xmin) - v.observed_at) * 1000 as ms
                                  from order_version v where v.order_id between %s and %s) x""", ids).fetchone()
    return [round(float(v), 1) for v in row[0]] if row[0] else [-1, -1, -1]


def main() -> int:
    args = parser().parse_args()
    report = Report("webhook-storm", args.seed)
    with Ground("storm", args.keep) as ground:
        database = ground.database("storm")
        control = Control(ground.start_sandbox())
        names = (*SERVICES, ROUTES) if args.routes else SERVICES
        services = {name: ground.start(name, database) for name in names}
        storm(ground, args, services, prepare(ground, args, control), report)
    report.show(args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
