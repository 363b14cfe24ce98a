# SPDX-License-Identifier: Apache-2.0
"""`millrace status` is the one page for the person on call: what does not run and why, which shop is paused and what to do,
how far the first load is, how far behind a group is, what waits.

If this fails, somebody looks at a page that says that all is well, or at none at all.
"""
import http.server
import json
import re
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READY = """shop people-a: shop people-a: orders.graphql: HTTP 402: its owner has to settle Shopify's bill
kafka: no partitions assigned yet
"""
METRICS = """# HELP millrace_consumer_lag_seconds as a service shows it
millrace_consumer_lag_seconds{topic="orders",partition="0"} 0.250000
millrace_consumer_lag_seconds{topic="orders",partition="1"} 3.562008
millrace_consumer_lag_seconds{topic="order-updates",partition="1"} 9.000000
millrace_unknown_keys_total{topic="orders"} 2
millrace_unknown_keys_total{topic="order-updates"} 5
millrace_unknown_keys_totally_else{topic="order-updates"} 500
"""


class Pages(http.server.BaseHTTPRequestHandler):
    """The health pages of a service that misses something."""

    def do_GET(self):
        body = (READY if self.path == "/readyz" else METRICS).encode()
        self.send_response(503 if self.path == "/readyz" else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def state(stack):
    """A service that is not ready, a load that runs, a group that is behind, things that wait."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = stack.instance.run / "order-state.port"
    file.write_text(f"{server.server_port}\n")
    stack.db.execute("""
        insert into shop_cursor (shop, stream, through_at, bulk_state, bulk_objects, bulk_produced, updated_at)
        values ('people-a', 'orders', '2026-11-20T00:00:00Z', 'running', 50000, 1200, '2026-11-20T00:00:00Z'),
               ('people-a', 'products', '2026-11-20T00:00:00Z', 'running', 8000, 0, '2026-11-20T00:00:00Z')""")
    stack.db.execute("select open_exceptions('shop_paused', array['people-b'], array['token: renew it'], '2026-11-20T00:00:00Z')")
    stack.db.execute("""insert into drift (shop, kind, object_id, found_at, owner_id, sweep, difference, cause, theirs, ours,
                                           seen_at)
                        values ('people-a', 'order', 1, '2026-11-20T00:00:00Z', 1, 'light', 'missing', 'a test', 'a', null,
                                '2026-11-20T00:00:00Z')""")
    stack.produce("orders", "people-a/1", b"{}", bad=True)
    for partition in range(4):
        stack.db.execute("""insert into consumer_offset (consumer_group, topic, partition, next_offset, updated_at)
                            values (%s, %s, %s, 0, '2026-11-20T00:00:00Z')""",
                         (stack.prefix + "order-state", stack.prefix + "orders", partition))
    yield json.loads(stack.cli("status", "--json", expect=1))
    file.unlink()
    server.shutdown()


def test_what_a_service_misses_is_said(stack, state):
    (service,) = state["services"]
    assert service["name"] == "order-state" and service["ready"] is False
    assert service["state"] == "shop people-a is paused; kafka: no partitions assigned yet"


def test_a_paused_shop_is_shown_with_what_to_do(stack, state):
    """If it fails, a merchant whose token ran out hears it from his customers."""
    assert [(p["shop"], p["service"], p["why"]) for p in state["paused"]] == [
        ("people-b", "shopify-writer", "token: renew it"),
        ("people-a", "order-state", "orders.graphql: HTTP 402: its owner has to settle Shopify's bill")]


def test_the_first_load_shows_how_far_it_is(stack, state):
    streams = {s["stream"]: s for s in state["streams"]}
    orders, products = streams["orders"], streams["products"]
    assert (orders["load"], orders["loaded"], orders["load_objects"]) == ("goes into Kafka", 1200, 50000)
    assert (products["load"], products["load_objects"]) == ("Shopify prepares the file", 8000)
    assert orders["behind_s"] > 3600


def test_a_group_shows_its_lag_in_records_and_in_time(stack, state):
    (group,) = state["groups"]
    assert (group["partitions"], group["lag"], group["lag_ms"]) == (4, 1, 3562)


def test_what_waits_is_counted(stack, state):
    waiting = {w["what"]: w["count"] for w in state["waiting"]}
    assert waiting["unknown keys of records ignored"] == 7
    assert waiting["differences from Shopify"] == 1 and waiting["exceptions: shop_paused"] == 1


def test_the_page_says_the_same_in_columns(stack, state):
    page = stack.cli("status", expect=1)
    for table, words in (("SERVICE", "shop people-a is paused"), ("PAUSED SHOP", "token: renew it"), ("\nSHOP  ", "50000"),
                         ("GROUP", "3562"), ("WAITING", "unknown keys of records ignored")):
        lines = page.split(table, 1)[1].split("\n\n", 1)[0]
        assert words in lines, f"{table}:\n{page}"


def test_without_a_database_it_shows_what_runs(stack, state, monkeypatch):
    """If it fails, the page is empty just when somebody needs it."""
    monkeypatch.setenv("MILLRACE_POSTGRES_URL", "host=127.0.0.1 port=1")
    page = stack.cli("status", expect=75)
    assert "shop people-a is paused" in page and "postgres: cannot connect" in page and "GROUP" not in page


def test_every_kind_of_exception_comes_with_what_to_do(stack):
    """If it fails, a person is told that something waits, and not for what."""
    told = stack.rows("select kind from unnest(%s::text[]) kind where exception_advice(kind) is null", sorted(kinds_opened()))
    assert not told


def kinds_opened() -> set:
    """What the tables of the READMEs say is opened."""
    kinds = set()
    for page in [*ROOT.glob("services/*/README.md"), *ROOT.glob("shared/*/README.md")]:
        for table in re.findall(r"\| kind \| subject \|.*\n\|[-|]*\n((?:\|.*\n)+)", page.read_text()):
            kinds |= set(re.findall(r"(?m)^\| `([a-z_]+)` \|", table))
    assert len(kinds) > 20
    return kinds
