# SPDX-License-Identifier: Apache-2.0
"""Is what we have what Shopify has? Answered row by row, by somebody who shares no code with the services.

    report = ShopOracle(sandbox.history()).compare(db, stack.consume)
    assert report.none(), report

The sandbox's history is folded into the rows that should exist (shop_truth); the newest facts in Kafka (shop_facts) and the
tables in Postgres (shop_tables) are brought to the same form; for each kind of row there is a digest of either side, and
every difference in words. What an order of Shopify's that was deleted left behind is an archive and is not compared.
"""
import hashlib
import json
from dataclasses import dataclass, field

import shop_facts
import shop_truth
from shop_tables import Tables

SHOWN, SHORT = 12, 200     # differences of a kind in a report, and characters of a row in it
ORDER_KINDS = {"order": "orders", "order_story": "order_stories", "address": "addresses", "line": "lines",
               "shipping": "shipping", "fulfillment": "fulfillments", "refund": "refunds", "refund_line": "refund_lines",
               "transaction": "transactions", "return": "returns", "return_line": "return_lines",
               "exchange_line": "exchange_lines", "reverse_line": "reverse_lines", "disposition": "dispositions",
               "fulfillment_order": "fulfillment_orders", "fulfillment_order_line": "fulfillment_order_lines"}
ONLY_FACTS = {"fulfillment_order_hold": "fulfillment_order_holds"}
PRODUCT_KINDS = {"product": "products", "variant": "variants"}
READ_WITH_ROUTES = {"order_story", "transaction"}     # told together with the fulfilment orders
# what a side does not hold by design: no table has metafields of orders; kinds are read off facts by whoever keeps them
UNTOLD = {("tables", "order_story"): {"metafields"}, ("facts", "order_story"): {"kind"}}


def digest(rows: dict) -> str:
    text = json.dumps(sorted((json.dumps(key), row) for key, row in rows.items()), sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass
class Report:
    """What was compared and what differs; its text is for people."""

    counts: dict = field(default_factory=dict)        # (side, kind) -> rows that should be there
    digests: dict = field(default_factory=dict)       # (side, kind) -> (wanted, found)
    differences: list = field(default_factory=list)

    def none(self) -> bool:
        return not self.differences and all(wanted == found for wanted, found in self.digests.values())

    def by_kind(self) -> dict:
        found: dict = {}
        for side, kind, *_ in self.differences:
            found[f"{side} {kind}"] = found.get(f"{side} {kind}", 0) + 1
        return found

    def __str__(self) -> str:
        head = f"{len(self.differences)} differences in {sum(self.counts.values())} rows: {self.by_kind()}"
        shown: dict = {}
        for side, kind, key, text in self.differences:
            shown.setdefault((side, kind), []).append(f"{side}: {kind} {key}: {text}")
        return "\n".join([head, *(t for texts in shown.values() for t in texts[:SHOWN])])


class ShopOracle:
    def __init__(self, entries, shop: str = "acme"):
        self.truth, self.shop = shop_truth.Truth(entries), shop
        names = {**ORDER_KINDS, **ONLY_FACTS, **PRODUCT_KINDS, "line_units": "line_units"}
        self.wanted = {kind: getattr(shop_truth, name)(self.truth) for kind, name in names.items()}  # kind -> rows

    def compare(self, db, consume) -> Report:
        """db: a connection; consume: topic -> records."""
        report = self.compare_tables(db)
        facts = shop_facts.Facts(consume, self.truth.gone_orders)
        for kind, name in {**ORDER_KINDS, **ONLY_FACTS, **PRODUCT_KINDS}.items():
            self._judge(report, "facts", kind, getattr(shop_facts, name)(facts))
        return report

    def compare_tables(self, db) -> Report:
        """The half of it that asks nothing of Kafka."""
        report = Report()
        tables = Tables(db, self.shop, self.truth.gone_orders)
        for kind, rows in {**tables.of_orders(), **tables.of_work(), **tables.of_products()}.items():
            self._judge(report, "tables", kind, rows)
        return report

    def _judge(self, report: Report, side: str, kind: str, found: dict) -> None:
        wanted = self.wanted[kind]
        if kind in READ_WITH_ROUTES:
            told = shop_truth.routed(self.truth)
            wanted = {key: row for key, row in wanted.items()
                      if (key[0] if isinstance(key, tuple) else key) in told or key in found}
        if kind == "line":
            wanted, found = (shop_truth.without_dead_links(rows, self.truth) for rows in (wanted, found))
        judge(report, side, kind, wanted, found)


def judge(report: Report, side: str, kind: str, wanted: dict, found: dict) -> None:
    untold = UNTOLD.get((side, kind), set())
    wanted = {key: {n: v for n, v in row.items() if n not in untold} for key, row in wanted.items()}
    if kind == "product":
        # born and gone before anybody looked: nothing to keep
        wanted = {key: row for key, row in wanted.items() if not row["deleted"] or key in found}
    report.counts[side, kind] = len(wanted)
    report.digests[side, kind] = (digest(wanted), digest(found))
    for key in sorted(wanted.keys() | found.keys()):
        text = difference(wanted.get(key), found.get(key))
        if text:
            report.differences.append((side, kind, key, text))


def difference(wanted, found) -> str:
    if found is None:
        return f"missing; Shopify has {str(wanted)[:SHORT]}"
    if wanted is None:
        return f"should not be there: {str(found)[:SHORT]}"
    if found.keys() != wanted.keys():
        return f"is {str(found)[:SHORT]}, Shopify has {str(wanted)[:SHORT]}"
    parts = [f"{name} is {found.get(name)!r}, Shopify has {wanted.get(name)!r}"
             for name in sorted(wanted.keys() | found.keys()) if plain(wanted.get(name)) != plain(found.get(name))]
    return "; ".join(parts)


def plain(value):
    """Lists and tuples are one."""
    return [plain(v) for v in value] if isinstance(value, (list, tuple)) else value
