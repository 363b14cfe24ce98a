# SPDX-License-Identifier: Apache-2.0
"""The order of events: start, fill the shop, load, open the buildings, live, settle, compare, rest.

    python -m millrace_demo [--once] [--json] [--chaos] [--seed N] [--rate N] [--seconds N]
"""
import argparse
import json
import subprocess
import sys
import time

import psycopg

from millrace_stack.layout import PROJECT, Instance
from millrace_stack.state import State

from . import hops, machine, oracle, report
from .chaos import Backlog, Chaos
from .feed import Feed, utc
from .people import Schedule, Warehouse, shopper, staff, stock_clerk
from .world import PLANS, SHOP, Control, World, opening_counts, settings

PRODUCTS, VARIANTS_EACH, OPEN_ORDERS = 2000, 2, 500
SETTLE_S, LOOK_S = 90, 0.25
QUIET_S = WINDOW_S = 30
# as the real shop, the sandbox's search and replicas run behind; the services are told bounds above these
SEARCH_LAG_MS, REPLICA_LAG_MS = 500, 100


class Failed(Exception):
    """The day cannot go on; the message says why and what to look at."""


class Day:
    def __init__(self, args):
        self.args, self.began = args, time.monotonic()
        self.instance = Instance.named(args.instance)
        self.kills = None

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", file=sys.stderr if self.args.json else sys.stdout,
              flush=True)

    # ---- the stack

    def local(self, *words: str) -> None:
        out = sys.stderr if self.args.json else None
        if subprocess.run([PROJECT / "infra/local", *words, "--instance", self.args.instance], stdout=out).returncode:
            raise Failed(f"infra/local {words[0]} failed, see above")

    def start(self) -> None:
        self.local("reset")
        self.local("up", "--no-build", "--flavour", self.args.flavour, "--poll-interval-ms", "3500", "--idle-services")
        state = State(self.instance).read()
        self.ports = state["options"]["ports"]
        self.config = state["config"]
        self.binaries = PROJECT / "build" / self.args.flavour / "bin"
        self.bootstrap = f"127.0.0.1:{self.ports['kafka']}"
        self.database = f"postgresql://millrace@127.0.0.1:{self.ports['postgres']}/millrace"
        self.control = Control(json.loads((self.instance.run / "sandbox.json").read_text())["control_port"])

    def unit(self, name: str) -> dict:
        return next(u for u in State(self.instance).read()["units"] if u["name"] == name)

    # ---- the shop

    def fill_shop(self) -> None:
        maximum, restore = PLANS[self.args.plan]
        self.control.post("/config", {"bucket_maximum": maximum, "bucket_restore_rate": restore,
                                      "search_lag_ms": SEARCH_LAG_MS, "replica_lag_ms": REPLICA_LAG_MS})
        seeded = self.control.post("/seed", {"products": PRODUCTS, "variants_per_product": VARIANTS_EACH,
                                             "orders": OPEN_ORDERS, "seed": self.args.seed})
        location = next(li for li in seeded["locations"] if li["fulfills_online_orders"])
        variants = self.control.get("/catalog")["variants"]
        self.world = World(self.control, location["id"], variants, self.args.seed)
        self.say(f"the shop has {PRODUCTS:,} products, {len(variants):,} variants and {OPEN_ORDERS} open orders")
        file = self.instance.etc / "settings.json"
        file.write_text(json.dumps(settings(location["id"]), indent=1) + "\n")
        self.millrace("config", "apply", str(file))

    def millrace(self, *words: str) -> None:
        subprocess.run([self.binaries / "millrace", "--config", self.config, *words], check=True,
                       stdout=subprocess.DEVNULL)

    def load(self) -> None:
        """Starts the services on the full shop: they load it from nothing."""
        began = time.monotonic()
        self.local("start", "--all")
        self.await_true("the initial load", lambda db: db.execute(
            "select (select count(*) from product) >= %s and (select count(*) from sales_order where state <> "
            "'placeholder') >= %s", (PRODUCTS, OPEN_ORDERS)).fetchone()[0])
        self.initial_load_s = round(time.monotonic() - began, 1)
        self.say(f"loaded from an empty stack in {self.initial_load_s} s")

    def open_buildings(self) -> None:
        self.feed = Feed(self.ports["ingest"], self.bootstrap)
        counts = opening_counts(self.world, utc())
        self.feed.counts(counts)
        self.say(f"{len(counts):,} opening counts accepted; waiting until Shopify shows them")
        self.await_quiet("the opening counts")
        self.say("Shopify shows what the buildings hold, less the open orders")

    # ---- waiting

    def await_true(self, what: str, question, limit_s: float = SETTLE_S) -> None:
        deadline = time.monotonic() + limit_s
        with psycopg.connect(self.database, autocommit=True) as db:
            while not question(db):
                if time.monotonic() > deadline:
                    raise Failed(f"{what} did not finish within {limit_s} s; look with infra/local status and "
                                 f"{self.binaries}/millrace status")
                time.sleep(LOOK_S)

    def await_quiet(self, what: str) -> oracle.Differences:
        """Until the oracle finds no difference; when the time is over, what it still finds."""
        deadline = time.monotonic() + SETTLE_S
        while True:
            diff = oracle.compare(self.control.history(), self.feed, self.database)
            if diff.none():
                return diff
            if time.monotonic() > deadline:
                for line in diff.lines():
                    self.say("  differs: " + line)
                if what != "the day":
                    raise Failed(f"{what} did not arrive within {SETTLE_S} s: {diff.counts()}")
                return diff
            time.sleep(LOOK_S)

    # ---- the day

    def live(self) -> None:
        args, count = self.args, max(1, round(self.args.rate * self.args.seconds))
        spared = self.open_orders()
        warehouse = Warehouse(self.bootstrap, self.feed, args.rate, lambda order: order not in spared, "demo-wms")
        warehouse.start()
        chaos = self.start_chaos()
        self.by_webhook, self.by_poll = [], []
        self.live_since = time.time()
        self.say(f"the day begins: {args.rate:g} orders, movements and parcels a second")
        self.run_phase("morning", self.by_webhook, count)
        self.control.post("/config", {"webhooks": False})
        self.say("webhooks are off: changes are found by polling")
        self.run_phase("evening", self.by_poll, count)
        self.await_true("polling", lambda db: db.execute(
            "select count(*) from sales_order where shop = %s and order_id = any(%s)",
            (SHOP, self.by_poll)).fetchone()[0] >= len(self.by_poll))
        self.control.post("/config", {"webhooks": True})
        done = staff(self.world, sorted(spared), 10)
        self.say(f"staff cancelled {done['cancelled']} orders and edited {done['edited']}")
        if chaos:
            chaos.finish()
            self.backlog.close()
            self.kills = chaos
        warehouse.finish()
        self.say(f"{warehouse.shipped} parcels left; the shop closes")

    def open_orders(self) -> set:
        return {e["object"]["id"] for e in self.control.history() if e["act"] == "order_placed"}

    def run_phase(self, name: str, placed: list, count: int) -> None:
        first = 0 if name == "morning" else count
        acts = [Schedule("shoppers", shopper(self.world, name, placed), count, self.args.rate),
                Schedule("clerk", stock_clerk(self.world, self.feed, name, first), count, self.args.rate)]
        for act in acts:
            act.start()
        for act in acts:
            act.finish()

    def start_chaos(self):
        if not self.args.chaos:
            return None
        self.backlog = Backlog(self.bootstrap, self.database, self.control, self.feed)
        chaos = Chaos(lambda name: self.unit(name)["pid"] if self.unit(name)["state"] == "ready" else None,
                      self.backlog, self.args.kills, 2 * self.args.seconds, self.args.seed)
        chaos.start()
        return chaos

    # ---- the evening

    def judge(self) -> dict:
        self.say("comparing what is with what must be")
        diff = self.await_quiet("the day")
        history = self.control.history()
        day = [a for a in self.feed.inventory if a.at >= self.live_since]
        found = {
            "order_webhook_ms": hops.orders(history, set(self.by_webhook), self.database),
            "order_poll_ms": hops.orders(history, set(self.by_poll), self.database),
            "stock_ms": hops.movements(history, day, self.live_since),
            "parcel_ms": hops.parcels(history, self.feed.shipments),
        }
        result = {
            "seconds": None, "hops": {name: hops.percentiles(values) for name, values in found.items()},
            "differences": diff.counts(), "kills": sum(self.kills.done.values()) if self.kills else 0,
            "kills_by_service": dict(self.kills.done) if self.kills else {},
            "kills_with_input": self.kills.with_input if self.kills else 0,
            "rss_mb": {}, "idle_cpu_percent": None, "initial_load_s": self.initial_load_s,
            "compared": diff.compared, "seed": self.args.seed,
        }
        self.rest(result)
        result["seconds"] = round(time.monotonic() - self.began, 1)
        return result

    def rest(self, result: dict) -> None:
        units = State(self.instance).read()["units"]
        result["rss_mb"] = {u["name"]: machine.rss_mb(u["pid"]) for u in units
                            if u["pid"] and u["name"] not in ("kafka", "postgres", "sandbox")}
        if self.args.chaos or self.args.no_idle:
            return
        self.say(f"resting: {QUIET_S} s of quiet, then {WINDOW_S} s of measuring what an idle stack costs")
        roots = {u["pid"] for u in units if u["pid"] and u["name"] != "kafka"}
        roots.add(State(self.instance).supervisor_pid())
        jvm = machine.children({self.unit("kafka")["pid"]})
        result["idle_cpu_percent"] = machine.idle_cpu_percent(roots, jvm, QUIET_S, WINDOW_S)

    def play(self) -> int:
        self.start()
        self.fill_shop()
        self.load()
        self.open_buildings()
        self.live()
        result = self.judge()
        if self.args.json:
            print(report.table(result), file=sys.stderr)
        else:
            print(report.table(result))
        if self.args.once:
            self.local("down")
        else:
            self.say("the stack is left running: infra/local status, infra/local down")
        if self.args.json:
            print(report.as_json(result), flush=True)
        if self.kills and self.kills.proves_too_little():
            self.say("fewer than half of the kills came while input was waiting: this run proves too little")
            return 1
        return 1 if any(result["differences"].values()) else 0


def main() -> int:
    p = argparse.ArgumentParser(prog="infra/demo", description="A day in a shop, on the whole stack, compared.")
    p.add_argument("--once", action="store_true", help="stop the stack afterwards")
    p.add_argument("--json", action="store_true", help="the result as one JSON object, the last line")
    p.add_argument("--chaos", action="store_true", help="kill services meanwhile, by the seed")
    p.add_argument("--kills", type=int, default=24, help="how many, with --chaos (default 24)")
    p.add_argument("--seed", type=int, default=20261124)
    p.add_argument("--rate", type=float, default=20, help="orders, movements and parcels a second (default 20)")
    p.add_argument("--seconds", type=float, default=11, help="length of each half of the day (default 11)")
    p.add_argument("--plan", choices=sorted(PLANS), default="plus", help="Shopify's rate limits (default plus)")
    p.add_argument("--no-idle", action="store_true", help="do not measure the idle stack")
    p.add_argument("--flavour", default="release")
    p.add_argument("--instance", default="local")
    day = Day(p.parse_args())
    try:
        return day.play()
    except (Failed, RuntimeError) as e:
        print(f"infra/demo: {e}", file=sys.stderr)
        if day.args.once:
            day.local("down")
        return 1
