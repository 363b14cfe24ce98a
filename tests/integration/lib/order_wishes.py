# SPDX-License-Identifier: Apache-2.0
"""Orders of every kind, and what shoppers and staff do to them: wishes for the sandbox's control API, by seed."""
import random

TEXTS = ("ring twice", "", "a\tb \"quoted\" \\ back", "naïve – ☕ 🎁", "\U0001F468‍\U0001F469‍\U0001F467", " ", "0")
DISCOUNTS = (
    {"code": "WELCOME", "percentage": 10}, {"code": "LESS5", "amount": "5.00"},
    {"title": "Autumn", "automatic": True, "percentage": 12.5}, {"title": "Sorry", "amount": "1.01"},
    {"title": "Old script", "script": True, "percentage": 3}, {"code": "FREE", "percentage": 100, "target": "shipping"},
)


def wish(rng: random.Random, skus: list, store: int, online: int) -> dict:
    """One order as a shopper, a till or an app would place it."""
    lines = [{"sku": sku, "quantity": rng.randint(1, 4)} for sku in rng.sample(skus, rng.randint(1, 5))]
    if rng.random() < 0.3:
        lines.append({"title": rng.choice(("Engraving", "🎁", "Tip")), "price": "3.50", "requires_shipping": False})
    made = {
        "lines": lines, "note": rng.choice(TEXTS), "tags": rng.sample(["vip", "b2b", "Ünique", "a b"], rng.randint(0, 3)),
        "attributes": rng.choice(({}, {"gift": "yes", "text": rng.choice(TEXTS)})), "test": rng.random() < 0.1,
        "tax_basis_points": rng.choice((0, 700, 1300, 1375)), "phone": rng.choice((None, "+14165550100")),
        "financial_status": rng.choice(("paid", "authorized", "pending")), "po_number": rng.choice((None, "PO-7")),
        "risk": rng.choice(("LOW", "MEDIUM", "HIGH")),
        "metafields": rng.choice(([], [{"namespace": "custom", "key": "gift", "type": "boolean", "value": "yes"},
                                       {"namespace": "other", "key": "x", "type": "json", "value": "{}"}])),
        "discounts": rng.sample(DISCOUNTS, rng.choice((0, 0, 1, 2, 3))),
    }
    if rng.random() < 0.5:
        made |= {"presentment_currency": "EUR", "presentment_rate": 0.6821}
    return made | kind(rng, store, online)


def kind(rng: random.Random, store: int, online: int) -> dict:
    """How it is sold and how it reaches the buyer."""
    return rng.choice((
        {}, {"shipping": {"title": "Express", "code": "", "price": "12.34"}},
        {"delivery": "pickup", "location_id": store}, {"delivery": "local", "location_id": store},
        {"delivery": "none"}, {"location_id": online},
        {"delivery": "retail", "retail_location_id": store, "source_identifier": f"{store}-1-1044", "tip": "2.50"},
        {"source_name": "shopify_draft_order", "source_identifier": "D12"},
    ))


class Acts:
    """Does to one order, at random, what may be done to it; what the sandbox refuses is not done."""

    def __init__(self, rng: random.Random, sandbox, order: dict, skus: list, store: int):
        self.rng, self.sandbox, self.order, self.skus, self.store = rng, sandbox, order, skus, store
        self.done: list = []

    def act(self, steps: int) -> "Acts":
        deeds = (self.add, self.change, self.discount, self.address, self.words, self.fulfil, self.fulfil, self.refund,
                 self.refund_shipping, self.give_back, self.give_back, self.exchange, self.ask, self.cancel, self.capture)
        for _ in range(steps):
            deed = self.rng.choice(deeds)
            try:
                deed()
            except AssertionError:
                continue  # refused: not every act fits every order
            self.done.append(deed.__name__)
        return self

    def post(self, path: str, body: dict):
        return self.sandbox.post(f"orders/{self.order['id']}/{path}", body)

    def line(self) -> dict:
        return self.rng.choice(self.order["lines"])

    def add(self) -> None:
        self.post("edit", {"add": [{"sku": self.rng.choice(self.skus), "quantity": 2}]})

    def change(self) -> None:
        self.post("edit", {"set": [{"line_id": self.line()["id"], "quantity": self.rng.randint(0, 5)}]})

    def discount(self) -> None:
        self.post("edit", {"discount": [{"line_id": self.line()["id"], "amount": "1.00"}]})

    def address(self) -> None:
        self.post("address", {"first_name": "", "last_name": "O'Neill", "city": "Halifax", "latitude": 44.6488625})

    def words(self) -> None:
        self.post("update", {"note": self.rng.choice(TEXTS), "tags": ["later"], "email": "x@example.com"})

    def fulfil(self) -> None:
        tracking = {"company": "DHL Express", "numbers": ["A1", "A2"], "urls": ["https://t.example/A1", "https://t.example/A2"]}
        self.post("fulfill", {"tracking": self.rng.choice((tracking, None)), "lines": self.rng.choice((
            None, [{"line_id": self.line()["id"], "quantity": 1}]))})

    def refund(self) -> None:
        kinds = ("CANCEL", "RETURN", "NO_RESTOCK")
        self.post("refund", {"lines": [{"line_id": self.line()["id"], "quantity": 1,
                                        "restock_type": self.rng.choice(kinds)}], "note": self.rng.choice(TEXTS)})

    def refund_shipping(self) -> None:
        self.post("refund", {"lines": [], "shipping": True})

    def give_back(self) -> None:
        made = self.post("returns", {"lines": [{"line_id": self.line()["id"], "quantity": 1}]})["return"]
        if self.rng.random() < 0.7:
            self.sandbox.post(f"returns/{made['id']}/receive", {"location_id": self.store, "disposition": self.rng.choice(
                ("restock", "restock", "missing", "damaged"))})
            self.sandbox.post(f"returns/{made['id']}/process", {})
            self.sandbox.post(f"returns/{made['id']}/close", {})

    def exchange(self) -> None:
        made = self.post("returns", {"lines": [{"line_id": self.line()["id"], "quantity": 1}],
                                     "exchange": [{"sku": self.rng.choice(self.skus), "quantity": 1}]})["return"]
        self.sandbox.post(f"returns/{made['id']}/process", {})

    def ask(self) -> None:
        made = self.post("returns", {"requested": True, "lines": [{"line_id": self.line()["id"], "quantity": 1}]})["return"]
        self.sandbox.post(f"returns/{made['id']}/{self.rng.choice(('approve', 'decline', 'cancel'))}", {})

    def cancel(self) -> None:
        self.post("cancel", {"reason": self.rng.choice(("CUSTOMER", "FRAUD", "INVENTORY")), "restock": True})

    def capture(self) -> None:
        self.post("capture", {})
