# SPDX-License-Identifier: Apache-2.0
"""The rules about orders twice: what `order-model` (C) tells of some records, and what the database has made of them.

And what a shop's own story lacks: two looks with one version that differ, deletions, snapshots that cannot be read, and
staff who write a parcel's number on a fulfilment that had none.
"""
import copy
import random
import subprocess
from pathlib import Path

from order_history import OrderHistory, canonical, digest
from order_world import World

EVENTS, BATCH = 6, 40
RIVAL, UNREADABLE, DELETED = 0.10, 0.06, 0.15
MICROSECONDS = """create or replace function pg_temp.us(t timestamptz) returns bigint language sql immutable as
                  $$ select coalesce((extract(epoch from t) * 1000000)::bigint, 0) $$"""


def number_later(rng: random.Random, records: list) -> None:
    """From some snapshot on, a fulfilment has the number of a parcel of its order."""
    numbers = [body["tracking_number"] for kind, _, body in records if kind == "shipment" and body["tracking_number"]]
    shown = [f for kind, _, body in records if kind == "order" for f in body["fulfillments"]]
    bare = [f["fulfillment_id"] for f in shown if not f["tracking_numbers"]]
    if numbers and bare:
        number, one = rng.choice(numbers), rng.choice(bare)
        mine = [f for f in shown if f["fulfillment_id"] == one]
        for f in mine[rng.randrange(len(mine)):]:
            f["tracking_numbers"] = [number]


def mischief(rng: random.Random, records: list) -> list:
    """The records, with such as nobody wants among them."""
    more = []
    number_later(rng, records)
    for kind, source, body in records:
        more.append((kind, source, body))
        if kind != "order":
            continue
        if rng.random() < RIVAL:
            more.append((kind, source, {**copy.deepcopy(body), "note": "another look at the same second"}))
        if rng.random() < UNREADABLE:
            more.append(("block", source, {k: body[k] for k in ("shop", "order_id", "updated_at", "observed_at")}))
        if rng.random() < DELETED:
            more.append(("gone", source, {k: body[k] for k in ("shop", "order_id", "observed_at")}))
    return more


def short_histories(world: World, seed: int, n: int) -> list:
    """Up to EVENTS records of each of n orders; the same for every shop that is given the same seed."""
    rng, names, records = random.Random(seed), random.Random(f"{seed} skus"), []
    for order_id in range(1, n + 1):
        history = OrderHistory(rng, world.shop, order_id, world.skus(names), world.facilities).act(rng.randint(1, 6))
        whole = mischief(rng, history.records)
        chosen = sorted(rng.sample(range(len(whole)), min(EVENTS, len(whole))))
        records += [whole[place] for place in chosen]
    return records


def told_shop(db, name: str, seed: int, n: int, shuffled: bool) -> tuple:
    """A shop that was told short histories, as they happened or in another order and some twice; and what it was told."""
    world = World(db, name)
    records, rng = short_histories(world, seed, n), random.Random(f"{seed} {shuffled}")
    if shuffled:
        records += rng.choices(records, k=len(records) // 3)
        rng.shuffle(records)
    world.apply_all(records, rng, BATCH)
    world.sweep()
    return world, records


def line_of(record: tuple) -> str:
    """A record as tests/model/told.h takes it."""
    kind, _, body = record
    value = canonical(body) if kind in ("order", "shipment") else ""
    hashed = digest(body) if kind != "shipment" else ""
    return "\t".join((kind, str(body["order_id"]), body.get("updated_at", ""), body.get("observed_at", ""), hashed, value))


def told_by_rules(program: Path, records: list) -> list:
    """Every named number of every order, as the rules in C have it."""
    done = subprocess.run([program, "tell"], input="\n".join(map(line_of, records)) + "\n", capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return sorted(done.stdout.splitlines())


def told_by_database(db, shop: str) -> list:
    """The same, as the tables have it."""
    db.execute(MICROSECONDS)
    sql = Path(__file__).with_suffix(".sql").read_text()
    return sorted("\t".join(map(str, row.values())) for row in db.execute(sql, {"shop": shop}))


def disagreement(program: Path, db, shop: str, records: list) -> list:
    """What only one of both tells; empty when they agree."""
    return sorted(set(told_by_rules(program, records)) ^ set(told_by_database(db, shop)))
