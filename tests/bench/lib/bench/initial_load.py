# SPDX-License-Identifier: Apache-2.0
"""The first minutes with a shop: all products and all open orders by bulk operations, from the sandbox to Postgres.

    tests/bench/initial-load --json

The sandbox is filled first, which nobody measures. Then product-publisher and product-state run until every variant is a
row, and order-publisher and order-state until every order is one. CPU is that of our two processes of each phase, from
their start, per product or order; the wall includes the time the sandbox takes to write and deliver its files.
"""
import argparse
import random
import sys
import time

from .control import Control, wait_until
from .ground import SHOP, Ground
from .report import Report, say
from .usage import Usage, tree_cpu_s

VARIANTS = 3                 # of a product
ORDERS_A_CALL = 50           # of the same lines
LOAD_S = 1800


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="tests/bench/initial-load", description=__doc__.split("\n")[0])
    p.add_argument("--variants", type=int, default=100_000, metavar="N", help="three to a product")
    p.add_argument("--orders", type=int, default=50_000, metavar="N", help="open ones, of three lines")
    p.add_argument("--lines", type=int, default=3, metavar="N", help="of each order")
    p.add_argument("--updates", action="store_true", help="then also order-update-publisher: all fulfilment orders")
    p.add_argument("--seed", type=int, default=7)
    p.add_argument("--keep", action="store_true", help="leave data and logs in var/")
    p.add_argument("--json", action="store_true")
    return p


def fill(control: Control, args) -> None:
    """A shop with products and open orders; webhooks are off, and nobody has subscribed to any."""
    products = -(-args.variants // VARIANTS)
    control.post("config", {"webhooks": False})
    control.post("seed", {"products": products, "variants_per_product": VARIANTS, "orders": 0, "seed": args.seed,
                          "stock": 100_000, "locations": [{"name": "Online"}]})
    say(f"{products} products are in the sandbox")
    rng = random.Random(args.seed)
    skus = [v["sku"] for v in control.get("catalog")["variants"]]
    placed = spoken = 0
    while placed < args.orders:
        count = min(ORDERS_A_CALL, args.orders - placed)
        lines = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in rng.sample(skus, args.lines)]
        control.post("orders", {"count": count, "lines": lines})
        placed += count
        if placed - spoken >= 10_000:
            say(f"  {placed} orders of {args.orders} are in the sandbox")
            spoken = placed
    say("the shop is filled")


def count(db, sql: str) -> int:
    return db.execute(sql).fetchone()[0]


def load(ground: Ground, names: tuple, what: str, sql: str, wanted: int, streams: tuple) -> dict:
    """Runs the services until `sql` counts what is wanted and the streams say that their load is done."""
    began = time.monotonic()
    backends = tree_cpu_s(ground.postgres.pid)
    delivery = Usage.of(ground.sandbox.pid)
    services = {name: ground.start(name, "load") for name in names}
    spoken = [began]
    with ground.connect("load") as db:
        def loaded():
            have = count(db, sql)
            if time.monotonic() - spoken[0] > 10:
                say(f"  {have} of {wanted} {what}")
                spoken[0] = time.monotonic()
            dead = [n for n, s in services.items() if not s.alive]
            if dead:
                raise SystemExit(f"{dead[0]} died{services[dead[0]].log_tail()}")
            done = db.execute("select count(*) from shop_cursor where shop = %s and bulk_state = 'done' and stream = any (%s)",
                              (SHOP, list(streams))).fetchone()[0]
            return have >= wanted and done == len(streams)

        wait_until(loaded, f"{wanted} {what} are loaded", LOAD_S)
        wall = time.monotonic() - began
        usage = {name: Usage.of(s.pid) for name, s in services.items()}
        servers = tree_cpu_s(ground.postgres.pid) - backends
    say(f"{wanted} {what} in {wall:.1f} s")
    for service in services.values():
        service.stop()
    return {"wall": wall, "usage": usage, "postgres": servers, "sandbox": Usage.of(ground.sandbox.pid).since(delivery)}


def tell(report: Report, what: str, run: dict, n: int, goal_us) -> None:
    own = sum(u.cpu_s for u in run["usage"].values()) / n * 1e6
    report.add(f"{what}s: wall", run["wall"], "s")
    report.add(f"{what}s: rate", round(n / run["wall"]), "1/s")
    for name, usage in run["usage"].items():
        report.add(f"{name}: CPU", usage.cpu_s / n * 1e6, f"us/{what}")
    if goal_us:
        report.at_most(f"own CPU per {what}", own, "us", goal_us)
    for name, usage in run["usage"].items():
        report.at_most(f"{name}: peak RSS", usage.peak_mb, "MB", 96)
    report.add(f"Postgres: CPU per {what}", run["postgres"] / n * 1e6, "us")
    report.add(f"sandbox: CPU per {what}", run["sandbox"] / n * 1e6, "us")


def main() -> int:
    args = parser().parse_args()
    report = Report("initial-load", args.seed)
    products = -(-args.variants // VARIANTS)
    with Ground("load", args.keep) as ground:
        ground.database("load")
        fill(Control(ground.start_sandbox()), args)
        report.add("products", products, f"of {VARIANTS} variants")
        report.add("orders", args.orders, f"of {args.lines} lines")
        run = load(ground, ("product-publisher", "product-state"), "variants", "select count(*) from variant",
                   products * VARIANTS, ("products",))
        tell(report, "product", run, products, 150)
        run = load(ground, ("order-publisher", "order-state"), "orders",
                   "select count(*) from sales_order where state <> 'placeholder'", args.orders, ("orders",))
        tell(report, "order", run, args.orders, 200)
        if args.updates:
            run = load(ground, ("order-update-publisher", "order-state"), "orders with fulfilment orders",
                       "select count(*) from sales_order where fo_updated_at is not null", args.orders,
                       ("fulfillment-orders",))
            tell(report, "routed order", run, args.orders, None)
    report.show(args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
