# SPDX-License-Identifier: Apache-2.0
"""The whole stream on real parts: an order in, stock out, a parcel out; and every record keeps its schema.

If this fails, a shop that runs Millrace sees no orders, shows wrong stock, or never tells its customers of parcels.
The expected numbers come from what this file does itself and from the sandbox's own history.
"""
import json
import urllib.request

import pytest
from harness import wait_until

from millrace_demo import oracle
from millrace_demo.feed import Feed, utc
from millrace_demo.world import SHOP, Control, World, homes, opening_counts, settings
from millrace_stack import PROJECT
from millrace_stack.parts import SERVICES

PRODUCTS, OPEN_ORDERS = 12, 4
SEARCH_LAG = {"shop.acme.search_lag_ms": 1000, "shop.acme.replica_lag_ms": 200}


@pytest.fixture(scope="module")
def shop(stack) -> World:
    """A small shop, loaded from nothing by all services, its buildings stocked."""
    control = Control(stack.sandbox.port)
    seeded = control.post("/seed", {"products": PRODUCTS, "variants_per_product": 2, "orders": OPEN_ORDERS, "seed": 7})
    location = next(li["id"] for li in seeded["locations"] if li["fulfills_online_orders"])
    world = World(control, location, control.get("/catalog")["variants"], seed=7)
    file = stack.instance.etc / "settings.json"
    file.write_text(json.dumps(settings(location)))
    stack.cli("config", "apply", str(file))
    for service in SERVICES:
        stack.start(service, options=SEARCH_LAG)
    return world


@pytest.fixture(scope="module")
def feed(stack, shop) -> Feed:
    feed = Feed(stack.ingest_port, stack.address["kafka"], stack.prefix)
    feed.counts(opening_counts(shop, utc()))
    return feed


def settled(stack, shop, feed) -> None:
    last = {}

    def equal():
        last["found"] = oracle.compare(shop.control.history(), feed, stack.postgres_url)
        return last["found"].none()
    try:
        wait_until(equal, 60, "no difference between what is and what must be")
    except AssertionError as e:
        raise AssertionError(f"{e}\n" + "\n".join(last["found"].lines())) from None


def requests_for(stack, order_id: int) -> list:
    return [r.json for r in stack.consume("fulfillment-requests") if r.key == f"{SHOP}/{order_id}"]


def parcel_of(request: dict) -> dict:
    label = f"{request['order_id']}-{request['request']}"
    return {"source": "wms", "event_id": label, "shop": SHOP, "order_id": request["order_id"],
            "facility": request["facility"], "shipped_at": utc(), "carrier": "DHL Express",
            "tracking_number": f"JD{label}", "tracking_url": None,
            "lines": [{"line_id": li["line_id"], "quantity": li["quantity"]} for li in request["lines"]]}


def test_the_initial_load_and_the_opening_counts_show_in_shopify(stack, shop, feed):
    """If it fails, a new shop starts with holes, or sells what it does not have."""
    settled(stack, shop, feed)
    assert stack.rows("select count(*) as n from product")[0]["n"] == PRODUCTS
    assert stack.rows("select count(*) as n from sales_order")[0]["n"] == OPEN_ORDERS


def test_an_order_is_routed_shipped_and_fulfilled_with_its_tracking_number(stack, shop, feed):
    """If it fails, customers wait for a parcel, or for word of it."""
    sku = shop.sold[0]["sku"]
    placed = shop.control.post("/orders", {"lines": [{"sku": sku, "quantity": 2}]})
    request = wait_until(lambda: requests_for(stack, placed["id"]), 30, "work for a facility")[0]
    assert [li["quantity"] for li in request["lines"]] == [2]
    feed.parcel(parcel_of(request), over_http=True)

    def fulfilled():
        state = shop.control.get(f"/orders/{placed['id']}")
        return [f for f in state["fulfillments"] if f["status"] == "SUCCESS"]
    fulfillment = wait_until(fulfilled, 30, "the fulfilment in Shopify")[0]
    assert fulfillment["tracking"]["numbers"] == [f"JD{placed['id']}-1"]
    settled(stack, shop, feed)
    assert stack.rows("select state from sales_order where order_id = %s", placed["id"]) == [{"state": "completed"}]


def test_a_movement_over_http_and_one_over_kafka_become_new_numbers_in_shopify(stack, shop, feed):
    """If it fails, the storefront sells yesterday's stock."""
    for n, over_http in enumerate((True, False)):
        variant = shop.moved[n]
        number = shop.variants.index(variant)
        feed.movement({"source": "erp", "event_id": f"move/{n}", "kind": "movement", "item": f"sku:{variant['sku']}",
                       "facility": homes(number)[0], "quantity": -3, "as_of": utc()}, over_http)
    settled(stack, shop, feed)


def test_an_edit_and_a_cancellation_free_what_was_reserved(stack, shop, feed):
    """If it fails, cancelled units stay off sale, or edited ones are shipped."""
    sku = shop.sold[1]["sku"]
    edited = shop.control.post("/orders", {"lines": [{"sku": sku, "quantity": 3}]})
    cancelled = shop.control.post("/orders", {"lines": [{"sku": sku, "quantity": 2}]})
    for order in (edited, cancelled):
        wait_until(lambda o=order: requests_for(stack, o["id"]), 30, "work for a facility")
    shop.control.post(f"/orders/{edited['id']}/edit", {
        "set": [{"line_id": edited["lines"][0]["id"], "quantity": 1, "restock": True}]})
    shop.control.post(f"/orders/{cancelled['id']}/cancel", {"reason": "CUSTOMER", "restock": True})
    settled(stack, shop, feed)
    reserved = "select coalesce(sum(quantity), 0)::int as n from allocation where order_id = %s and state <> 'shipped'"
    assert stack.rows(reserved, cancelled["id"]) == [{"n": 0}]
    assert stack.rows(reserved, edited["id"]) == [{"n": 1}]


def test_orders_that_the_shop_deletes_leave_stock_and_promises_right(stack, shop, feed):
    """If it fails, units of a deleted order stay off sale or come back, or who judges us cannot bear a deletion."""
    sku = shop.sold[4]["sku"]
    shipped, cancelled = (shop.control.post("/orders", {"lines": [{"sku": sku, "quantity": n}]}) for n in (2, 3))
    request = wait_until(lambda: requests_for(stack, shipped["id"]), 30, "work for a facility")[0]
    wait_until(lambda: requests_for(stack, cancelled["id"]), 30, "work for a facility")
    feed.parcel(parcel_of(request), over_http=True)
    shop.control.post(f"/orders/{cancelled['id']}/cancel", {"reason": "CUSTOMER", "restock": True})
    settled(stack, shop, feed)
    for order in (shipped, cancelled):
        assert stack.sandbox._http.delete(f"/control/orders/{order['id']}").is_success
    truth = oracle.Truth(shop.control.history())
    assert truth.gone.keys() == {shipped["id"], cancelled["id"]} and not truth.gone.keys() & truth.orders.keys()
    shop.control.post("/orders", {"lines": [{"sku": sku, "quantity": 1}]})  # its promise is worked out anew
    settled(stack, shop, feed)


def test_the_cli_tells_an_order_s_story_and_a_promise_s_terms(stack, shop, feed):
    """If it fails, the person on call cannot say why an order stands still, or where a number comes from."""
    sku = shop.sold[3]["sku"]
    placed = shop.control.post("/orders", {"lines": [{"sku": sku, "quantity": 2}]})
    facility = wait_until(lambda: requests_for(stack, placed["id"]), 30, "work for a facility")[0]["facility"]
    settled(stack, shop, feed)
    story = json.loads(stack.cli("trace", "order", placed["name"], "--json"))
    assert story["stands"] == f"2 unit(s) wait to be shipped by {facility}"
    assert {"shopify", "router", "outbound"} <= {event["hop"] for event in story["events"]}
    told = json.loads(stack.cli("explain", "atp", sku, "--json"))
    terms = told["channels"][0]
    assert terms["promise"] == terms["usable"] - terms["shortage"] - terms["unallocated"] - terms["threshold"]
    assert terms["usable"] == sum(building["usable"] for building in told["buildings"])
    levels = oracle.Truth(shop.control.history()).levels.values()
    assert terms["promise"] == next(li["after"]["available"] for li in levels if li["sku"] == sku)
    assert "no order" in stack.cli("trace", "order", "#404404", expect=1)
    assert "no item" in stack.cli("explain", "atp", "NO-SUCH-SKU", expect=1)


def test_what_staff_fulfil_in_shopify_is_issued_once_and_never_echoed(stack, shop, feed):
    """If it fails, stock is counted twice when staff click Fulfil in the admin."""
    variant = shop.sold[2]
    placed = shop.control.post("/orders", {"lines": [{"sku": variant["sku"], "quantity": 1}]})
    request = wait_until(lambda: requests_for(stack, placed["id"]), 30, "work for a facility")[0]
    before = stack.rows("select sum(on_hand)::int as n from stock join item using (item_id) where item = %s",
                        f"sku:{variant['sku']}")[0]["n"]
    wait_until(lambda: shop.control.get(f"/orders/{placed['id']}")["fulfillment_orders"], 10, "its fulfilment order")
    shop.control.post(f"/orders/{placed['id']}/fulfill", {})
    wait_until(lambda: stack.rows("select sum(on_hand)::int as n from stock join item using (item_id) where item = %s",
                                  f"sku:{variant['sku']}")[0]["n"] == before - 1, 30, "the issue in the ledger")
    assert request["facility"] == stack.rows(
        "select facility from stock_entry where source = 'shopify-fulfillment'")[0]["facility"]
    state = shop.control.get(f"/orders/{placed['id']}")
    assert len(state["fulfillments"]) == 1


def test_a_return_stands_in_its_topic(stack, shop, feed):
    """If it fails, nobody knows what comes back."""
    placed = shop.control.post("/orders", {"lines": [{"sku": shop.sold[2]["sku"], "quantity": 1}]})
    wait_until(lambda: shop.control.get(f"/orders/{placed['id']}")["fulfillment_orders"], 10, "its fulfilment order")
    shop.control.post(f"/orders/{placed['id']}/fulfill", {})
    shop.control.post(f"/orders/{placed['id']}/returns", {"lines": [{"line_id": placed["lines"][0]["id"], "quantity": 1}]})
    wait_until(lambda: [r for r in stack.consume("returns") if r.key == f"{SHOP}/{placed['id']}"], 30, "the return")


def test_every_topic_that_has_a_schema_carried_records_that_keep_it(stack, shop, feed):
    """If it fails, a system that reads our topics breaks on what we wrote. A topic without a record fails too."""
    for schema in sorted((PROJECT / "schemas" / "events").glob("*.json")):
        stack.check_topic(schema.stem)


def test_metrics_of_every_service_are_clean_and_conserve_records(stack, shop, feed):
    """If it fails, dashboards lie: consumed = applied + duplicate + stale + dead-lettered must hold."""
    for service in SERVICES:
        port = int((stack.instance.run / f"{service}.port").read_text())
        for path in ("healthz", "readyz", "metrics"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
                assert answer.status == 200
    bad = stack.rows("select * from consumer_offset where consumed <> applied + duplicate + stale + dead_lettered")
    assert bad == []
