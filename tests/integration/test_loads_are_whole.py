# SPDX-License-Identifier: Apache-2.0
"""The initial load is whole or it is not done, and it takes nothing back that was seen meanwhile.

Polls begin where the load began: what a load lacks is never looked for again.
"""
import httpx
import pytest
from harness import wait_until
from meddler import Meddler

SHOP = "acme"
ORDERS = 6
# a shop that waits for a person is tried again soon
SOON = {"shop.acme.pause_ms": 300}


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
    before = len(meddler.asked)
    stack.db.execute("update shop_cursor set bulk_state = 'none' where stream = 'fulfillment-orders'")
    process = stack.start("order-update-publisher", options=SOON, wait=False)
    reason = wait_until(lambda: (why := process.why_not_ready()) and "scopes" in why and why, 30, "it says what to do")
    assert "5 minutes" in reason
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason) "
                     "values (%s, 'Order/1', now(), now(), 'a read that works')", (SHOP,))
    wait_until(lambda: any(v.get("ids") == ["gid://shopify/Order/1"] for _, v in meddler.asked), 20, "the shop is read")
    assert process.why_not_ready(), "that other things work does not say that the load does"
    asked = [v["query"] for operation, v in meddler.asked[before:] if operation == "BulkRun"]
    assert len([query for query in asked if "fulfillmentOrders" in query]) == 1
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


@pytest.fixture()
def load(stack, meddler):
    """Starts the load of a stream anew; ends the service afterwards."""
    meddler.rule = None
    started = []

    def begin(service: str = "order-publisher", stream: str = "orders", **more):
        stack.db.execute("update shop_cursor set bulk_state = 'none' where stream = %s", (stream,))
        started.append(stack.start(service, **more))
        return started[-1]
    yield begin
    for process in started:
        assert not process.alive or process.stop() == 0


def fault(stack, action: str, **more) -> None:
    """One that the next bulk operation meets."""
    stack.sandbox.post("faults", {"action": action, **more})


def lines_in_kafka(stack, topic: str = "orders") -> dict:
    return {r.key: len(r.json["lines"]) for r in stack.consume(topic)}


def test_children_far_from_their_parents_find_them(stack, meddler, load):
    """Breaks when an order whose lines come later in the file is published without them."""
    for n in range(40):
        skus = [v["sku"] for v in stack.sandbox.get("catalog")["variants"]][:1 + n % 5]
        stack.sandbox.post("orders", {"lines": [{"sku": sku, "quantity": 1} for sku in skus]})
    fault(stack, "bulk_shuffle", seed=3)
    process = load()
    wait_until(lambda: state_of(stack, "orders") == "done", 60, "the load")
    assert "do not follow their parents" in log_of(process)
    shown = {f"{SHOP}/{o['id']}": len(o["lines"]) for o in stack.sandbox.get("state")["orders"]}
    assert lines_in_kafka(stack) == shown


def test_what_a_failed_operation_left_is_published_and_the_rest_comes_later(stack, meddler, load):
    """Breaks when the part counts for the whole, or is thrown away."""
    fault(stack, "bulk_fail", rows=10)
    process = load()
    wait_until(lambda: state_of(stack, "orders") == "done", 60, "the load after the failed one")
    assert "what it had read is published, then it is run again" in log_of(process)
    assert submissions(meddler) >= 2
    row = stack.rows("select bulk_objects, bulk_produced from shop_cursor where stream = 'orders'")[0]
    assert row["bulk_objects"] >= 40, "all, and not only the part"


def test_an_expired_address_is_asked_for_again(stack, meddler, load):
    """Breaks when a load that waited too long fails for ever, or starts from nothing."""
    expired = {"left": 1}

    def rule(operation, _, ask):
        answer = ask()
        if operation == "BulkPoll" and answer["data"]["bulkOperation"]["url"] and expired["left"]:
            expired["left"] -= 1
            answer["data"]["bulkOperation"]["url"] = answer["data"]["bulkOperation"]["url"].replace(".jsonl", "0.jsonl")
        return answer

    before = submissions(meddler)
    meddler.rule = rule
    load()
    wait_until(lambda: state_of(stack, "orders") == "done", 60, "the load")
    assert expired["left"] == 0
    assert submissions(meddler) - before == 1, "the same operation, at a fresh address"


def graphql(stack, query: str) -> dict:
    token = (stack.instance.etc / "token").read_text().strip()
    answer = httpx.post(f"http://127.0.0.1:{stack.sandbox_port}/admin/api/2026-10/graphql.json", json={"query": query},
                        headers={"X-Shopify-Access-Token": token}, timeout=30)
    return answer.json()["data"]


def operation_of(stack, stream: str) -> str:
    rows = stack.rows("select bulk_operation from shop_cursor where stream = %s and bulk_state = 'running'", stream)
    return rows[0]["bulk_operation"] if rows else ""


def test_a_cancelled_operation_is_run_again(stack, meddler, load):
    """Breaks when somebody's click in the admin ends the load for ever."""
    before = submissions(meddler)
    stack.sandbox.post("config", {"bulk_delay_ms": 5000})
    process = load()
    gid = wait_until(lambda: operation_of(stack, "orders"), 30, "the operation")
    stack.sandbox.post("config", {"bulk_delay_ms": 200})
    cancel = f'mutation {{ bulkOperationCancel(id: "{gid}") {{ bulkOperation {{ status }} userErrors {{ message }} }} }}'
    assert graphql(stack, cancel)["bulkOperationCancel"] == {"bulkOperation": {"status": "CANCELING"}, "userErrors": []}
    wait_until(lambda: state_of(stack, "orders") == "done", 60, "the load")
    assert submissions(meddler) - before == 2
    assert "CANCELED" in log_of(process)


def test_a_load_that_has_no_place_waits_and_holds_up_nobody(stack, meddler, load):
    """Breaks when a shop whose operations are all taken gets no hints read, or nobody knows why the load waits."""
    full = {"on": True}
    refusal = {"userErrors": [{"code": "LIMIT_REACHED", "field": None, "message": "five are running"}],
               "bulkOperation": None}

    def rule(operation, _, ask):
        if operation == "BulkRun" and full["on"]:
            return {**ask(), "data": {"bulkOperationRunQuery": refusal}}
        return ask()

    meddler.rule = rule
    order = stack.sandbox.get("state")["orders"][3]
    meddler.asked.clear()
    stack.db.execute("delete from hint")
    process = load("order-update-publisher", "fulfillment-orders")
    wait_until(lambda: "runs as many bulk operations as it may" in log_of(process), 30, "it is said")
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason) "
                     "values (%s, %s, now(), now(), 'ask')", (SHOP, f"Order/{order['id']}"))
    gid = f"gid://shopify/Order/{order['id']}"
    wait_until(lambda: any(gid in v.get("ids", []) for _, v in meddler.asked), 4, "hints are read")
    assert process.why_not_ready() is None
    full["on"] = False
    wait_until(lambda: state_of(stack, "fulfillment-orders") == "done", 30, "the load")
    stack.db.execute("delete from hint")


def test_history_goes_back_and_what_hides_is_told(stack, meddler, load):
    """Breaks when two years of orders are asked for, sixty days come, and nobody learns why."""
    scopes = stack.sandbox.get("config")["scopes"]
    closed = stack.sandbox.post("orders", {"lines": [{"title": "closed", "quantity": 1, "price": "1.00"}]})
    stack.sandbox.post(f"orders/{closed['id']}/cancel", {"reason": "CUSTOMER"})
    since = {"shop.acme.history_since": "2020-01-01T00:00:00Z"}
    stack.sandbox.post("config", {"scopes": [s for s in scopes if s != "read_all_orders"]})
    process = load(options=since)
    told = "select detail from exception_case where kind = 'history_limited' and closed_at is null"
    wait_until(lambda: state_of(stack, "orders") == "done", 60, "the load")
    assert "read_all_orders" in stack.rows(told)[0]["detail"]
    assert f"{SHOP}/{closed['id']}" in lines_in_kafka(stack)
    assert process.stop() == 0
    stack.sandbox.post("config", {"scopes": scopes})
    load(options=since)
    wait_until(lambda: stack.rows(told) == [], 60, "nothing is hidden any more")
    wait_until(lambda: state_of(stack, "orders") == "done", 60, "the load")


def routes(stack, order: dict) -> list:
    return [r.json for r in stack.consume("fulfillment-orders") if r.key == f"{SHOP}/{order['id']}"]
