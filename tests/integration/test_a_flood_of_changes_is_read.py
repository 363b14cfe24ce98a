# SPDX-License-Identifier: Apache-2.0
"""More changes than one search can list are read all the same, part by part: Shopify refuses to page beyond 25,000.

The shop is played by the man in the middle: its products change without end, and each is gone when it is read, which
is all that this needs.
"""
import re
from datetime import datetime, timedelta

import pytest
from harness import wait_until
from meddler import Meddler

SHOP = "acme"
CHANGES, PER_SECOND, DEPTH = 45_000, 25, 25_000


class Flood:
    """Products 1 to CHANGES, PER_SECOND of them changed in each second from `start` on."""

    def __init__(self):
        self.start = datetime.utcnow().replace(microsecond=0) - timedelta(hours=2)
        self.read: set = set()
        self.deepest = 0

    def __call__(self, operation, variables, ask):
        if operation == "ProductsChanged":
            return self.listed(variables)
        if operation == "ProductsByIds":
            self.read |= {int(gid.split("/")[-1]) for gid in variables["ids"]}
            return {"data": {"nodes": [None] * len(variables["ids"])}}
        return ask()

    def listed(self, variables: dict) -> dict:
        since = datetime.fromisoformat(re.search(r"updated_at:>='([^']+?)Z?'", variables["query"]).group(1))
        first = max(0, int((since - self.start).total_seconds()) * PER_SECOND)
        depth = int(variables["after"] or 0)
        self.deepest = max(self.deepest, depth)
        if depth >= DEPTH:
            return {"errors": [{"message": "too deep", "extensions": {"code": "BAD_REQUEST"}}]}
        ids = range(min(first + depth, CHANGES), min(first + depth + variables["first"], CHANGES))
        nodes = [{"id": f"gid://shopify/Product/{i + 1}", "updatedAt": self.text(i)} for i in ids]
        more = first + depth + len(ids) < CHANGES
        return {"data": {"products": {"nodes": nodes, "pageInfo": {
            "hasNextPage": more, "endCursor": str(depth + len(ids)) if more else None}}}}

    def text(self, i: int) -> str:
        return (self.start + timedelta(seconds=i // PER_SECOND)).isoformat() + "Z"


@pytest.fixture(scope="module")
def flood(stack):
    """A publisher that was away for two hours, and what changed meanwhile."""
    stack.sandbox  # noqa: B018  answers everything else
    flood = Flood()
    stack.db.execute("insert into shop_cursor (shop, stream, through_at, bulk_state, updated_at) "
                     "values (%s, 'products', %s, 'done', now())", (SHOP, flood.start.isoformat() + "Z"))
    with Meddler(stack) as meddler:
        meddler.rule = flood
        stack.start("product-publisher")
        yield flood


def test_every_change_is_read_and_the_cursor_follows(stack, flood):
    """Breaks when a listing must be whole: after a long absence the poll would begin anew for ever."""
    wait_until(lambda: len(flood.read) == CHANGES, 90, "every product is asked for")
    assert flood.deepest < DEPTH
    end = flood.start + timedelta(seconds=CHANGES // PER_SECOND)
    wait_until(lambda: stack.rows("select from shop_cursor where shop = %s and stream = 'products' and through_at > %s",
                                  SHOP, end.isoformat() + "Z"), 30, "the cursor is behind the flood")
