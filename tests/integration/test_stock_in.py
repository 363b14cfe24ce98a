# SPDX-License-Identifier: Apache-2.0
"""Stock comes in by HTTP and by Kafka, counts once, and ends at the same number in whatever order it arrives.

If this fails, the promise to shoppers is wrong: a count is forgotten, a movement is booked twice, one bad record stops
all that follow, or stock of an unknown building or item vanishes without a word.
"""
import itertools
import json
import random
import signal
import socket

import httpx
import pytest
from harness import wait_until
from jsonschema import Draft202012Validator

from millrace_stack import PROJECT

T = "2026-11-24T{:02d}:{:02d}:00.000000Z"
GROUP = "inventory-state"


def entry(kind: str, quantity: int, *, item: str = "sku:A", facility: str = "WH", at: str = T.format(10, 0),
          event: str, source: str = "wms-1") -> dict:
    return {"as_of": at, "event_id": event, "facility": facility, "item": item, "kind": kind, "quantity": quantity,
            "reason": None, "source": source}


def send(stack, record: dict, **more) -> tuple:
    return stack.produce("inventory", record["item"], record, **more)


@pytest.fixture(scope="module")
def state(stack):
    return stack.start("inventory-state")


@pytest.fixture(scope="module")
def door(stack, state):
    stack.start("ingest-gateway")
    with httpx.Client(base_url=f"http://127.0.0.1:{stack.ingest_port}") as client:
        yield client


def on_hand(stack, item: str, facility: str = "WH"):
    rows = stack.rows("""select s.on_hand from stock s join item i using (item_id)
                          where i.item = %s and s.facility = %s""", item, facility)
    return rows[0]["on_hand"] if rows else None


def exceptions(stack, kind: str) -> set:
    return {r["subject"] for r in stack.rows(
        "select subject from exception_case where kind = %s and closed_at is null", kind)}


def tally(stack) -> dict:
    return stack.rows("""select coalesce(sum(consumed), 0)::int as consumed, coalesce(sum(applied), 0)::int as applied,
                                coalesce(sum(duplicate), 0)::int as duplicate,
                                coalesce(sum(dead_lettered), 0)::int as dead
                           from consumer_offset where consumer_group like '%%inventory-state'""")[0]


def produced(stack) -> int:
    return len(stack.consume("inventory")) + len(stack.consume("settings"))


def caught_up(stack) -> None:
    wait_until(lambda: tally(stack)["consumed"] == produced(stack), 30, "every record was consumed")


def setting(stack, **fields) -> tuple:
    return stack.produce("settings", f"{fields['kind']}/{fields['id']}", fields)


# -- HTTP ------------------------------------------------------------------------------------------------------------

def test_a_record_is_durable_and_keeps_its_schema_when_it_is_accepted(stack, door):
    answer = door.post("/v1/inventory", json={"event_id": "h1", "kind": "movement", "sku": "HTTP/1", "facility": "WH",
                                              "quantity": 4, "source": "erp", "as_of": "2026-11-24T12:00:00+02:00"})
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "errors": [], "refused": 0})
    record = next(r for r in stack.check_topic("inventory") if r.json["event_id"] == "h1")
    assert record.key == "sku:HTTP%2F1"
    assert record.json == entry("movement", 4, item="sku:HTTP/1", at=T.format(10, 0), event="h1", source="erp")
    assert record.headers["ce_id"] == "inventory/sku:HTTP%2F1@erp/h1"
    assert record.headers["ce_type"] == "millrace.inventory.v1" and record.headers["ce_specversion"] == "1.0"
    assert record.headers["ce_source"] == "erp" and record.headers["ce_time"] == T.format(10, 0)
    assert len(record.headers["traceparent"]) == 55
    wait_until(lambda: on_hand(stack, "sku:HTTP/1") == 4, 10)


def test_a_bad_row_is_named_and_the_good_ones_go_on(stack, door):
    rows = [entry("count", 5, item="sku:R1", event="r1"), {**entry("count", 5, event="r2"), "quantity": "five"},
            entry("count", 7, item="sku:R3", event="r3")]
    answer = door.post("/v1/inventory", json={"records": rows})
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 2, "refused": 1,
                             "errors": [{"index": 1, "field": "quantity", "error": "expected integer"}]}
    wait_until(lambda: (on_hand(stack, "sku:R1"), on_hand(stack, "sku:R3")) == (5, 7), 10)


def test_csv_with_a_header_line(stack, door):
    body = 'sku,facility,kind,quantity\r\n"C,1",WH,count,3\r\nC2,WH,sold,1\r\nC3,WH,count,\r\n'
    answer = door.post("/v1/inventory", content=body, headers={"Content-Type": "text/csv", "X-Source": "sheet",
                                                               "Idempotency-Key": "file-1"})
    assert answer.status_code == 202 and answer.json()["accepted"] == 1
    assert [(e["index"], e["field"]) for e in answer.json()["errors"]] == [(1, "kind"), (2, "quantity")]
    wait_until(lambda: on_hand(stack, "sku:C,1") == 3, 10)
    assert any(r.json["event_id"] == "file-1/0" and r.json["source"] == "sheet" for r in stack.consume("inventory"))


def test_the_same_event_counts_once_by_whichever_door_it_comes(stack, door):
    movement = entry("movement", 9, item="sku:ONCE", event="once")
    for _ in range(3):
        assert door.post("/v1/inventory", json=movement).status_code == 202
    send(stack, movement)
    keyed = {k: v for k, v in entry("movement", 1, item="sku:ONCE", event="").items() if k != "event_id"}
    for _ in range(2):
        assert door.post("/v1/inventory", json=[keyed, keyed],
                         headers={"Idempotency-Key": "k1"}).json()["accepted"] == 2
    caught_up(stack)
    assert on_hand(stack, "sku:ONCE") == 11
    counts = tally(stack)
    assert counts["duplicate"] >= 5 and counts["consumed"] == counts["applied"] + counts["duplicate"] + counts["dead"]


@pytest.mark.parametrize("body, content_type, status", [
    (b"not json", "application/json", 400), (b"[]", "application/json", 400), (b"{}", "application/json", 400),
    (b"<x/>", "application/xml", 415), (b"sku,qty\nA,1\n", "text/csv", 400),
    (json.dumps([entry("count", 1, event=str(i)) for i in range(1001)]).encode(), "application/json", 400),
    (b" " * 4_194_305, "application/json", 413),
])
def test_what_is_refused_as_a_whole_leaves_nothing(stack, door, body, content_type, status):
    before = len(stack.consume("inventory"))
    answer = door.post("/v1/inventory", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status
    assert status == 413 or answer.json()
    assert len(stack.consume("inventory")) == before


def test_parcels_keep_their_schema_and_their_order(stack, door):
    parcels = [{"shop": "acme", "order_id": "gid://shopify/Order/5123456789", "event_id": f"p{i}", "source": "wms-1",
                "facility": "WH", "carrier": "DHL", "tracking_number": f"JJD{i}", "shipped_at": T.format(11, i),
                "lines": [{"line_id": 1, "quantity": 1}, {"sku": " A ", "quantity": 2}]} for i in range(20)]
    assert door.post("/v1/shipments", json=parcels).json()["accepted"] == 20
    records = stack.check_topic("shipments")
    assert {r.key for r in records} == {"acme/5123456789"} and len({r.partition for r in records}) == 1
    assert [r.json["event_id"] for r in records] == [f"p{i}" for i in range(20)]
    assert records[0].json["lines"] == [{"line_id": 1, "quantity": 1}, {"quantity": 2, "sku": "A"}]
    assert door.post("/v1/shipments", json={**parcels[0], "lines": []}).status_code == 400
    assert door.post("/v1/shipments", content="a,b\n", headers={"Content-Type": "text/csv"}).status_code == 415


def test_the_published_description_is_what_the_door_does(stack, door):
    """Whoever builds a client from schemas/http must neither be refused nor be let through by surprise."""
    described = json.loads((PROJECT / "schemas" / "http" / "ingest.json").read_text())
    valid = {name: Draft202012Validator({"$ref": f"#/components/schemas/{name}", **described})
             for name in ("Inventory", "Shipments", "Answer", "Error")}
    good = {"kind": "count", "sku": "DOC", "facility": "WH", "quantity": 1, "event_id": "d", "source": "doc"}
    parcel = {"shop": "acme", "order_id": 7, "facility": "WH", "event_id": "d", "source": "doc",
              "lines": [{"line_id": 1, "quantity": 1}]}
    changes = [{}, {"quantity": "1"}, {"quantity": 10**9 + 1}, {"kind": "sold"}, {"sku": None, "item": "sku:DOC"},
               {"reason": "x" * 501}, {"colour": "red"}, {"facility": None}, {"source": "s" * 65}, {"as_of": None},
               {"shop": "Acme"}, {"order_id": "gid://shopify/Order/7"}, {"order_id": 1.5}, {"lines": []},
               {"lines": [{"line_id": "9", "quantity": 1}]}, {"lines": [{"sku": "A", "quantity": 0}]},
               {"tracking_number": None}, {"tracking_url": 7}]
    for path, name, base in (("/v1/inventory", "Inventory", good), ("/v1/shipments", "Shipments", parcel)):
        for change in changes:
            body = {**base, **change}
            answer = door.post(path, json=body)
            assert (answer.status_code == 202) == valid[name].is_valid(body), (path, change, answer.text)
            assert valid["Answer"].is_valid(answer.json()), answer.text
        assert valid["Error"].is_valid(door.post(path, content=b"[").json())


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_with_a_token_file_only_those_who_know_one_come_in(stack):
    tokens = stack.instance.etc / "tokens"
    tokens.write_text("# the warehouse\nsesame\n")
    port = free_port()
    service = stack.start("ingest-gateway", slot=1, options={
        "group.instance": 0, "ingest-gateway.port": port, "ingest-gateway.tokens_file": tokens})
    url = f"http://127.0.0.1:{port}/v1/inventory"
    row = entry("movement", 0, item="sku:TOKEN", event="t")
    assert httpx.post(url, json=row).status_code == 401
    assert httpx.post(url, json=row, headers={"Authorization": "Bearer sesam"}).status_code == 401
    assert httpx.post(url, json=row, headers={"Authorization": "Bearer sesame"}).status_code == 202
    assert service.stop() == 0
    assert "sesame" not in service.log.read_text()


def test_while_kafka_is_away_nothing_is_accepted(stack):
    normal = stack.config
    stack.config = stack.instance.etc / "no-kafka.ini"
    stack.config.write_text(normal.read_text().replace(stack.address["kafka"], f"127.0.0.1:{free_port()}"))
    port = free_port()
    try:
        service = stack.start("ingest-gateway", slot=2, options={
            "group.instance": 0, "ingest-gateway.port": port, "ingest-gateway.ack_timeout_ms": 500})
    finally:
        stack.config = normal
    answer = httpx.post(f"http://127.0.0.1:{port}/v1/inventory", json=entry("count", 1, event="x"))
    assert answer.status_code == 503 and "again" in answer.json()["error"]
    assert service.stop() == 0


# -- folding ---------------------------------------------------------------------------------------------------------

def fold(entries: list) -> int:
    """The oracle: the latest count by (as-of, source, event id), and all movements after its as-of."""
    counts = [e for e in entries if e["kind"] == "count"]
    base = max(counts, key=lambda e: (e["as_of"], e["source"], e["event_id"]), default=None)
    return (base["quantity"] if base else 0) + sum(
        e["quantity"] for e in entries if e["kind"] == "movement" and (base is None or e["as_of"] > base["as_of"]))


HISTORY = [("count", 10, 0), ("movement", -3, 1), ("count", 20, 2), ("movement", 4, 2), ("movement", 5, 3)]


def test_every_order_of_a_short_history_ends_at_the_same_number(stack, state):
    """All 120 orders of five entries, each on an item of its own."""
    expected = {}
    for n, order in enumerate(itertools.permutations(range(len(HISTORY)))):
        item = f"sku:PERM-{n}"
        entries = [entry(kind, quantity, item=item, at=T.format(10, minute), event=f"e{i}")
                   for i, (kind, quantity, minute) in enumerate(HISTORY)]
        for i in order:
            send(stack, entries[i])
        expected[item] = fold(entries)
    assert set(expected.values()) == {25}
    caught_up(stack)
    assert {item: on_hand(stack, item) for item in expected} == expected


def test_random_histories_with_doubles_and_ties(stack, state):
    """Many entries of few items at few moments, so that as-of times tie and counts overtake each other."""
    choose = random.Random(20261124)
    sent: dict = {}
    for n in range(1500):
        item, facility = f"sku:RND-{choose.randrange(5)}", choose.choice(["WH", "STORE"])
        record = entry(choose.choice(["count", "movement", "movement"]), choose.randrange(-5, 30), item=item,
                       facility=facility, at=T.format(choose.randrange(24), choose.randrange(3)),
                       event=f"{choose.randrange(900)}", source=choose.choice(["wms-1", "erp"]))
        known = sent.setdefault((item, record["source"], record["event_id"]), record)
        send(stack, known)
    caught_up(stack)
    for item in {key[0] for key in sent}:
        for facility in ("WH", "STORE"):
            mine = [e for e in sent.values() if e["item"] == item and e["facility"] == facility]
            assert on_hand(stack, item, facility) == (fold(mine) if mine else None), (item, facility)


def test_killed_in_the_middle_nothing_is_lost_and_nothing_counts_twice(stack, state):
    before = on_hand(stack, "sku:KILL") or 0
    for n in range(6):
        for k in range(50):
            send(stack, entry("movement", 1, item="sku:KILL", event=f"kill-{n}-{k}"))
        state.kill(signal.SIGKILL)
        assert state.wait(10) == -signal.SIGKILL
        state.start().wait_ready(30)
    caught_up(stack)
    assert on_hand(stack, "sku:KILL") == before + 300


@pytest.mark.parametrize("poison", [
    b"not json", b"{}", b"\xff\xfe", b"", json.dumps({**entry("count", 1, event="b"), "extra": 1}).encode(),
    json.dumps({**entry("count", 1, event="b"), "quantity": 10**30}).encode(),
    json.dumps({**entry("count", 1, event="b"), "item": "A"}).encode(),
    json.dumps({**entry("count", 1, event="b"), "as_of": "2999-01-01T00:00:00Z"}).encode(),
], ids=["text", "empty-object", "bytes", "nothing", "unknown-key", "huge", "no-item", "future"])
def test_a_poison_record_is_a_dead_letter_and_the_next_is_applied(stack, state, poison, request):
    item = f"sku:AFTER-{request.node.callspec.id}"
    before = on_hand(stack, item) or 0
    partition, offset = stack.produce("inventory", "same-key", poison, bad=True)
    send(stack, entry("movement", 1, item=item, event=item), partition=partition)
    wait_until(lambda: on_hand(stack, item) == before + 1, 10)
    [letter] = stack.rows("""select payload, code, reason from dead_letter
                              where topic = %s and partition = %s and record_offset = %s""",
                          stack.prefix + "inventory", partition, offset)
    assert bytes(letter["payload"] or b"") == poison and letter["reason"]


# -- what is unknown -------------------------------------------------------------------------------------------------

def test_an_unknown_facility_is_kept_said_and_healed(stack, state):
    send(stack, entry("count", 6, item="sku:A", facility="NEW", event="n1"))
    wait_until(lambda: "NEW" in exceptions(stack, "unknown_facility"), 10)
    assert on_hand(stack, "sku:A", "NEW") == 6
    setting(stack, kind="facility", id="NEW", name="New warehouse", safety_stock=2)
    wait_until(lambda: "NEW" not in exceptions(stack, "unknown_facility"), 10)
    usable = stack.rows("""select usable from stock s join item i using (item_id)
                            where i.item = 'sku:A' and s.facility = 'NEW'""")
    assert usable == [{"usable": 4}]


def test_an_unknown_item_is_kept_and_said(stack, state):
    send(stack, entry("count", 6, item="sku:STRANGER", event="s1"))
    wait_until(lambda: "sku:STRANGER" in exceptions(stack, "unknown_item"), 10)
    assert on_hand(stack, "sku:STRANGER") == 6


# -- settings --------------------------------------------------------------------------------------------------------

def test_settings_become_rows_and_a_second_aggregate_channel_is_refused(stack, state):
    setting(stack, kind="facility", id="WH", name="Warehouse", priority=5)
    setting(stack, kind="location", id="acme/5", shop="acme", location_id=5, name="Online")
    setting(stack, kind="channel", id="acme/5", shop="acme", location_id=5, mode="aggregate", facilities=["WH", "NEW"])
    partition, offset = setting(stack, kind="channel", id="acme/6", shop="acme", location_id=6, mode="aggregate",
                                facilities=["WH"])
    partition, unknown = stack.produce("settings", "rule/x", {"kind": "rule", "id": "x"}, bad=True)
    setting(stack, kind="facility", id="STORE", name="Store", ships=False)
    caught_up(stack)
    assert stack.rows("select facility, name, priority, ships from facility order by 1") == [
        {"facility": "NEW", "name": "New warehouse", "priority": 100, "ships": True},
        {"facility": "STORE", "name": "Store", "priority": 100, "ships": False},
        {"facility": "WH", "name": "Warehouse", "priority": 5, "ships": True}]
    assert stack.rows("select location_id, active from channel") == [{"location_id": 5, "active": True}]
    assert {r["facility"] for r in stack.rows("select facility from channel_facility")} == {"WH", "NEW"}
    letters = {r["record_offset"]: r["reason"] for r in stack.rows(
        "select record_offset, reason from dead_letter where topic = %s", stack.prefix + "settings")}
    assert "deactivate that channel first" in letters[offset] and "kind" in letters[unknown]

    setting(stack, kind="channel", id="acme/5", shop="acme", location_id=5, mode="aggregate", facilities=["WH"],
            active=False)
    setting(stack, kind="channel", id="acme/6", shop="acme", location_id=6, mode="aggregate", facilities=["WH"])
    caught_up(stack)
    assert stack.rows("select location_id, active from channel order by 1") == [
        {"location_id": 5, "active": False}, {"location_id": 6, "active": True}]


def test_a_changed_safety_stock_reaches_the_promise(stack, state):
    send(stack, entry("count", 10, item="sku:SAFE", event="safe"))
    caught_up(stack)
    stack.rows("delete from dirty_item returning 1")
    setting(stack, kind="facility", id="WH", name="Warehouse", priority=5, safety_stock=3)
    caught_up(stack)
    assert stack.rows("""select s.usable, d.reason from stock s join item i using (item_id)
                           join dirty_item d using (item_id) where i.item = 'sku:SAFE'""") == [
        {"usable": 7, "reason": "settings changed"}]
    setting(stack, kind="facility", id="WH", name="Warehouse", priority=5, safety_stock=3)
    caught_up(stack)
    assert tally(stack)["duplicate"] > 0


def test_a_tombstone_takes_a_facility_out_of_service_but_not_out_of_the_books(stack, state):
    stack.produce("settings", "facility/STORE", None)
    caught_up(stack)
    assert stack.rows("select active from facility where facility = 'STORE'") == [{"active": False}]
