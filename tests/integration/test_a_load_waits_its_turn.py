# SPDX-License-Identifier: Apache-2.0
"""A first load begins as soon as the shop has a place for it, and goes on as soon as Shopify says that its file is there.

A shop runs five bulk operations at a time for an app; those of others are not ours to stop.
"""
import json
import time
from datetime import datetime, timezone

import pytest
from harness import wait_until
from meddler import Meddler

SHOP = "acme"
OTHERS = """mutation { bulkOperationRunQuery(query: "{ products { edges { node { id } } } }") {
    bulkOperation { id status } userErrors { code message } } }"""


@pytest.fixture(scope="module")
def meddler(stack):
    stack.sandbox.post("seed", {"seed": 5, "products": 3, "orders": 4, "stock": 100, "locations": [{"name": "Online"}]})
    with Meddler(stack) as man_in_the_middle:
        stack.sandbox.post("config", {"webhooks": False})
        yield man_in_the_middle


def run_another(stack) -> dict:
    import httpx
    token = (stack.instance.etc / "token").read_text().strip()
    answer = httpx.post(f"http://127.0.0.1:{stack.sandbox_port}/admin/api/2026-10/graphql.json", json={"query": OTHERS},
                        headers={"X-Shopify-Access-Token": token}, timeout=30)
    return answer.json()["data"]["bulkOperationRunQuery"]


def state_of(stack, stream: str) -> str:
    rows = stack.rows("select bulk_state from shop_cursor where shop = %s and stream = %s", SHOP, stream)
    return rows[0]["bulk_state"] if rows else ""


def test_the_sixth_operation_waits_for_one_of_five_to_end(stack, meddler):
    """Breaks when the shop's own refusal is taken for an error that somebody has to mend, or the load is forgotten."""
    stack.sandbox.post("config", {"bulk_delay_ms": 8000})
    answers = [run_another(stack) for _ in range(6)]
    assert [bool(a["userErrors"]) for a in answers] == [False] * 5 + [True], answers
    stack.sandbox.post("config", {"bulk_delay_ms": 0})
    process = stack.start("order-publisher")
    wait_until(lambda: "runs as many bulk operations as it may" in process.log.read_text(), 20, "it is said")
    assert process.why_not_ready() is None and state_of(stack, "orders") != "running"
    wait_until(lambda: state_of(stack, "orders") == "done", 40, "the load")
    assert len({r.key for r in stack.consume("orders")}) == 4
    assert process.stop() == 0


def test_the_end_is_told_by_a_webhook(stack, meddler):
    """Breaks when nobody listens: a load that takes an hour is looked at every few seconds, and is late all the same."""
    running, looks = {"on": True}, []

    def rule(operation, variables, ask):
        answer = ask()
        if operation == "BulkPoll":
            looks.append((time.monotonic(), variables["id"]))
            if running["on"]:
                answer["data"]["bulkOperation"] |= {"status": "RUNNING", "url": None}
        return answer

    meddler.rule = rule
    stack.db.execute("update shop_cursor set bulk_state = 'none' where stream = 'orders'")
    process = stack.start("order-publisher")
    wait_until(lambda: len(looks) >= 8, 60, "looks that come every five seconds by now")
    running["on"] = False
    seen = len(looks)
    told = time.monotonic()
    stack.produce("shopify-webhooks", f"{SHOP}/BulkOperation/{looks[0][1].split('/')[-1]}", json.dumps({
        "admin_graphql_api_id": looks[0][1], "completed_at": now(), "created_at": now(), "error_code": None,
        "status": "completed", "type": "query"}).encode(), {
        "x-shopify-topic": "bulk_operations/finish", "x-shopify-triggered-at": now(), "x-shopify-api-version": "2026-10"})
    wait_until(lambda: len(looks) > seen, 10, "a look")
    assert looks[seen][0] - told < 2.5 < looks[seen - 1][0] + 5 - told, "sooner than the next look was due"
    wait_until(lambda: state_of(stack, "orders") == "done", 20, "the load")
    assert process.stop() == 0


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
