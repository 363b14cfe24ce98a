# SPDX-License-Identifier: Apache-2.0
"""What could not be applied can be seen, sent again and given up; what waits for a person is listed; what is doubted
can be read again.

If this fails, a record that was refused because of our own mistake is lost although it was kept, or a person needs SQL
to run the stream.
"""
import json

import pytest
from harness import wait_until
from order_world import World, topic_record
from test_order_state import order_of

READY_S = 60


@pytest.fixture(scope="module")
def refused(stack):
    """Three orders' facts, of which two cannot be read, on the topic; order-state has met all of them."""
    world = World(stack.db, "people")
    stack.start("order-state")
    good = topic_record(*order_of(world, 901).records[0])
    stack.produce(*good)
    broken = {**json.loads(json.dumps(good[2])), "order_id": 902, "lines": "none"}
    stack.produce("orders", f"{world.shop}/902", broken, bad=True)
    stack.produce("orders", f"{world.shop}/903", b"\x00not JSON", bad=True)
    wait_until(lambda: stack.rows("select count(*)::int n from dead_letter")[0]["n"] == 2, READY_S, "two dead letters")
    return world


def forgive_retries(stack) -> None:
    """What was refused for breaking the schema breaks it again."""
    for record in stack.consume("orders"):
        if "millrace_retries" in record.headers:
            stack.validator.forgive(record.topic, record.partition, record.offset)


def listed(stack, *options) -> dict:
    return json.loads(stack.cli("deadletters", "ls", "--json", *options))


def test_refused_records_are_listed_by_reason_and_shown_whole(stack, refused):
    found = listed(stack)
    assert sum(r["count"] for r in found["reasons"]) == 2 and len(found["dead_letters"]) == 2
    assert {d["key"] for d in found["dead_letters"]} == {f"{refused.shop}/902", f"{refused.shop}/903"}
    assert not listed(stack, "--topic", "order-updates")["dead_letters"]
    page = stack.cli("deadletters", "ls")
    for letter in found["dead_letters"]:
        assert letter["id"] in page and letter["reason"] in page
    bad = next(d for d in found["dead_letters"] if d["key"].endswith("/903"))
    whole = json.loads(stack.cli("deadletters", "show", "--json", bad["id"]))
    assert whole["payload"] == "\\x00not JSON" and whole["headers"] == {}


def test_what_is_dealt_with_is_closed(stack, refused):
    stack.db.execute("select open_exceptions('order_deleted', array['people/7'], array['gone'], '2026-11-01T00:00:00Z')")
    assert "closed" in stack.cli("close", "exception", "order_deleted", "people/7")
    assert "nothing of that kind" in stack.cli("close", "exception", "order_deleted", "people/7", expect=1)
    assert "people/7" not in stack.cli("exceptions") and "people/7  (closed)" in stack.cli("exceptions", "--all")


def test_a_dry_run_changes_nothing_and_says_what_would_be(stack, refused):
    said = json.loads(stack.cli("deadletters", "retry", "--json", "--dry-run", "--group", "order-state"))
    assert said["records"] == 2 and said["dry_run"] is True
    assert len(listed(stack)["dead_letters"]) == 2
    assert "say which" in stack.cli("deadletters", "retry", expect=64)


def test_a_retried_record_is_judged_again_and_counted(stack, refused):
    """It is still unreadable, so it comes back as a new dead letter that knows how often it was tried."""
    one = next(d["id"] for d in listed(stack)["dead_letters"] if d["key"].endswith("/902"))
    assert "1 record(s) sent again" in stack.cli("deadletters", "retry", one)
    wait_until(lambda: stack.rows("select count(*)::int n from dead_letter")[0]["n"] == 3, READY_S, "it comes back")
    back = [d for d in listed(stack)["dead_letters"] if d["key"].endswith("/902")]
    assert len(back) == 1 and back[0]["id"] != one and back[0]["came_back"] == 1
    assert "came back 1 time(s)" in stack.cli("deadletters", "ls") and "came back  1" in stack.cli("deadletters", "show", back[0]["id"])
    assert json.loads(stack.cli("deadletters", "show", "--json", back[0]["id"]))["headers"]["millrace_retries"] == "1"
    assert {d["state"] for d in listed(stack, "--all")["dead_letters"]} == {"waits", "sent again"}
    forgive_retries(stack)


def test_a_record_that_comes_back_again_and_again_is_left_alone(stack, refused):
    for n in range(2, 6):
        one = next(d["id"] for d in listed(stack)["dead_letters"] if d["key"].endswith("/902"))
        stack.cli("deadletters", "retry", one)
        wait_until(lambda: any(d["key"].endswith("/902") and d["id"] != one for d in listed(stack)["dead_letters"]),
                   READY_S, "it comes back")
    said = json.loads(stack.cli("deadletters", "retry", "--json", "--code", "SHAPE"))
    assert said["held"] == 1 and said["sent again"] == 0
    forgive_retries(stack)


def test_a_dropped_record_waits_no_more_but_can_be_read(stack, refused):
    one = next(d["id"] for d in listed(stack)["dead_letters"] if d["key"].endswith("/903"))
    assert "say --why" in stack.cli("deadletters", "drop", one, expect=64)
    assert "1 record(s) dropped" in stack.cli("deadletters", "drop", one, "--why", "a test of somebody's")
    assert one not in {d["id"] for d in listed(stack)["dead_letters"]}
    assert json.loads(stack.cli("deadletters", "show", "--json", one))["dropped_why"] == "a test of somebody's"
    assert "no dead letter" in stack.cli("deadletters", "show", "x/y/0@7", expect=1)


def test_what_waits_for_a_person_is_listed_by_kind(stack, refused):
    found = json.loads(stack.cli("exceptions", "--json"))["exceptions"]
    kinds = {(x["kind"], x["subject"]) for x in found}
    assert ("blocked_order", f"{refused.shop}/902") in kinds
    page = stack.cli("exceptions", "--kind", "blocked_order").splitlines()
    assert page[0] == f"blocked_order: {found[0]['advice']}" and f"{refused.shop}/902" in "".join(page)
    assert "nothing waits" in stack.cli("exceptions", "--kind", "no_such_kind")


def test_what_is_doubted_is_read_again(stack, refused):
    words = ["901", f"{refused.shop}/77", "nobody", f"{refused.shop}/#901", "other/#901"]
    said = json.loads(stack.cli("refetch", "order", "--json", *words, expect=1))["asked"]
    assert [a["word"] for a in said] == words and [a["unknown"] for a in said] == [None, None, True, None, True]
    assert stack.rows("select resource from hint where reason = 'refetch' order by 1") == [
        {"resource": "Order/77"}, {"resource": "Order/901"}]
    assert "nobody: nobody knows it" in stack.cli("refetch", "order", "nobody", expect=1)
    stack.db.execute("""insert into shop_cursor (shop, stream, through_at, updated_at)
                        values ('people', 'order-updates', '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z')""")
    assert "will be read again" in stack.cli("refetch", "order", "--since", "2026-11-01T00:00:00Z")
    assert "--since" in stack.cli("refetch", "order", "--since", "yesterday", expect=64)
    assert stack.rows("select stream, since_at::text, done_at from refetch_request") == [
        {"stream": "order-updates", "since_at": "2026-11-01 00:00:00+00", "done_at": None}]


def test_a_record_that_was_overtaken_is_said_to_be_stale_and_is(stack, refused):
    """If it fails, a person sends an old snapshot again and believes that it is what counts now."""
    order = order_of(refused, 905)
    topic, key, new = topic_record(*order.records[0])
    old = {**new, "updated_at": new["updated_at"].replace("2026", "2025"), "note": "as it was"}
    stack.produce(topic, key, new)
    wait_until(lambda: stack.rows("select 1 from order_hop where order_id = 905"), READY_S, "the newest snapshot")
    stack.db.execute("""insert into dead_letter (consumer_group, topic, partition, record_offset, record_key, payload, code,
                                                 reason, at)
                        select consumer_group, topic, 0, 990, %s, %s, 'OLD', 'an older release', at
                          from dead_letter where code = 'SHAPE' limit 1""",
                     (key.encode(), json.dumps(old).encode()))
    said = json.loads(stack.cli("deadletters", "retry", "--code", "OLD", "--dry-run", "--json"))
    assert said["outlook"] == [{"count": 1, "outlook": "a newer version is known: it would be stale"}]
    page = stack.cli("deadletters", "retry", "--code", "OLD")
    assert "it would be stale" in page and "1 record(s) sent again" in page
    wait_until(lambda: len(stack.rows("select 1 from order_hop where order_id = 905")) == 2, READY_S, "it was judged")
    assert [r["outcome"] for r in stack.rows("select outcome from order_hop where order_id = 905 order by applied_at")] == [
        "applied", "stale"]
