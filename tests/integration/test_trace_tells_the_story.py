# SPDX-License-Identifier: Apache-2.0
"""`millrace trace order` tells a person everything that happened to an order, hop by hop, and where it stands.

One order is placed, routed, edited, shipped and fulfilled by the real services; a record comes late, one comes twice, one
cannot be read. The page is compared with a golden file, so a hop that is no longer told, or told otherwise, fails. If
the change is meant, look at the page the failure shows and copy it to golden/trace_order.txt.
"""
import copy
import datetime
import json
import random
import re
from pathlib import Path

import pytest
from harness import wait_until
from order_history import OrderHistory, amount
from writer_world import FACILITY, QUICK, SHOP, WriterWorld

GOLDEN = Path(__file__).parent / "golden" / "trace_order.txt"
WAIT_S = 60
ADDRESS = {"address1": "Privet Drive 4", "address2": None, "city": "Whinging", "company": None, "country": "Germany",
           "country_code": "DE", "first_name": "Erika", "last_name": "Mustermann", "latitude": None,
           "longitude": None, "name": "Erika Mustermann", "phone": "+49 30 1234567", "province": None,
           "province_code": None, "zip": "10115"}
PERSONAL = ("Privet Drive", "Mustermann", "1234567", "erika@example.com", "ring twice")


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Story:
    """The order in the sandbox and, word by word, what the topics say of it."""

    def __init__(self, stack, world: WriterWorld):
        self.stack, self.world = stack, world
        one, two = world.variants[:2]
        self.placed = world.order((one, 2), (two, 1))
        self.id = self.placed["id"]
        self.key = f"{SHOP}/{self.id}"
        self.body = self._body((one, two))

    def _body(self, variants) -> dict:
        history = OrderHistory(random.Random(1), SHOP, 1, [f"{SHOP}-A"], [])
        template = history.lines[0]
        lines = [{**copy.deepcopy(template), "line_id": line["id"], "sku": v.sku, "variant_id": v.variant,
                  "product_id": v.product, "quantity": line["quantity"], "current_quantity": line["quantity"],
                  "unfulfilled_quantity": line["quantity"], "title": title}
                 for line, v, title in zip(self.placed["lines"], variants, ("Cup", "Plate"))]
        return {**history.body, "order_id": self.id, "name": self.placed["name"], "lines": lines, "note": None,
                "email": "erika@example.com", "shipping_address": ADDRESS, "created_at": now(), "processed_at": now()}

    def say(self, topic: str, reason: str = None) -> dict:
        """The order as it is now, as a publisher writes it."""
        self.body["updated_at"] = self.body["observed_at"] = now()
        value = {**copy.deepcopy(self.body), **({"reason": reason} if reason else {})}
        self.stack.produce(topic, self.key, value)
        self.consumed()
        return value

    def consumed(self) -> None:
        """Every record of the order so far has its outcome."""
        sent = sum(len([r for r in self.stack.consume(t) if r.key == self.key])
                   for t in ("orders", "order-updates", "shipments"))
        wait_until(lambda: self.stack.rows("select count(*)::int n from order_hop where order_id = %s",
                                           self.id)[0]["n"] >= sent, WAIT_S, "every record has its outcome")

    def requests(self, n: int) -> None:
        """So many requests are with the facility, and everything that was decided is in Kafka."""
        wait_until(lambda: len([r for r in self.stack.consume("fulfillment-requests") if r.key == self.key]) == n,
                   WAIT_S, f"{n} requests")
        wait_until(lambda: not self.stack.rows(
            "select 1 from outbox where key = %s and version > published_version", self.key), WAIT_S, "all is sent")

    def edit(self) -> dict:
        line = self.body["lines"][0]
        self.world.control.post(f"orders/{self.id}/edit", {"set": [{"line_id": line["line_id"], "quantity": 3}]})
        for key in ("quantity", "current_quantity", "unfulfilled_quantity"):
            line[key] = 3
        self.body.update(note="ring twice", total=amount("15.00"), tags=["gift"],
                         shipping_address={**ADDRESS, "address1": "Privet Drive 6"})
        return self.say("order-updates", "webhook orders/edited")

    def ship(self) -> None:
        self.stack.produce("shipments", self.key, {
            "source": "wms", "event_id": "p1", "shop": SHOP, "order_id": self.id, "facility": FACILITY,
            "shipped_at": now(), "carrier": "DHL Express", "tracking_number": "JD1", "tracking_url": None,
            "lines": [{"line_id": x["line_id"], "quantity": x["quantity"]} for x in self.body["lines"]]})
        wait_until(lambda: self.world.parcel(self.placed, "wms/p1").get("state") == "done", WAIT_S, "a fulfilment")

    def fulfilled(self) -> dict:
        """Shopify shows the fulfilment that the writer made."""
        self.body["fulfillments"] = [{
            "created_at": now(), "fulfillment_id": self.world.parcel(self.placed, "wms/p1")["fulfillment_id"],
            "lines": [{"line_id": x["line_id"], "quantity": x["quantity"]} for x in self.body["lines"]],
            "location_id": self.world.location, "name": None, "status": "success", "tracking_company": "DHL Express",
            "tracking_numbers": ["JD1"], "tracking_urls": [], "updated_at": now()}]
        for line in self.body["lines"]:
            line["unfulfilled_quantity"] = 0
        return self.say("order-updates", "webhook orders/fulfilled")

    def again(self, value: dict) -> None:
        self.stack.produce("order-updates", self.key, value)
        self.consumed()

    def unreadable(self) -> None:
        self.stack.produce("order-updates", self.key, b"{\"order_id\":", bad=True)
        self.consumed()


@pytest.fixture(scope="module")
def story(stack) -> Story:
    world = WriterWorld(stack, products=2, on_hand=50)
    for service in ("order-state", "order-router", "outbound-producer"):
        stack.start(service)
    stack.start("shopify-writer", options=QUICK)
    world.wait_judged()
    story = Story(stack, world)
    story.say("orders", None)
    story.requests(1)
    edited = story.edit()
    story.requests(2)
    story.ship()
    fulfilled = story.fulfilled()
    story.again({**edited, "reason": "hint"})      # older than what is known
    story.again(fulfilled)                         # the same once more
    story.unreadable()
    story.blocked = json.loads(stack.cli("trace", "order", story.placed["name"], "--json"))
    story.body["financial_status"] = "refunded"
    story.say("order-updates", "poll")
    story.requests(2)
    return story


def normal(page: str, story: Story) -> str:
    """The page without what differs from run to run: numbers, moments, and where sentences are broken."""
    ids = [story.id, *(x["line_id"] for x in story.body["lines"]),
           story.world.parcel(story.placed, "wms/p1")["fulfillment_id"]]
    page = re.sub(r"\n {40,}", " ", page)
    for n, number in enumerate(ids):
        page = page.replace(str(number), f"<id{n}>")
    page = page.replace(story.placed["name"], "#1")
    for n, variant in enumerate(story.world.variants):
        page = page.replace(variant.sku, f"SKU-{n}")
    page = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<moment>", page)
    page = re.sub(r"\d{4}-\d\d-\d\d", "<day>", page)
    page = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "<time>", page)
    page = re.sub(r"/\d+@\d+", "/<p>@<n>", page)
    page = re.sub(r"(?<=  )(-?\d+ \+ -?\d+|\+ -?\d+|-?\d+)(?=  )", "<ms>", page)
    lines = [re.sub(r" {2,}", "  ", line.strip()) for line in page.strip().splitlines()]
    days = [line for line in lines if line != "<day>"]      # a test that runs at midnight has two
    return "\n".join(days) + "\n"


def test_the_page_tells_every_hop(stack, story):
    """If it fails, the person on call is told less than what happened, or told it wrongly."""
    page = stack.cli("trace", "order", story.placed["name"])
    found = normal(page, story)
    assert found == GOLDEN.read_text(), f"the page is now:\n{page}\nand normalised:\n{found}"


def test_columns_are_aligned_and_no_line_is_too_long(stack, story):
    """If it fails, nobody can read it in a terminal."""
    lines = stack.cli("trace", "order", story.placed["name"]).rstrip().splitlines()
    assert max(len(line) for line in lines) <= 140
    head = next(line for line in lines if "WHAT" in line)
    column = head.index("WHAT")
    body = [line for line in lines[lines.index(head) + 1:] if re.match(r"  \d\d:\d\d:", line)]
    assert len(body) > 10
    for line in body:
        assert line[column - 2:column] == "  " and line[column] != " ", line


def test_the_data_is_that_of_the_page(stack, story):
    """If it fails, a script sees another story than a person."""
    told = json.loads(stack.cli("trace", "order", story.placed["name"], "--json"))
    outcomes = {}
    for event in told["events"]:
        if event["topic"] is not None and event["hop"] == "order-state":
            outcomes.setdefault(event["outcome"], []).append(event)
            assert isinstance(event["partition"], int) and isinstance(event["offset"], int)
            assert isinstance(event["ms_to_commit"], int)
    assert {k: len(v) for k, v in outcomes.items()} == {"applied": 5, "stale": 1, "duplicate": 1, "dead-lettered": 1}
    records = {t: {(r.partition, r.offset) for r in stack.consume(t) if r.key == story.key}
               for t in ("orders", "order-updates", "shipments", "allocations", "fulfillments", "fulfillment-requests")}
    for event in told["events"]:
        if event["topic"] is not None:
            assert (event["partition"], event["offset"]) in records[event["topic"]], event
    requests = {(e["partition"], e["offset"]) for e in told["events"] if e["topic"] == "fulfillment-requests"}
    assert requests == records["fulfillment-requests"]


def test_the_first_words_say_where_it_stands_and_why(stack, story):
    """If it fails, nobody sees that an order waits, or for what."""
    assert story.blocked["stands"].startswith("blocked: ")
    first = stack.cli("trace", "order", story.placed["name"]).splitlines()[0]
    assert first == f"{story.placed['name']} ({story.key}) is completed: everything has left; nothing to do"


def test_an_order_is_found_by_every_name_it_has(stack, story):
    """If it fails, a person who has only what a customer or a log told him finds nothing, or another shop's order."""
    name, first = story.placed["name"], stack.cli("trace", "order", story.placed["name"]).splitlines()[0]
    for word in (name.lstrip("#"), str(story.id), f"{SHOP}/{story.id}", f"{SHOP}/{name}"):
        assert stack.cli("trace", "order", word).splitlines()[0] == first
    stack.db.execute("""insert into sales_order (shop, order_id, name, state, applied_at)
                        values ('twin', 5, %s, 'placeholder', '2026-11-01T00:00:00Z')""", (name,))
    heads = [json.loads(line)["shop"] for line in stack.cli("trace", "order", name, "--json").splitlines()]
    assert heads == [SHOP, "twin"]
    assert stack.cli("trace", "order", f"{SHOP}/{name}").splitlines()[0] == first
    assert "refetch order" in stack.cli("trace", "order", f"nobody/{name}", expect=1)
    stack.db.execute("delete from sales_order where shop = 'twin'")


def test_personal_data_is_shown_only_when_asked_for(stack, story):
    """If it fails, a page that is pasted into a chat tells where a customer lives."""
    for options in ((), ("--json",)):
        masked = stack.cli("trace", "order", story.placed["name"], *options)
        assert not [word for word in PERSONAL if word in masked]
        shown = stack.cli("trace", "order", story.placed["name"], "--show-personal", *options)
        assert not [word for word in PERSONAL if word not in re.sub(r"\s+", " ", shown)]
