# SPDX-License-Identifier: Apache-2.0
"""An answer that lacks something is asked for again, and what can never be read does not keep the rest.

Otherwise a null would be a deletion, a lost page a smaller product, and one bad object the end of all reading.
"""
import time

import pytest
from harness import wait_until
from meddler import Meddler

SHOP = "acme"
MANY = 130


@pytest.fixture(scope="module")
def meddler(stack):
    stack.sandbox  # noqa: B018  the shop is there first
    with Meddler(stack) as meddler:
        yield meddler


@pytest.fixture(scope="module")
def shop(stack, meddler):
    """A loaded shop without webhooks: what is read is what polls find, and what hints in the table ask for."""
    sandbox = stack.sandbox
    sandbox.post("config", {"webhooks": False})
    sandbox.post("seed", {"seed": 3, "products": 20, "variants_per_product": 1, "locations": [{"name": "Online"}]})
    stack.start("product-state")
    stack.publisher = stack.start("product-publisher")
    wait_until(lambda: len(stack.rows("select from product where shop = %s", SHOP)) == 20, 30, "all products")
    return sandbox


@pytest.fixture(autouse=True)
def fair_weather(meddler):
    meddler.rule = None
    yield
    meddler.rule = None


def meddle(meddler, operation: str, times: int, change) -> dict:
    """The next answers to the operation become change(answer); returns how many are left."""
    left = {"times": times}

    def rule(asked, variables, ask):
        if asked != operation or left["times"] == 0:
            return ask()
        left["times"] -= 1
        return change(ask())

    meddler.rule = rule
    return left


def product_ids(sandbox) -> list:
    return sorted({v["product_id"] for v in sandbox.get("catalog")["variants"]})


def change(sandbox, product_id: int, title: str) -> None:
    answer = sandbox._http.put(f"/control/products/{product_id}", json={"title": title})
    assert answer.is_success, answer.text


def hint(stack, product_id: int, reason: str) -> None:
    stack.db.execute("insert into hint (shop, resource, due_at, triggered_at, reason) values (%s, %s, now(), now(), %s) "
                     "on conflict (shop, resource) do update set due_at = now()", (SHOP, f"Product/{product_id}", reason))


def facts_of(stack, product_id: int) -> list:
    return [r.json for r in stack.consume("products") if r.key == f"{SHOP}/{product_id}"]


def title_of(stack, product_id: int) -> str:
    facts = facts_of(stack, product_id)
    return facts[-1]["title"] if facts else ""


@pytest.mark.parametrize("nodes", [None, []], ids=["null", "empty"])
def test_objects_without_an_answer_are_not_gone(stack, shop, meddler, nodes):
    """Breaks when an answer without its list says that everything in it is gone: a live product would be deleted."""
    product_id = product_ids(shop)[0]
    left = meddle(meddler, "ProductsByIds", 2, lambda _: {"data": {"nodes": nodes}})
    hint(stack, product_id, "webhook products/delete")
    wait_until(lambda: left["times"] == 0, 20, "it was asked for again")
    wait_until(lambda: attempts(stack, product_id) >= 2, 20, "and it was there")
    assert not any(f["deleted_at"] for f in facts_of(stack, product_id))
    stack.db.execute("delete from hint")


def attempts(stack, product_id: int) -> int:
    return stack.rows("select attempts from hint where resource = %s", f"Product/{product_id}")[0]["attempts"]


def make_large(sandbox, title: str) -> int:
    made = sandbox.post("products", {"title": title, "options": [{"name": "Size", "values": ["0"]}], "variants": [
        {"sku": f"{title}-{i}", "price": "1.00", "options": [str(i)]} for i in range(MANY)]})
    return int(made["gid"].split("/")[-1])


def test_a_page_without_its_object_is_asked_for_again(stack, shop, meddler):
    """Breaks when a lost page is the last one: a product would lose the variants on it."""
    left = meddle(meddler, "MoreVariants", 2, lambda _: {"data": {"node": None}})
    product_id = make_large(shop, "Torn")
    wait_until(lambda: facts_of(stack, product_id), 20, "the product")
    assert left["times"] == 0
    assert {len(f["variants"]) for f in facts_of(stack, product_id)} == {MANY}


def test_a_search_without_a_list_is_no_poll(stack, shop, meddler):
    """Breaks when the cursor moves behind a search that has shown nothing."""
    def cursor():
        return stack.rows("select through_at from shop_cursor where shop = %s and stream = 'products'", SHOP)[0]

    left = meddle(meddler, "ProductsChanged", 1000, lambda _: {"data": {"products": None}})
    wait_until(lambda: left["times"] < 999, 20, "a search in vain")
    before, asked = cursor(), left["times"]
    wait_until(lambda: left["times"] < asked - 5, 60, "more of them")  # over more than the 5 s in which cursors are saved
    assert cursor() == before


POISONS = {
    "refused": (lambda answer: 500, "500"),
    "nul": (lambda answer: {**answer, "extensions": {"note": "a\0b"}}, "NUL character"),
    "lone-surrogate": (lambda answer: {**answer, "extensions": {"note": "\ud83d"}}, "invalid Unicode"),
    "40-mib": (lambda answer: {**answer, "extensions": {"note": "x" * (40 << 20)}}, "larger than 33554432 bytes"),
}


@pytest.mark.parametrize("kind", POISONS)
def test_what_cannot_be_read_does_not_keep_the_others(stack, shop, meddler, kind):
    """Breaks when one object that Shopify fails to show ends all reading, or is forgotten in silence."""
    poisoned, says = POISONS[kind]
    ids, title = product_ids(shop)[:20], f"Beside the poison {kind}"
    bad = ids[10]
    poison = f"gid://shopify/Product/{bad}"
    meddler.rule = lambda operation, variables, ask: poisoned(ask()) if poison in variables.get("ids", ()) else ask()
    for product_id in ids:
        change(shop, product_id, title)
    wait_until(lambda: all(title_of(stack, i) == title for i in ids if i != bad), 60, "the others")
    exception = wait_until(lambda: stack.rows("select detail from exception_case where kind = 'unreadable' and subject = %s "
                                              "and closed_at is null", f"{SHOP}/Product/{bad}"), 30, "the exception")
    assert says in exception[0]["detail"]
    assert stack.rows("select from hint where resource = %s and reason = 'unreadable'", f"Product/{bad}")
    meddler.rule = None
    stack.db.execute("update hint set due_at = now()")
    wait_until(lambda: title_of(stack, bad) == title, 20, "it can be read again")
    wait_until(lambda: stack.rows("select from exception_case where closed_at is not null and subject = %s",
                                  f"{SHOP}/Product/{bad}"), 20, "the exception is closed")


TOO_COSTLY = {"errors": [{"message": "too costly", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}


@pytest.mark.parametrize("operation, size, most", [
    ("ProductsChanged", lambda variables: variables.get("first", 0), 40),
    ("ProductsByIds", lambda variables: len(variables.get("ids", ())), 3),
], ids=["searches", "reads"])
def test_what_is_too_costly_is_asked_for_in_smaller_parts(stack, shop, meddler, operation, size, most):
    """Breaks when a document that Shopify counts dearer than we do pauses the shop until somebody mends it."""
    meddler.rule = lambda asked, variables, ask: (
        TOO_COSTLY if asked == operation and size(variables) > most else ask())
    ids = product_ids(shop)[:12]
    title = f"In parts of {most}"
    for product_id in ids:
        change(shop, product_id, title)
    wait_until(lambda: all(title_of(stack, i) == title for i in ids), 40, "all changes")
    assert stack.publisher.why_not_ready() is None


def test_a_shop_that_is_away_blames_nobody(stack, shop, meddler):
    """Breaks when an outage makes exceptions of whatever was being read."""
    product_id = product_ids(shop)[1]
    left = meddle(meddler, "ProductsByIds", 9, lambda _: 500)
    change(shop, product_id, "After the outage")
    wait_until(lambda: title_of(stack, product_id) == "After the outage", 60, "the change behind the outage")
    assert left["times"] == 0
    assert not stack.rows("select from exception_case where closed_at is null")


def test_long_objects_leave_room_for_others(stack, shop, meddler):
    """Breaks when a batch of objects with many pages keeps everything else waiting until its last one."""
    nothing = {"data": {"products": {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}}}
    in_one_go = [0]

    def rule(operation, _, ask):
        if operation != "MoreVariants":
            in_one_go.append(0)
            return ask()
        in_one_go[-1] += 1
        time.sleep(0.7)
        return ask()

    meddler.rule = lambda operation, _, ask: nothing if operation == "ProductsChanged" else ask()
    ids = [make_large(shop, f"Long{i}") for i in range(9)]
    meddler.rule = rule
    wait_until(lambda: all(facts_of(stack, i) for i in ids), 60, "all of them")
    assert 0 < max(in_one_go) <= 6, "pages of a batch in one go; 3 s are enough for four"
