# SPDX-License-Identifier: Apache-2.0
"""The table that the demo ends with, and the same as one JSON object."""
import json

GOALS = {"order_webhook_ms": 500, "order_poll_ms": 5000, "stock_ms": 1000, "parcel_ms": 1000}
NAMES = {
    "order_webhook_ms": "order placed → row in Postgres (webhook)",
    "order_poll_ms": "order placed → row in Postgres (polling)",
    "stock_ms": "stock movement accepted → number in Shopify",
    "parcel_ms": "parcel accepted → order fulfilled in Shopify",
}
RSS_GOAL_MB, IDLE_GOAL, LOAD_GOAL_S = 64, 5, 30


def verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def table(result: dict) -> str:
    lines = ["", f"{'hop':<48}{'n':>6}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}   goal (p95)"]
    for key, hop in result["hops"].items():
        cells = "".join(f"{'-' if hop[k] is None else hop[k]:>9}" for k in ("p50", "p95", "max"))
        met = hop["p95"] is not None and hop["p95"] <= GOALS[key]
        lines.append(f"{NAMES[key]:<48}{hop['n']:>6}{cells}   ≤ {GOALS[key]}: {verdict(met)}")
    load = result["initial_load_s"]
    lines += ["", f"initial load of the whole shop                  {load:>6.1f} s"
              f"   ≤ {LOAD_GOAL_S}: {verdict(load <= LOAD_GOAL_S)}"]
    largest = max(result["rss_mb"].items(), key=lambda kv: kv[1], default=("-", 0))
    lines.append(f"largest process                                 {largest[1]:>6.1f} MB  ≤ {RSS_GOAL_MB}: "
                 f"{verdict(largest[1] <= RSS_GOAL_MB)} ({largest[0]})")
    if result["idle_cpu_percent"] is not None:
        idle = result["idle_cpu_percent"]
        lines.append(f"idle stack without the JVM                      {idle:>6.2f} % of a core   ≤ {IDLE_GOAL}: "
                     f"{verdict(idle <= IDLE_GOAL)}")
    if result["kills"]:
        each = ", ".join(f"{name} {n}" for name, n in sorted(result["kills_by_service"].items()))
        lines.append(f"kills                                           {result['kills']:>6}     {each}; "
                     f"{result['kills_with_input']} while input was waiting")
    lines.append("")
    compared = result["compared"]
    for kind, count in result["differences"].items():
        lines.append(f"{kind + ' that differ' if kind != 'doubled' else 'effects that happened twice':<48}{count:>6}")
    lines.append("compared: " + ", ".join(f"{n:,} {what}" for what, n in compared.items()))
    return "\n".join(lines)


def as_json(result: dict) -> str:
    return json.dumps(result, sort_keys=False)
