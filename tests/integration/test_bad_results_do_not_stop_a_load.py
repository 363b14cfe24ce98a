# SPDX-License-Identifier: Apache-2.0
"""What storage and shops may put into the result of a bulk operation ends neither the load nor anything else.

Every object that can be read is in Kafka when the load is done, and of every other one people are told.
"""
import json
import re

import pytest
from harness import wait_until
from meddler import Meddler

SHOP = "acme"
PRODUCTS = 30
MIB = 1 << 20
SOON = {"shop.acme.pause_ms": 300}


@pytest.fixture(scope="module")
def meddler(stack):
    sandbox = stack.sandbox
    sandbox.post("seed", {"seed": 11, "products": PRODUCTS, "orders": 4, "stock": 10, "locations": [{"name": "Online"}]})
    sandbox.post("config", {"webhooks": False})
    with Meddler(stack) as meddler:
        yield meddler


@pytest.fixture()
def load(stack, meddler):
    """Loads a stream anew while a fault waits for it; says what is in Kafka, and what was asked for meanwhile."""
    services = []

    def begin(service: str = "product-publisher", stream: str = "products"):
        stack.db.execute("update shop_cursor set bulk_state = 'none' where stream = %s", (stream,))
        stack.db.execute("delete from dead_letter")
        meddler.asked.clear()
        services.append(stack.start(service, options=SOON, wait=False))
        return services[-1]
    yield begin
    meddler.rule = None
    for process in services:
        assert process.stop() == 0


def is_done(stack, stream: str = "products") -> bool:
    return bool(stack.rows("select from shop_cursor where stream = %s and bulk_state = 'done'", stream))


def log_of(process) -> str:
    return process.log.read_text(errors="replace")


def asked(meddler, operation: str) -> list:
    return [variables for name, variables in meddler.asked if name == operation]


def titles(stack) -> dict:
    return {r.key: r.json["title"] for r in stack.consume("products")}


def shown(stack) -> dict:
    return {f"{SHOP}/{p['id']}": p["title"] for p in stack.sandbox.get("state")["products"]}


def fault(stack, action: str, **more) -> None:
    stack.sandbox.post("faults", {"action": action, **more})


def peak_mib(process) -> int:
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) // 1024


def test_a_line_of_20_mb_becomes_a_dead_letter_and_its_object_is_read(stack, meddler, load):
    """Breaks when one absurd text ends the load of a whole shop, or its product is missing in silence."""
    fault(stack, "bulk_long_line", bytes=20 * MIB)
    process = load()
    wait_until(lambda: is_done(stack), 60, "the load")
    assert titles(stack) == shown(stack), "the product whose row was cut was read by its id"
    letter, = stack.rows("select consumer_group || '/' || topic || '/-1@' || record_offset as id, * from dead_letter")
    payload = json.loads(letter["payload"])
    assert letter["code"] == "LINE" and "it is longer than 4194304 bytes" in letter["reason"]
    assert payload["bytes"] > 20 * MIB and len(payload["sha256"]) == 64 and len(payload["begins"]) == 1024
    assert bytes(letter["record_key"]).decode() == f"{SHOP}/{payload['id']}"
    gid = f"gid://shopify/Product/{payload['id']}"
    assert gid in letter["reason"] and len(bytes(letter["payload"])) < 4096
    meddler.asked.clear()
    assert "sent again" in stack.cli("deadletters", "retry", letter["id"])
    wait_until(lambda: any(gid in v["ids"] for v in asked(meddler, "ProductsByIds")), 20, "sent again, it is read")
    assert process.why_not_ready() is None


def test_a_compressed_bomb_is_refused_in_bounded_memory(stack, meddler, load):
    """Breaks when a small answer that unpacks to a gigabyte takes the process, and every other shop, down."""
    fault(stack, "gzip_bomb", match={"url": "/bulk/"}, bytes=1024 * MIB)
    process = load()
    wait_until(lambda: is_done(stack), 60, "the load after the bomb")
    assert "a line of more than 64 MiB is no row of Shopify's" in log_of(process)
    assert "shop paused" in log_of(process)
    assert peak_mib(process) < 500, "with sanitizers, which keep what was freed"
    assert titles(stack) == shown(stack) and len(asked(meddler, "BulkRun")) == 1


def test_storage_may_redirect_and_compress(stack, meddler, load):
    """Breaks when the file is asked for where it no longer lies, or its compressed bytes are taken for rows."""
    stack.sandbox.post("config", {"bulk_redirect": True, "bulk_gzip": True})
    load()
    wait_until(lambda: is_done(stack), 60, "the load")
    stack.sandbox.post("config", {"bulk_redirect": False, "bulk_gzip": False})
    assert titles(stack) == shown(stack) and len(asked(meddler, "BulkRun")) == 1


@pytest.mark.parametrize("bytes_", [0, 1, 777, 20_000])
def test_a_download_that_breaks_off_is_fetched_again(stack, meddler, load, bytes_):
    """Breaks when the part passes for the whole, or the shop has to write the file once more."""
    fault(stack, "truncated", match={"url": "/bulk/"}, bytes=bytes_)
    process = load()
    wait_until(lambda: is_done(stack), 60, "the load")
    assert titles(stack) == shown(stack) and len(asked(meddler, "BulkRun")) == 1
    assert "shop does not answer as it should" in log_of(process)


def test_an_address_that_stays_expired_ends_in_another_operation(stack, meddler, load):
    """Breaks when a load that slept over its result asks for it for ever."""
    stack.sandbox.post("config", {"bulk_url_expires_ms": 0})
    process = load()
    wait_until(lambda: "its address has expired, or it is gone" in log_of(process) and
               len(asked(meddler, "BulkRun")) > 1, 60, "another operation")
    assert len(asked(meddler, "BulkPoll")) >= 3, "a fresh address was asked for before"
    stack.sandbox.post("config", {"bulk_url_expires_ms": 604_800_000})
    wait_until(lambda: is_done(stack), 60, "the load")


@pytest.mark.parametrize("note, says", [("a\0b", "NUL character"), ("half \ud83d pair", "invalid Unicode")],
                         ids=["nul", "lone-surrogate"])
def test_an_order_with_a_note_that_no_database_holds(stack, meddler, load, note, says):
    """Breaks when one order keeps all others out, or is forgotten: people are told, and once mended it is read."""
    wish = {"lines": [{"title": "odd", "quantity": 1, "price": "1.00"}], "note": note}
    order = stack.sandbox._http.post("/control/orders", content=json.dumps(wish)).json()
    subject = f"{SHOP}/NewOrder/{order['id']}"
    load("order-publisher", "orders")
    wait_until(lambda: is_done(stack, "orders"), 90, "the load")
    orders = {r.key for r in stack.consume("orders")}
    assert orders >= {f"{SHOP}/{o['id']}" for o in stack.sandbox.get("state")["orders"]} - {f"{SHOP}/{order['id']}"}
    assert f"{SHOP}/{order['id']}" not in orders
    letter, = stack.rows("select reason from dead_letter where record_key = %s", f"{SHOP}/{order['id']}".encode())
    assert says in letter["reason"] and f"Order/{order['id']}" in letter["reason"]
    detail = "select detail, closed_at from exception_case where kind = 'unreadable' and subject = %s"
    assert [row["closed_at"] for row in stack.rows(detail, subject)] == [None]
    stack.sandbox.post(f"orders/{order['id']}/update", {"note": "mended"})
    stack.db.execute("update hint set due_at = now()")
    wait_until(lambda: f"{SHOP}/{order['id']}" in {r.key for r in stack.consume("orders")}, 30, "the order")
    wait_until(lambda: stack.rows(detail, subject)[0]["closed_at"], 30, "the exception is closed")
