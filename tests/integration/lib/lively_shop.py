# SPDX-License-Identifier: Apache-2.0
"""A shop in which people live while everything that reads it runs; and the question whether we have what it has.

Shopper, staff and merchant are the sandbox's (`POST /control/people`), by a seed. The judge is `ShopOracle`.
"""
import time

from harness import wait_until
from shop_oracle import Report, ShopOracle

SHOP = "acme"
READY_S = 90
STEPS_AT_ONCE, STEPS_A_SECOND = 100, 20
PUBLISHERS = ("product-publisher", "order-publisher", "order-update-publisher")
KEEPERS = ("webhook-gateway", "product-state", "order-state")
SEED = {"seed": 11, "products": 30, "variants_per_product": 3, "orders": 20, "stock": 500, "locations": [
    {"name": "Online", "pickup": True}, {"name": "Store 1", "fulfills_online_orders": False, "pickup": True},
    {"name": "Store 2", "fulfills_online_orders": False}]}
# it runs behind, but never further than the publishers are told (shop.ini: 1000 and 200 ms)
LAGS = {"search_lag_ms": 800, "replica_lag_ms": 150, "replica_lag_probability": 0.3, "webhook_retry_scale": 0.0005}
# the limits of a large shop: where everything happens at once, a hundred points a second would be all that a test waits for
LARGE_PLAN = {"bucket_maximum": 20_000, "bucket_restore_rate": 1_000}
# what publishers of this shop are told; overlap: how far a poll looks back
OPTIONS = {f"shop.{SHOP}.metafield_namespaces": "erp", f"shop.{SHOP}.order_metafield_namespaces": "erp"}
RECONCILER = {"reconciler.cycle_ms": 2000, "reconciler.grace_ms": 1000, "reconciler.sweep_ms": 0}


class LivelyShop:
    """A full shop, all of it here, with webhooks on; `polling` are options of the publishers, `plan` the shop's limits."""

    def __init__(self, stack, polling: dict | None = None, reconciler: dict | None = None, plan: dict | None = None):
        self.stack, self.sandbox = stack, stack.sandbox
        self.sandbox.post("config", {**LAGS, **(plan or {})})
        self.sandbox.post("seed", SEED)
        self.options = {**OPTIONS, **(polling or {})}
        self.running = {name: stack.start(name) for name in KEEPERS}
        self.running |= {name: stack.start(name, options=self.options) for name in PUBLISHERS}
        self.running["reconciler"] = stack.start("reconciler", options={**self.options, **RECONCILER, **(reconciler or {})})
        self.days = 0
        self.equal_within(READY_S, "the initial load is whole")
        wait_until(self.subscribed, READY_S, "webhooks are subscribed")

    def subscribed(self) -> list:
        """Topics that Shopify sends; every one that is asked for was told by then."""
        found = [e for e in self.sandbox.history() if e["act"].startswith("webhook_subscription_")]
        topics = {e["object"]["id"] for e in found if e["act"] == "webhook_subscription_created"}
        return sorted(topics - {e["object"]["id"] for e in found if e["act"] == "webhook_subscription_deleted"})

    def live(self, steps: int, per_second: int = STEPS_A_SECOND, **more) -> dict:
        """People act; returns how often each act was done."""
        done: dict = {}
        for _ in range(steps // STEPS_AT_ONCE or 1):
            self.days += 1
            answer = self.sandbox.post("people", {"seed": SEED["seed"] + self.days, "steps": min(steps, STEPS_AT_ONCE),
                                                  "per_second": per_second, **more})
            for act, times in answer["done"].items():
                done[act] = done.get(act, 0) + times
        return done

    def compare(self) -> Report:
        return ShopOracle(self.sandbox.history(), SHOP).compare(self.stack.db, self.stack.consume)

    def equal_within(self, seconds: float, what: str) -> Report:
        """Waits for zero differences, and says which are left when they do not come.

        Looking at everything costs as much as the services' own work: half of the time is theirs alone."""
        began = time.monotonic()
        while True:
            looked = time.monotonic()
            report = self.compare()
            if report.none():
                return report
            assert looked < began + seconds, f"{what}: not within {seconds:g} s\n{report}\n{self.waiting()}"
            time.sleep(max(0.5, time.monotonic() - looked))

    # -- what else must be so ----------------------------------------------------------------------------------------

    def waiting(self) -> str:
        """What may explain a difference: reads that are due, dead letters, drift."""
        return (f"hints: {self.stack.rows('select * from hint limit 10')}\ndead letters: {self.dead_letters()}\n"
                f"drift: {self.drift()}")

    def dead_letters(self) -> list:
        return self.stack.rows("""select consumer_group, topic, convert_from(record_key, 'utf8') as key, code, reason
                                    from dead_letter order by at""")

    def drift(self) -> list:
        return self.stack.rows("select kind, object_id, difference, cause, theirs, ours from drift where healed_at is null")

    def cycles(self) -> int:
        """How often every kind has been compared."""
        rows = self.stack.rows("select count(*)::int n from reconcile_run where sweep = 'light' group by kind")
        return min((r["n"] for r in rows), default=0) if len(rows) == 3 else 0

    def quiet(self) -> None:
        """Nothing is left over: no dead letter, and no drift once every kind was compared again."""
        seen = self.cycles()
        wait_until(lambda: self.cycles() >= seen + 2, READY_S, "two cycles of the reconciler")
        try:
            wait_until(lambda: not self.drift(), READY_S, "all drift has healed")
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.waiting()}") from None
        assert self.dead_letters() == []
