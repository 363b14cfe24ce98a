# SPDX-License-Identifier: Apache-2.0
"""Parcels out: each becomes exactly one fulfilment with its tracking, whoever dies or stays silent meanwhile.

If this fails, customers hear of no parcel, or of two; or an order stays open for ever.
"""
import pytest
from harness import wait_until
from writer_world import QUICK, SHOP, WriterWorld

SHORT = {**QUICK, "shop.acme.timeout_ms": 1500}


@pytest.fixture(scope="module")
def world(stack) -> WriterWorld:
    world = WriterWorld(stack, products=3, on_hand=500)
    stack.start("outbound-producer")
    world.writer = stack.start("shopify-writer", options=SHORT)
    world.wait_judged()
    return world


@pytest.fixture(autouse=True)
def no_faults(world):
    yield
    world.control._answer(world.control._http.delete("/control/faults"))


def sold(world, *lines) -> dict:
    order = world.order(*lines)
    world.know(order)
    return order


def line(order: dict, n: int = 0) -> int:
    return order["lines"][n]["id"]


def fulfilled(world, order: dict, n: int, timeout: float = 20) -> list:
    wait_until(lambda: len(world.fulfillments(order)) >= n, timeout, f"{n} fulfilments of {order['name']}")
    return world.fulfillments(order)


def done(world, order: dict, parcel: str) -> dict:
    wait_until(lambda: world.parcel(order, parcel).get("state") == "done", 20, f"parcel {parcel} recorded")
    return world.parcel(order, parcel)


def test_a_parcel_becomes_a_fulfilment_with_its_tracking_number(world):
    """If it fails, nobody hears of the parcel."""
    a, b = world.variants[:2]
    order = sold(world, (a, 2), (b, 1))
    world.ship(order, "wms/p1", [(line(order, 0), 2), (line(order, 1), 1)], "T-1")
    (made,) = fulfilled(world, order, 1)
    assert made["tracking"]["numbers"] == ["T-1"] and made["tracking"]["company"] == "DHL Express"
    parcel = done(world, order, "wms/p1")
    facts = world.sql("select fact_id, units, attributed from stock_fact where order_id = %s order by 1", order["id"])
    assert [(f["fact_id"], f["units"], f["attributed"]) for f in facts] == sorted(
        [(f"fulfil/{parcel['fulfillment_id']}/{line(order, 0)}", 2, True),
         (f"fulfil/{parcel['fulfillment_id']}/{line(order, 1)}", 1, True)])
    lines = world.sql("select fulfilled, open from sales_order_line where order_id = %s", order["id"])
    assert {(x["fulfilled"], x["open"]) for x in lines} == {(2, 0), (1, 0)}
    wait_until(lambda: world.shown(a)["available"] == 498, 15, "stock as our books have it")


def test_two_parcels_of_one_order_are_two_fulfilments(world):
    """If it fails, a split order is told wrong."""
    v = world.variants[0]
    order = sold(world, (v, 3))
    world.ship(order, "wms/a", [(line(order), 1)], "T-2a")
    world.ship(order, "wms/b", [(line(order), 2)], "T-2b")
    made = fulfilled(world, order, 2)
    assert sorted(f["tracking"]["numbers"][0] for f in made) == ["T-2a", "T-2b"]
    done(world, order, "wms/a"), done(world, order, "wms/b")


def test_a_fulfilment_order_that_comes_late_is_waited_for(world):
    """If it fails, a fast warehouse overtakes Shopify and its parcel is lost."""
    world.control.post("config", {"fo_delay_ms": 1500})
    order = sold(world, (world.variants[0], 1))
    world.ship(order, "wms/late", [(line(order), 1)], "T-3")
    world.control.post("config", {"fo_delay_ms": 0})
    fulfilled(world, order, 1)
    done(world, order, "wms/late")


@pytest.mark.parametrize("tracking", ["T-4", None])
def test_an_answer_that_never_comes_is_found_out_by_a_read(world, tracking):
    """If it fails, a lost answer makes a second fulfilment, or none."""
    name = f"wms/silent-{tracking}"
    world.control.post("faults", {"match": {"root": "fulfillmentCreate"}, "action": "drop_after_effect"})
    order = sold(world, (world.variants[1], 2))
    world.ship(order, name, [(line(order), 2)], tracking)
    done(world, order, name)
    assert len(world.fulfillments(order)) == 1


def test_a_call_that_had_no_effect_is_made_again(world):
    """If it fails, the parcel is believed to be told, and is not."""
    world.control.post("faults", {"match": {"root": "fulfillmentCreate"}, "action": "drop"})
    order = sold(world, (world.variants[1], 1))
    world.ship(order, "wms/lost", [(line(order), 1)], None)
    done(world, order, "wms/lost")
    assert len(world.fulfillments(order)) == 1


def test_staffs_earlier_fulfilment_is_not_taken_for_ours(world):
    """If it fails, a parcel without a number is never told because staff fulfilled as many before."""
    v = world.variants[1]
    order = sold(world, (v, 2))
    world.control.post(f"orders/{order['id']}/fulfill", {"lines": [{"line_id": line(order), "quantity": 1}]})
    world.control.post("faults", {"match": {"root": "fulfillmentCreate"}, "action": "drop"})
    world.ship(order, "wms/after-staff", [(line(order), 1)], None)
    done(world, order, "wms/after-staff")
    assert len(world.fulfillments(order)) == 2


def test_a_number_that_staff_typed_in_is_ours(world):
    """If it fails, a parcel that Shopify shows already is told twice, or its order is refused."""
    order = sold(world, (world.variants[1], 1))
    world.control.post(f"orders/{order['id']}/fulfill", {"tracking": {"numbers": ["T-5"]}})
    world.ship(order, "wms/typed", [(line(order), 1)], "T-5")
    done(world, order, "wms/typed")
    assert len(world.fulfillments(order)) == 1


def test_a_cancelled_order_is_refused_once_and_people_hear_of_it(world):
    """If it fails, the parcel is retried for ever, or forgotten."""
    order = sold(world, (world.variants[1], 1))
    world.control.post(f"orders/{order['id']}/cancel", {"reason": "CUSTOMER", "restock": True})
    world.ship(order, "wms/cancelled", [(line(order), 1)], "T-6")
    wait_until(lambda: world.parcel(order, "wms/cancelled").get("state") == "refused", 20, "a refusal")
    cases = world.sql("select * from exception_case where kind = 'fulfillment_refused' and closed_at is null "
                      "and subject = %s", f"{SHOP}/{order['id']}/wms/cancelled")
    assert "cancelled" in cases[0]["detail"]
    assert world.fulfillments(order) == []


def test_what_is_still_open_of_a_parcel_goes_out(world):
    """If it fails, one removed unit keeps the rest of the parcel from its customer."""
    order = sold(world, (world.variants[1], 3))
    world.control.post(f"orders/{order['id']}/edit",
                       {"set": [{"line_id": line(order), "quantity": 2, "restock": True}]})
    world.ship(order, "wms/part", [(line(order), 3)], "T-7")
    fulfilled(world, order, 1)
    wait_until(lambda: world.parcel(order, "wms/part")["state"] == "refused", 20, "the rest refused")
    assert world.parcel(order, "wms/part")["covered"] == {str(line(order)): 2}


def test_a_hold_is_respected_and_the_parcel_goes_out_after_its_release(world):
    """If it fails, we fulfil against a person's will, or never again."""
    order = sold(world, (world.variants[1], 1))
    world.control.post(f"orders/{order['id']}/hold", {})
    world.ship(order, "wms/held", [(line(order), 1)], "T-8")
    wait_until(lambda: world.sql("select 1 from exception_case where kind = 'fulfillment_held' and closed_at is null"),
               20, "people hear of the hold")
    world.control.post(f"orders/{order['id']}/release", {})
    world.sql("update parcel_write set due_at = now() where parcel = 'wms/held' returning 1")
    done(world, order, "wms/held")
    assert not world.sql("select 1 from exception_case where kind = 'fulfillment_held' and closed_at is null")


def test_throttling_delays_and_loses_nothing(world):
    """If it fails, a busy shop's parcels are lost or doubled."""
    world.control.post("faults", {"match": {"root": "fulfillmentCreate"}, "action": "throttled", "count": 2})
    world.control.post("faults", {"match": {"root": "fulfillmentCreate"}, "action": "status", "status": 429,
                                  "retry_after": 1})
    order = sold(world, (world.variants[1], 1))
    world.ship(order, "wms/throttled", [(line(order), 1)], "T-9")
    done(world, order, "wms/throttled")
    assert len(world.fulfillments(order)) == 1


def test_many_parcels_at_once_are_one_fulfilment_each(world):
    """If it fails, a busy hour doubles or drops parcels."""
    orders = [sold(world, (world.variants[2], 1)) for _ in range(40)]
    for n, order in enumerate(orders):
        world.ship(order, f"wms/many-{n}", [(line(order), 1)], f"M-{n}")
    for n, order in enumerate(orders):
        done(world, order, f"wms/many-{n}")
        assert len(world.fulfillments(order)) == 1


def test_a_mode_that_forbids_writing_reports_instead_and_sends_when_it_is_allowed(world):
    """If it fails, a shop that only watches is changed, or nothing happens when it goes live."""
    v = world.variants[2]
    world.wait_judged()        # nothing of the tests before is still on its way
    world.writer.stop()
    world.writer = world.stack.start("shopify-writer", options={**SHORT, "shop.acme.mode": "observe"})
    before = world.shown(v)["available"]
    order = sold(world, (v, 1))
    world.ship(order, "wms/seen", [(line(order), 1)], "T-10")
    world.move(v, -5)

    def observed(effect):
        return [r for r in world.stack.consume("shopify-writes")
                if r.json["outcome"] == "observed" and r.json["effect"] == effect]
    (told,) = wait_until(lambda: observed("fulfillment"), 10, "the parcel reported")
    assert told.json["rows"][0]["parcel"] == "wms/seen"
    wait_until(lambda: observed("stock"), 10, "the stock reported")
    assert world.fulfillments(order) == [] and world.shown(v)["available"] == before - 1
    assert world.parcel(order, "wms/seen")["state"] == "wanted"
    world.writer.stop()
    world.writer = world.stack.start("shopify-writer", options=SHORT)
    done(world, order, "wms/seen")
    wait_until(lambda: world.shown(v)["available"] == before - 6, 15, "the stock written")
