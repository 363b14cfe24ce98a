# SPDX-License-Identifier: Apache-2.0
"""However the versions of a product arrive, in whatever order and how often, they end in one state and one history.

If this fails, what people read about a product ("price was 10 until Tuesday") depends on the accidents of delivery, and a
replay shows another past than the one that was lived through.
"""
import copy
import json
import random

import pytest
from product_facts import caught_up, digest, product, stamp, variant

SEED = 20261124
HISTORIES, ARRIVALS = 60, 5
SLOTS = 3
SKUS = ["A", "B", "C", None]
DEFAULT = [{"name": "Title", "value": "Default Title"}]


@pytest.fixture(scope="module")
def state(stack):
    """Small batches, so that versions of one product meet in one transaction as well as in several."""
    return stack.start("product-state", options={"product-state.recheck_ms": 500, "product-state.batch_max": 7})


def send(stack, *facts: dict) -> None:
    for fact in facts:
        stack.produce("products", f"{fact['shop']}/{fact['product_id']}", fact)


def apply(stack, *facts: dict) -> None:
    send(stack, *facts)
    caught_up(stack)


def changes(stack, product_id: int) -> list:
    return [(r["at"], r["variant_id"], r["field"], r["old"], r["new"]) for r in stack.rows(
        """select to_char(at, 'HH24:MI:SS') as at, variant_id, field, old, new from product_change where product_id = %s
            order by at, observed_at, body_hash, variant_id, field collate "C" """, product_id)]


# -- what is written ---------------------------------------------------------------------------------------------------

def test_only_what_changed_is_written_at_the_time_of_shopify(stack, state):
    first = product(1, [variant(11, "H-1"), variant(12, "H-2")], title="Kettle", tags=["a"],
                    media=[{"alt": None, "id": 5, "status": "ready", "type": "image", "url": "https://x/5"}],
                    metafields=[{"namespace": "custom", "key": "care", "type": "text", "value": "wash"}])
    second = copy.deepcopy(first) | {"updated_at": stamp(60), "observed_at": stamp(61), "title": "Kettle \u2615", "tags": ["a", "b"]}
    second["variants"][0] |= {"price": "24.50", "updated_at": stamp(60)}
    second["variants"][1:] = [variant(13, "H-3")]
    second["media"].append({"alt": "lid", "id": 6, "status": "processing", "type": "video", "url": None})
    second["metafields"][0]["value"] = "rinse"
    apply(stack, first)
    assert changes(stack, 1) == [], "the first version has none before it"
    apply(stack, second)
    at = "00:01:00"
    assert changes(stack, 1) == [
        (at, 0, "media", [5], [5, 6]),
        (at, 0, "media/6", None, {"alt": "lid", "status": "processing", "type": "video", "url": None}),
        (at, 0, "metafields/custom.care", "wash", "rinse"),
        (at, 0, "tags", ["a"], ["a", "b"]),
        (at, 0, "title", "Kettle", "Kettle \u2615"),
        (at, 11, "price", "19.90", "24.50"),
        (at, 12, "variant", first["variants"][1], None),
        (at, 13, "variant", None, second["variants"][1])]


def test_a_look_that_shows_nothing_new_writes_nothing(stack, state):
    fact = product(2, [variant(21, "N-1")])
    apply(stack, fact, fact | {"observed_at": stamp(20)}, fact)
    assert changes(stack, 2) == []


def test_a_deletion_changes_nothing_but_that(stack, state):
    fact = product(3, [variant(31, "D-1")])
    gone = fact | {"deleted_at": stamp(30), "updated_at": stamp(30), "observed_at": stamp(31)}
    apply(stack, fact, gone)
    assert changes(stack, 3) == [("00:00:30", 0, "deleted_at", None, stamp(30))]


def test_a_version_that_comes_late_takes_its_place(stack, state):
    """Ten, twelve, eleven: the change of eleven is told once its version is known, and nothing is told twice."""
    def priced(price: str, second: int) -> dict:
        return product(4, [variant(41, "L-1", price=price)], updated=second, observed=second)
    apply(stack, priced("10.00", 1), priced("12.00", 3))
    assert changes(stack, 4) == [("00:00:03", 41, "price", "10.00", "12.00")]
    apply(stack, priced("11.00", 2))
    assert changes(stack, 4) == [("00:00:02", 41, "price", "10.00", "11.00"), ("00:00:03", 41, "price", "11.00", "12.00")]
    apply(stack, priced("9.00", 0))
    assert changes(stack, 4)[0] == ("00:00:01", 41, "price", "9.00", "10.00")
    [row] = stack.rows("select price::text as price from v_variant where variant_id = 41")
    assert row["price"] == "12.00"


def test_people_read_it_by_the_view(stack, state):
    apply(stack, product(5, [variant(51, "V-1")], title="Old"), product(5, [variant(51, "V-1", barcode="40")], updated=5, title="New"))
    assert stack.rows("select product, variant_id, sku, field, old, new from v_product_history where product_id = 5"
                      " order by field") == [
        {"product": "New", "variant_id": 51, "sku": "V-1", "field": "barcode", "old": None, "new": "40"},
        {"product": "New", "variant_id": None, "sku": None, "field": "title", "old": "Old", "new": "New"}]


# -- any arrival, one end ------------------------------------------------------------------------------------------------

class Instance:
    """One history, under ids and SKUs of its own, so that many arrivals of it can be compared side by side."""

    def __init__(self, number: int):
        self.number = number
        self.product_id = 1_000_000 + number

    def variant_id(self, slot: int) -> int:
        return self.product_id * 10 + slot

    def fact(self, version: dict) -> dict:
        variants = [variant(self.variant_id(v["slot"]), v["sku"] and f"{v['sku']}#{self.number}#", price=v["price"],
                            options=v["options"], tracked=v["tracked"]) for v in version["variants"]]
        return product(self.product_id, variants, updated=version["updated"], observed=version["observed"],
                       title=version["title"], deleted_at=stamp(version["updated"]) if version["deleted"] else None)

    def plain(self, value):
        """Without what distinguishes this instance from others."""
        text = json.dumps(value, default=str).replace(f"#{self.number}#", "")
        for slot in range(SLOTS):
            text = text.replace(str(self.variant_id(slot) + 500_000), f"90{slot}").replace(str(self.variant_id(slot)), f"80{slot}")
        return json.loads(text.replace(str(self.product_id), "7"))


def random_version(rnd: random.Random) -> dict:
    slots = rnd.sample(range(SLOTS), rnd.randint(1, SLOTS))
    return {"updated": rnd.randint(1, 4), "observed": rnd.randint(1, 3), "title": rnd.choice("xyz"),
            "deleted": rnd.random() < 0.1,
            "variants": [{"slot": s, "sku": rnd.choice(SKUS), "price": rnd.choice(["1.00", "2.00"]), "tracked": rnd.random() < 0.8,
                          "options": rnd.choice([DEFAULT, [{"name": "Size", "value": "S"}]])} for s in sorted(slots)]}


def final_state(stack, one: Instance) -> dict:
    product_row = stack.rows("select title, updated_at, observed_at, deleted_at from product where product_id = %s", one.product_id)
    variants = stack.rows("""select v.variant_id, i.item, v.linked, v.wants, v.sku, v.price, v.options, v.tracked,
                                    v.deleted_at is null as live
                               from variant v join item i using (item_id) where v.product_id = %s order by 1""", one.product_id)
    open_cases = stack.rows("""select kind, subject, detail from exception_case where closed_at is null
                                  and kind in ('changed_sku', 'duplicate_sku') and subject like %s order by 1, 2""",
                            f"acme/variant/{one.product_id}%")
    return one.plain({"product": product_row, "variants": variants, "cases": open_cases,
                      "changes": stack.rows("""select at, observed_at, variant_id, field, old, new from product_change
                          where product_id = %s""", one.product_id)}) | {}


def in_order(state: dict) -> dict:
    """Ties of the version are ordered by a hash, which differs between instances: compared as a set."""
    return state | {"changes": sorted(json.dumps(c, sort_keys=True) for c in state["changes"])}


def expected_changes(one: Instance, versions: list) -> list:
    """An independent derivation of (variant, field, old, new) between neighbours in version order."""
    facts = {digest(f): f for f in map(one.fact, versions)}
    chain = sorted(facts.items(), key=lambda x: (x[1]["updated_at"], x[1]["observed_at"], x[0]))
    found = []
    for (_, a), (_, b) in zip(chain, chain[1:]):
        found += [[b["updated_at"], *c] for c in difference(a, b)]
    return sorted(json.dumps(c, sort_keys=True) for c in found)


def difference(a: dict, b: dict) -> list:
    own = ["deleted_at"] if b["deleted_at"] else ["deleted_at", "title"]
    found = [[0, k, a[k], b[k]] for k in own if a[k] != b[k]]
    if b["deleted_at"]:
        return found
    before, after = ({v["variant_id"]: v for v in x["variants"]} for x in (a, b))
    for i in sorted(before.keys() | after.keys()):
        if i not in before or i not in after:
            found.append([i, "variant", before.get(i), after.get(i)])
        else:
            found += [[i, k, before[i][k], after[i][k]] for k in sorted(before[i]) if before[i][k] != after[i][k]]
    return found


def arrivals(rnd: random.Random, versions: list) -> list:
    """In order; backwards; and shuffled, with some of them twice."""
    ordered = sorted(versions, key=lambda v: (v["updated"], v["observed"]))
    found = [ordered, ordered[::-1]]
    while len(found) < ARRIVALS:
        again = versions + rnd.choices(versions, k=rnd.randint(0, 3))
        rnd.shuffle(again)
        found.append(again)
    return found


def distinct_versions(rnd: random.Random) -> list:
    """No two with one version: which of those is the higher depends on a hash, which differs between instances."""
    by_version = {}
    for _ in range(rnd.randint(2, 6)):
        v = random_version(rnd)
        by_version[v["updated"], v["observed"]] = v
    return list(by_version.values())


def test_any_arrival_of_a_history_ends_in_one_state(stack, state):
    rnd = random.Random(SEED)
    groups, queue = [], []
    for number in range(HISTORIES):
        versions = distinct_versions(rnd)
        group = []
        for arrival in arrivals(rnd, versions):
            one = Instance(number * ARRIVALS + len(group))
            group.append(one)
            queue.append([one.fact(v) for v in arrival])
        groups.append((versions, group))
    while queue:                                         # interleaved, so that batches cut histories at random
        facts = rnd.choice(queue)
        fact = facts.pop(0)
        stack.kafka._producer.produce(stack.prefix + "products", json.dumps(fact).encode(), f"acme/{fact['product_id']}")
        stack.kafka._producer.poll(0)
        queue = [f for f in queue if f]
    assert stack.kafka._producer.flush(30) == 0
    caught_up(stack)
    for versions, group in groups:
        ends = [in_order(final_state(stack, one)) for one in group]
        for one, end in zip(group, ends):
            told = sorted(json.dumps([c["at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"), c["variant_id"], c["field"], c["old"], c["new"]],
                                     sort_keys=True)
                          for c in stack.rows("select at, variant_id, field, old, new from product_change where product_id = %s",
                                              one.product_id))
            assert told == expected_changes(one, versions), (one.product_id, versions)
            assert end == ends[0], (one.product_id, versions)


def test_a_replay_onto_the_full_database_changes_no_row(stack, state):
    def everything() -> list:
        return [stack.rows(f"select * from {table} order by {key}") for table, key in (
            ("product", "product_id"), ("variant", "variant_id"), ("item", "item_id"),
            ("product_version", "product_id, updated_at, observed_at, body_hash"),
            ("product_change", "product_id, at, observed_at, body_hash, variant_id, field"))]
    before = everything()
    state.stop()
    stack.rows("""update consumer_offset set next_offset = 0, epoch = epoch + 1, consumed = 0, applied = 0, duplicate = 0,
                         stale = 0, dead_lettered = 0 where topic = %s returning 1""", stack.prefix + "products")
    state.start()
    caught_up(stack)
    assert everything() == before


def test_it_is_bounded(stack, state):
    """A product that changes every minute for ever must not fill the disk: the newest versions stay."""
    state.stop()
    stack.start("product-state", slot=1, options={"product-state.history_versions": 3})
    facts = [product(6, [variant(61, "B-1", position=n + 1)], updated=n) for n in range(8)]
    apply(stack, *facts)
    kept = [c[3] for c in changes(stack, 6)]
    assert kept == [5, 6, 7]
    apply(stack, facts[1], facts[6])                                     # too old to be told; known
    assert [c[3] for c in changes(stack, 6)] == kept
    assert len(stack.rows("select from product_version where product_id = 6")) == 3
