# SPDX-License-Identifier: Apache-2.0
"""A shop without SKUs worth the name keeps its stock by Shopify's own variants: one item each, whatever else they share.

If this fails, two articles with one SKU share a shelf, or a changed SKU takes stock away from what is sold.
"""
import pytest
from product_facts import caught_up, product, variant


@pytest.fixture(scope="module")
def state(stack):
    return stack.start("product-state", options={"product-state.identifier": "shopify_id"})


def apply(stack, *facts: dict) -> None:
    for fact in facts:
        stack.produce("products", f"{fact['shop']}/{fact['product_id']}", fact)
    caught_up(stack)


def shown(stack) -> list:
    return [tuple(row.values()) for row in stack.rows(
        "select shop, variant_id, item, linked from v_variant where deleted_at is null order by shop, variant_id")]


def test_each_variant_is_its_own_item(stack, state):
    apply(stack, product(1, [variant(11, "SAME", barcode="40"), variant(12, "SAME", barcode="40"), variant(13, None)]),
          product(1, [variant(11, "SAME", barcode="40")], shop="other"))
    wanted = [("acme", n, f"variant:acme/{n}", True) for n in (11, 12, 13)] + [("other", 11, "variant:other/11", True)]
    assert shown(stack) == wanted
    apply(stack, product(1, [variant(11, "NEW"), variant(12, "SAME"), variant(13, "NAMED")], updated=1))
    assert shown(stack) == wanted, "what is printed on it may change"
    assert not stack.rows("select kind, subject from exception_case where closed_at is null"), "and nobody has to look at it"
