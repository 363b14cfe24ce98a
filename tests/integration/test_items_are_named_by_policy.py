# SPDX-License-Identifier: Apache-2.0
"""What names a stock item is chosen once; stock stays with its item whatever becomes of the variants that sell it.

If this fails, a changed setting leaves all stock under names that nothing sells, or a variant that is deleted, made anew or
turned into another one takes stock along that is not its own.
"""
import pytest
from harness import wait_until
from product_facts import caught_up, product, stamp, variant

BARCODE = {"product-state.identifier": "barcode", "product-state.recheck_ms": 300}
DEFAULT = [{"name": "Title", "value": "Default Title"}]


@pytest.fixture(scope="module")
def state(stack):
    return stack.start("product-state", options=BARCODE)


@pytest.fixture(scope="module")
def inventory(stack, state):
    return stack.start("inventory-state")


def apply(stack, *facts: dict) -> None:
    for fact in facts:
        stack.produce("products", f"{fact['shop']}/{fact['product_id']}", fact)
    caught_up(stack)


def count(stack, item: str, quantity: int, event: str, second: int = 60) -> None:
    stack.produce("inventory", item, {"as_of": stamp(second), "event_id": event, "facility": "WH", "item": item, "kind": "count",
                                      "quantity": quantity, "reason": None, "source": "wms-1"})
    caught_up(stack, "inventory")


def shown(stack, variant_id: int, shop: str = "acme") -> tuple:
    [row] = stack.rows("select item, linked, deleted_at is null as live, waits_for from v_variant where shop = %s and variant_id = %s",
                       shop, variant_id)
    return row["item"], row["linked"], row["live"], row["waits_for"]


def on_hand(stack, variant_id: int):
    rows = stack.rows("select s.on_hand::int from variant v join stock s using (item_id) where v.variant_id = %s and v.linked"
                      " and v.deleted_at is null", variant_id)
    return rows[0]["on_hand"] if rows else None


def open_cases(stack, kind: str) -> dict:
    return {r["subject"]: r["detail"] for r in stack.rows(
        "select subject, detail from exception_case where kind = %s and closed_at is null", kind)}


def test_barcodes_name_items(stack, state):
    apply(stack, product(1, [variant(11, "SKU-1", barcode=" 4006381333931 "), variant(12, "SKU-2")]))
    assert shown(stack, 11) == ("barcode:4006381333931", True, True, None)
    assert shown(stack, 12) == ("variant:acme/12", True, True, None), "without a barcode it is a placeholder"


def test_another_identifier_is_refused_once_variants_are_linked(stack, state):
    """Breaks when a typo in a settings file separates all stock from what sells it."""
    other = stack.start("product-state", slot=1, options={**BARCODE, "product-state.identifier": "sku"}, wait=False)
    assert other.wait(20) == 78
    text = other.log.read_text()
    assert "identifier = sku: variants are linked by barcode already" in text and "set it back to barcode" in text
    nonsense = stack.start("product-state", slot=2, options={**BARCODE, "product-state.identifier": "ean"}, wait=False)
    assert nonsense.wait(20) == 78
    assert "choose sku, barcode or shopify_id" in nonsense.log.read_text()


def test_shops_share_an_item_by_its_name(stack, inventory):
    apply(stack, product(2, [variant(21, "A", barcode="777")]), product(2, [variant(21, "B", barcode="777")], shop="other"))
    assert shown(stack, 21)[0] == shown(stack, 21, "other")[0] == "barcode:777"
    count(stack, "barcode:777", 5, "share")
    assert [r["on_hand"] for r in stack.rows("""select s.on_hand::int from variant v join stock s using (item_id)
                                                 where v.variant_id = 21""")] == [5, 5]


def test_a_duplicate_waits_and_gets_the_item_when_it_is_free(stack, state):
    apply(stack, product(3, [variant(31, None, barcode="DUP")]), product(4, [variant(41, None, barcode="DUP")]))
    assert shown(stack, 41) == ("variant:acme/41", False, True, "barcode:DUP")
    assert "another barcode" in open_cases(stack, "duplicate_sku")["acme/variant/41"]
    apply(stack, product(3, [], updated=1, deleted_at=stamp(1)))
    assert stack.rows("select from hint where resource = 'Product/4'"), "the waiting product is read again"
    apply(stack, product(4, [variant(41, None, barcode="DUP")], observed=2))
    assert shown(stack, 41) == ("barcode:DUP", True, True, None)


def test_stock_stays_when_a_variant_is_deleted_and_made_anew(stack, inventory):
    apply(stack, product(5, [variant(51, None, barcode="BACK"), variant(52, None, barcode="STAYS")]))
    count(stack, "barcode:BACK", 9, "back")
    apply(stack, product(5, [variant(52, None, barcode="STAYS")], updated=1))
    assert shown(stack, 51) == ("barcode:BACK", True, False, None) and on_hand(stack, 51) is None
    apply(stack, product(5, [variant(52, None, barcode="STAYS"), variant(53, None, barcode="BACK")], updated=2))
    assert shown(stack, 53) == ("barcode:BACK", True, True, None) and on_hand(stack, 53) == 9


def test_a_reused_default_variant_keeps_its_stock_and_people_are_told(stack, inventory):
    """Shopify re-uses the only variant when options are added: the id stays, what it is changes."""
    apply(stack, product(6, [variant(61, "TEE", barcode="TEE", options=DEFAULT, title="Default Title")], title="Tee"))
    count(stack, "barcode:TEE", 30, "tee", second=60)
    apply(stack, product(6, [variant(61, "TEE", barcode="TEE", title="S", options=[{"name": "Size", "value": "S"}]),
                             variant(62, "TEE-M", barcode="TEE-M", title="M", options=[{"name": "Size", "value": "M"}])],
                         title="Tee", updated=120))
    assert shown(stack, 61) == ("barcode:TEE", True, True, None) and on_hand(stack, 61) == 30
    detail = wait_until(lambda: open_cases(stack, "reused_variant").get("acme/variant/61"), 10, "people are told")
    assert "only variant of Tee" in detail and "barcode:TEE" in detail
    assert stack.rows("select field, old, new from v_product_history where variant_id = 61 and field = 'title'") == [
        {"field": "title", "old": "Default Title", "new": "S"}]
    count(stack, "barcode:TEE", 12, "tee-again", second=180)
    wait_until(lambda: "acme/variant/61" not in open_cases(stack, "reused_variant"), 10, "it was counted since")


def test_a_kit_takes_its_parts_and_forgets_what_it_no_longer_takes(stack, state):
    parts = [variant(71, "P1", barcode="P1"), variant(72, "P2", barcode="P2")]

    def kit(updated: int, *components) -> dict:
        return product(8, [variant(81, "KIT", barcode="KIT", requires_components=bool(components), components=[
            {"quantity": q, "variant_id": v} for v, q in components])], updated=updated)

    def takes() -> list:
        return [(r["component_variant_id"], r["component_item"], r["quantity"]) for r in stack.rows(
            "select component_variant_id, component_item, quantity::int from v_kit_component where kit_sku = 'KIT' order by 1")]
    apply(stack, kit(0, (71, 1), (72, 2)))
    assert takes() == [(71, None, 1), (72, None, 2)], "its parts may come later"
    apply(stack, product(7, parts))
    assert takes() == [(71, "barcode:P1", 1), (72, "barcode:P2", 2)]
    apply(stack, kit(1, (72, 3)))
    assert takes() == [(72, "barcode:P2", 3)]
    apply(stack, kit(2))
    assert takes() == []


def test_lines_wait_for_their_product_when_barcodes_name_items(stack, state):
    """A line carries a SKU and no barcode: counting it under its SKU would reserve of an item that never has stock."""
    rows = stack.rows("""select i.item from (values ('SKU-9', 99::bigint), ('SKU-9', null), (null, 98)) l(sku, variant),
                                lateral item_of_line('barcode', 'acme', l.sku, l.variant) i(item)""")
    assert [r["item"] for r in rows] == ["variant:acme/99", None, "variant:acme/98"]
    assert stack.rows("select item_of_line('sku', 'acme', E' A-1\\t', 5) as item") == [{"item": "sku:A-1"}]
    assert stack.rows("select item_of_line('shopify_id', 'acme', 'A-1', 5) as item") == [{"item": "variant:acme/5"}]
