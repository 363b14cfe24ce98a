# SPDX-License-Identifier: Apache-2.0
"""The initial load is whole or it is not done, and it takes nothing back that was seen meanwhile.

Polls begin where the load began: what a load lacks is never looked for again.
"""
import pytest
from harness import wait_until
from meddler import Meddler

SHOP = "acme"
ORDERS = 6


@pytest.fixture(scope="module")
def meddler(stack):
    sandbox = stack.sandbox
    sandbox.post("seed", {"seed": 7, "products": 12, "orders": ORDERS, "stock": 1000, "locations": [{"name": "Online"}]})
    with Meddler(stack) as meddler:
        yield meddler


def state_of(stack, stream: str) -> str:
    rows = stack.rows("select bulk_state from shop_cursor where shop = %s and stream = %s", SHOP, stream)
    return rows[0]["bulk_state"] if rows else ""


def log_of(process) -> str:
    return process.log.read_text(errors="replace")


def submissions(meddler) -> int:
    return [operation for operation, _ in meddler.asked].count("BulkRun")


@pytest.mark.parametrize("count", ["rootObjectCount", "objectCount"])
def test_a_result_that_is_too_short_is_not_believed(stack, meddler, count):
    """Breaks when a file that was cut between two lines is taken for all: the orders behind the cut are lost."""
    short = {"left": 2}

    def rule(operation, _, ask):
        answer = ask()
        if operation == "BulkPoll" and answer["data"]["bulkOperation"]["status"] == "COMPLETED" and short["left"]:
            short["left"] -= 1
            answer["data"]["bulkOperation"][count] = str(int(answer["data"]["bulkOperation"][count]) + 1)
        return answer

    meddler.rule = rule
    before = submissions(meddler)
    stack.db.execute("update shop_cursor set bulk_state = 'none' where stream = 'orders'")
    process = stack.start("order-publisher")
    wait_until(lambda: short["left"] == 0, 60, "two loads that are too short")
    assert state_of(stack, "orders") != "done"
    wait_until(lambda: state_of(stack, "orders") == "done", 60, "a load that is whole")
    assert submissions(meddler) - before == 3, "each was run anew"
    assert log_of(process).count("initial load failed; it is run again") >= 2
    assert process.stop() == 0


@pytest.mark.parametrize("where", ["at the start", "afterwards"])
def test_a_load_that_is_denied_waits_loudly(stack, meddler, where):
    """Breaks when it is run again every few seconds, in silence, until the shop has no operation left to give."""
    denied = {"userErrors": [{"code": "ACCESS_DENIED", "field": None, "message": "Access denied"}], "bulkOperation": None}

    def rule(operation, _, ask):
        answer = ask()
        if operation == "BulkRun" and where == "at the start":
            answer["data"]["bulkOperationRunQuery"] = denied
        if operation == "BulkPoll":
            answer["data"]["bulkOperation"] |= {"status": "FAILED", "errorCode": "ACCESS_DENIED", "url": None}
        return answer

    meddler.rule = rule
    before = submissions(meddler)
    stack.db.execute("update shop_cursor set bulk_state = 'none' where stream = 'fulfillment-orders'")
    process = stack.start("order-update-publisher", wait=False)
    reason = wait_until(lambda: (why := process.why_not_ready()) and "scopes" in why and why, 30, "it says what to do")
    assert "5 minutes" in reason
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason) "
                     "values (%s, 'Order/1', now(), now(), 'a read that works')", (SHOP,))
    wait_until(lambda: ("OrdersWholeByIds", {"ids": ["gid://shopify/Order/1"]}) in meddler.asked, 45, "the shop is read")
    assert process.why_not_ready(), "that other things work does not say that the load does"
    assert submissions(meddler) - before == 1
    stack.db.execute("delete from hint")
    assert process.stop() == 0


def test_a_load_takes_nothing_back(stack, meddler):
    """Breaks when what the load saw is published behind what a read has seen since: compaction would keep the older."""
    release = {"on": False}
    order = stack.sandbox.get("state")["orders"][0]

    def rule(operation, _, ask):
        answer = ask()
        if operation == "BulkPoll" and not release["on"]:
            release["ran"] = answer["data"]["bulkOperation"]["status"] == "COMPLETED"
            answer["data"]["bulkOperation"] |= {"status": "RUNNING", "url": None}
        return answer

    meddler.rule = rule
    stack.db.execute("update shop_cursor set bulk_state = 'none' where stream = 'fulfillment-orders'")
    process = stack.start("order-update-publisher")
    wait_until(lambda: release.get("ran"), 30, "Shopify has written the result")
    stack.sandbox.post(f"orders/{order['id']}/fulfill", {})
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason) "
                     "values (%s, %s, now(), now(), 'webhook')", (SHOP, f"Order/{order['id']}"))
    wait_until(lambda: routes(stack, order), 30, "the order is read")
    release["on"] = True
    wait_until(lambda: state_of(stack, "fulfillment-orders") == "done", 30, "the load is done")
    moments = [(fact["updated_at"], fact["observed_at"]) for fact in routes(stack, order)]
    assert moments == sorted(moments)
    assert process.stop() == 0


def routes(stack, order: dict) -> list:
    return [r.json for r in stack.consume("fulfillment-orders") if r.key == f"{SHOP}/{order['id']}"]
