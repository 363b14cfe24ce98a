# SPDX-License-Identifier: Apache-2.0
"""How long each hop took: from the act to the commit, or to the effect in the sandbox's ledger.

Commit times are Postgres' own (track_commit_timestamp), read from a row that is inserted once and never updated.
"""
from datetime import datetime

import psycopg

from .world import SHOP


def unix(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def percentiles(values: list) -> dict:
    """Milliseconds; nearest rank, so that every figure is one that happened."""
    if not values:
        return {"n": 0, "p50": None, "p95": None, "max": None}
    ordered = sorted(values)
    at = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    return {"n": len(ordered), "p50": round(at(0.50)), "p95": round(at(0.95)), "max": round(ordered[-1])}


def orders(history: list, wanted: set, database: str) -> list:
    """Order placed in Shopify → first committed version in Postgres."""
    placed = {e["object"]["id"]: unix(e["at"]) for e in history if e["act"] == "order_placed"}
    with psycopg.connect(database) as db:
        committed = dict(db.execute(
            "select order_id, extract(epoch from min(pg_xact_commit_timestamp(v.xmin)))::float8"
            "  from order_version v where shop = %s group by 1", (SHOP,)).fetchall())
    return [1000 * (committed[o] - placed[o]) for o in wanted if o in committed]


def movements(history: list, accepted: list, since: float) -> list:
    """Movement accepted → Shopify shows another number for that article. Each article moves once in a phase."""
    effects = {}
    for entry in history:
        if entry["actor"] != "app" or unix(entry["at"]) < since:
            continue
        for level in (entry["effect"] or {}).get("levels", ()):
            effects.setdefault(level["sku"], []).append(unix(entry["at"]))
    found = []
    for a in accepted:
        if a.record["kind"] != "movement" or a.at < since:
            continue
        after = [at for at in effects.get(a.record["item"][4:], ()) if at >= a.at - 1.0]
        if after:
            found.append(1000 * max(0.0, min(after) - a.at))
    return found


def parcels(history: list, accepted: list) -> list:
    """Parcel accepted → fulfilment with its tracking number."""
    fulfilled = {}
    for entry in history:
        if entry["act"] != "fulfillment_created":
            continue
        for fulfillment in entry["effect"]["order"]["fulfillments"]:
            for number in fulfillment["tracking"]["numbers"]:
                fulfilled.setdefault(number, unix(entry["at"]))
    return [1000 * max(0.0, fulfilled[a.record["tracking_number"]] - a.at) for a in accepted
            if a.record["tracking_number"] in fulfilled]
