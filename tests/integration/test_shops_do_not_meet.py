# SPDX-License-Identifier: Apache-2.0
"""Several shops in one process: none sees another's orders, and one that is ill does not slow down the others."""
import re
import time

import pytest
from harness import SandboxClient, metrics, wait_until

from millrace_stack import Instance, Sandbox, free_ports

WELL, ILL = "acme", "bolt"


class Second:
    """Another sandbox in the same file's world: another shop, under its own key."""

    def __init__(self, stack):
        port, = free_ports(1)
        etc = stack.instance.etc
        self.process = Sandbox(Instance(stack.instance.root / "second").make(), port, token_file=etc / "token",
                               webhook_secret_file=etc / "webhook-secret")
        self.process.start().wait_ready(60)
        self.control = SandboxClient(self.process.control_port)
        text = stack.config.read_text()
        section = re.search(r"(?ms)^\[shop\.acme\].*?(?=^\[|\Z)", text).group(0)
        section = section.replace(f":{stack.sandbox_port}", f":{port}").replace("shop.acme", f"shop.{ILL}")
        stack.config.write_text(text + "\n" + section.replace(f"/webhooks/{WELL}", f"/webhooks/{ILL}"))

    def close(self):
        self.control.close()
        self.process.stop()


@pytest.fixture(scope="module")
def shops(stack):
    well = stack.sandbox
    second = Second(stack)
    for n, sandbox in enumerate((well, second.control)):
        sandbox.post("config", {"webhooks": False})
        sandbox.post("seed", {"seed": n, "products": 3, "orders": 0, "stock": 1000, "locations": [{"name": "Online"}]})
    stack.publisher = stack.start("order-publisher", options={"shop.bolt.timeout_ms": 8000})
    wait_until(lambda: {r["shop"] for r in stack.rows("select shop from shop_cursor where bulk_state = 'done'")} ==
               {WELL, ILL}, 60, "both shops are loaded")
    yield {WELL: well, ILL: second.control}
    second.close()


def place(sandbox) -> dict:
    return sandbox.post("orders", {"lines": [{"sku": sandbox.get("catalog")["variants"][0]["sku"], "quantity": 1}]})


def known(stack, shop: str, order: dict) -> bool:
    return any(r.key == f"{shop}/{order['id']}" for r in stack.consume("orders"))


def seconds_until_known(stack, shop: str, sandbox) -> float:
    began = time.monotonic()
    order = place(sandbox)
    wait_until(lambda: known(stack, shop, order), 40, "the order")
    return time.monotonic() - began


def test_each_shop_has_its_own_orders(stack, shops):
    """Breaks when a key, a cursor or a lease of one shop serves another."""
    orders = {shop: place(sandbox) for shop, sandbox in shops.items()}
    for shop, order in orders.items():
        wait_until(lambda s=shop, o=order: known(stack, s, o), 30, "the order")
    assert all(r.json["shop"] == r.key.split("/")[0] for r in stack.consume("orders"))
    assert len(stack.consume("orders")) == 2
    leases = {r["name"] for r in stack.rows("select name from lease")}
    assert {f"order-publisher/{WELL}", f"order-publisher/{ILL}"} <= leases


def test_a_shop_that_does_not_answer_holds_up_nobody(stack, shops):
    """Breaks when one shop's time-out is every shop's delay: eight seconds, again and again."""
    shops[ILL].post("faults", {"action": "timeout_after_effect", "timeout_ms": 60000, "probability": 1})
    time.sleep(2)  # its call is in the air
    taken = [seconds_until_known(stack, WELL, shops[WELL]) for _ in range(4)]
    assert max(taken) < 6, taken
    shops[ILL]._http.delete("/control/faults")
    assert seconds_until_known(stack, ILL, shops[ILL]) < 40


@pytest.mark.parametrize("status, advice", [(402, "settle"), (401, "token")])
def test_a_shop_that_refuses_pauses_alone_and_loudly(stack, shops, status, advice):
    """Breaks when a merchant who has not paid stops another's orders, or nobody is told why his are missing."""
    shops[ILL].post("faults", {"action": "status", "status": status, "probability": 1})
    reason = wait_until(lambda: (why := stack.publisher.why_not_ready()) and ILL in why and why, 40, "it is said")
    assert advice in reason
    page = metrics.fetch(stack.publisher.port)
    assert f'millrace_shop_paused{{shop="{ILL}"}} 1' in page
    assert f'millrace_shop_paused{{shop="{WELL}"}} 0' in page
    assert seconds_until_known(stack, WELL, shops[WELL]) < 6
    shops[ILL]._http.delete("/control/faults")
    wait_until(lambda: stack.publisher.why_not_ready() is None, 60, "it works again")
