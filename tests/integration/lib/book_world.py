# SPDX-License-Identifier: Apache-2.0
"""One row of Shopify's stock, played by hand at random, against the book's steps in SQL.

Shopify, shoppers, staff and other apps live here; the book lives in Postgres. Beside it stands a second book, kept in
plain words: what each number means, computed anew from everything that happened. After each step the two must agree.
"""
import datetime
import random
import uuid

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
LATER = START + datetime.timedelta(days=1000)
LAG = 2
ON_HAND = {"fulfil": -1, "drop": -1, "cancel": 0, "restock": 1}
COMMITTED = {"fulfil": -1, "drop": -1, "cancel": -1, "restock": 0}


def moment(tick):
    return None if tick is None else START + datetime.timedelta(seconds=tick)


class Shop:
    """What Shopify holds of the row."""

    def __init__(self, on_hand: int):
        self.clock, self.on_hand = 0, on_hand
        self.outside = on_hand                     # what neither we nor a fact brought it to
        self.sold, self.facts, self.answers = [], [], {}
        self.past = [(0, on_hand, on_hand)]

    def tick(self) -> int:
        self.clock += 1
        self.past.append((self.clock, self.on_hand, self.outside))
        return self.clock

    def committed(self) -> int:
        return sum(self.sold) + sum(COMMITTED[k] * n for k, n, _ in self.facts)

    def available(self) -> int:
        return self.on_hand - self.committed()

    def act(self, kind: str, units: int) -> None:
        self.on_hand += ON_HAND[kind] * units
        self.facts.append((kind, units, self.tick()))

    def set(self, key, quantity: int, change_from: int) -> str:
        if key not in self.answers:
            self.answers[key] = "done" if change_from == self.on_hand else "stale"
            if self.answers[key] == "done":
                self.on_hand = quantity
            self.tick()
        return self.answers[key]


class BookWorld:
    """Moves both; `check` compares. item: a row of its own, so that many worlds share a database."""

    def __init__(self, db, item: int, rng: random.Random):
        self.db, self.item, self.rng = db, item, rng
        self.shop = Shop(rng.randint(0, 8))
        self.stock = rng.randint(0, 8)
        self.known, self.ingested = set(), 0       # facts by place; how many sales our books know
        self.outside_read = self.outside_judged = 0    # edits that the read shows, that were judged
        self.written = self.residual = 0
        self.read = None                           # [since, until, clean]
        self.judged, self.last_write, self.record, self.request = False, None, None, None
        self.basis = None                          # the record that the request was made from
        self.watermark, self.version = -1, 0

    def ask(self, sql: str, *parameters):
        return self.db.execute(sql, parameters).fetchall()

    # -- the plain book
    def sum_known(self) -> int:
        return sum(ON_HAND[k] * n for i, (k, n, _) in enumerate(self.shop.facts) if i in self.known)

    def known_open(self) -> int:
        return sum(self.shop.sold[:self.ingested]) + sum(
            COMMITTED[k] * n for i, (k, n, _) in enumerate(self.shop.facts) if i in self.known)

    def want(self):
        if self.record is None or self.request or not self.judged:
            return None
        level = max(self.record["min"], min(self.written, self.record["max"]))
        quantity = max(0, level + self.sum_known() + self.residual)
        change_from = self.written + self.sum_known() + self.residual
        return None if quantity == change_from else (quantity, change_from)

    # -- people
    def do_sell(self):
        if self.shop.available() > 0:
            self.shop.sold.append(1)
            self.shop.tick()

    def do_edit(self):
        delta = self.rng.choice((-2, -1, 1, 2))
        if self.shop.on_hand + delta >= 0:
            self.shop.on_hand += delta
            self.shop.outside += delta
            self.shop.tick()

    def do_staff(self):
        kind = self.rng.choice(("fulfil", "fulfil", "cancel", "drop", "restock"))
        fulfilled = sum(n for k, n, _ in self.shop.facts if k == "fulfil")
        restocked = sum(n for k, n, _ in self.shop.facts if k == "restock")
        if (kind == "restock" and restocked < fulfilled) or (kind != "restock" and self.shop.committed() > 0):
            self.shop.act(kind, 1)

    def do_supply(self):
        self.stock += self.rng.choice((-1, 1, 2))

    # -- ingestion: sales first, then facts in any order
    def do_learn(self):
        self.ingested = len(self.shop.sold) if self.rng.random() < 0.5 else min(len(self.shop.sold), self.ingested + 1)
        unknown = [i for i in range(len(self.shop.facts)) if i not in self.known]
        if not unknown or self.ingested < len(self.shop.sold):
            return
        i = self.rng.choice(unknown)
        self.learn(i)

    def learn(self, i: int):
        kind, units, at = self.shop.facts[i]
        effect = ON_HAND[kind] * units
        self.known.add(i)
        if kind == "fulfil":
            self.stock -= units                    # it left a shelf of ours
        if self.read and effect and self.ask("select 1 from book_row where inventory_item_id = %s", self.item):
            since, until, _ = self.read
            if at <= since:
                self.residual -= effect
            elif at <= until:
                self.read[2] = False
        self.ask("""insert into stock_fact (shop, fact_id, inventory_item_id, location_id, kind, units, on_hand_effect,
                    committed_effect, at, learnt_at) values ('a', %s, %s, 1, %s, %s, %s, %s, %s, %s) returning 1""",
                 f"{self.item}/{i}", self.item, kind, units, effect, COMMITTED[kind] * units, moment(at), LATER)
        self.ask("select book_facts('a', array[%s::bigint], array[1::bigint], array[%s::bigint], array[%s])",
                 self.item, effect, moment(at))

    def do_poll(self):
        if self.ingested == len(self.shop.sold) and len(self.known) == len(self.shop.facts):
            self.watermark = self.shop.clock

    # -- our side
    def do_publish(self):
        promise = self.stock - self.known_open()   # demand of ours not delivered yet
        open_units = self.known_open()
        level = promise + open_units - self.sum_known()
        self.version += 1
        self.record = {"min": level, "max": level, "promise": promise, "watermark": self.watermark,
                       "sold": self.ingested, "facts": set(self.known)}
        self.ask("select apply_atp(array['a'], array[%s::bigint], array[1::bigint], array[%s::bigint], "
                 "array[%s::bigint], array[%s::bigint], array[%s::bigint], array[%s::timestamptz], array[%s], %s)",
                 self.item, self.version, level, level, promise, moment(self.watermark), START, START)

    def do_read(self):
        if self.request or self.record is None:
            return
        lag = self.rng.randint(0, LAG)
        now = self.shop.clock
        _, shown, outside = ([p for p in self.shop.past if p[0] <= now - lag] or self.shop.past)[-1]
        if not lag:
            shown, outside = self.shop.on_hand, self.shop.outside
        self.shop.tick()
        self.apply_read(shown, outside, now)

    def apply_read(self, shown: int, outside: int, now: int):
        self.outside_read = outside
        since = now - LAG
        recent = [i for i in self.known if since < self.shop.facts[i][2] <= now and ON_HAND[self.shop.facts[i][0]]]
        clean = not recent and (self.last_write is None or self.last_write <= since)
        self.residual = shown - self.written - self.sum_known()
        self.read = [since, now, clean]
        got = self.ask("select residual, clean from apply_reads('a', 1, array[%s::bigint], array[%s::bigint], "
                       "array[%s::timestamptz], %s, %s, %s, %s, %s, %s)", self.item, shown, moment(self.last_write),
                       moment(since), moment(now), LATER, LATER, LATER, LATER)
        assert got == [(self.residual, clean)], (got, self.residual, clean)

    def do_decide(self):
        """Judge, and prepare what is wanted."""
        if self.record is None or self.request:
            return
        self.ask("update book_row set due_at = case when inventory_item_id = %s then %s::timestamptz end returning 1",
                 self.item, START)
        if self.read and self.read[2] and self.record["watermark"] >= self.read[1]:
            self.written, self.residual, self.read, self.judged = self.written + self.residual, 0, None, True
            self.outside_judged = self.outside_read
        want = self.want()
        got = self.ask("select quantity, change_from from decide_rows('a', 10, %s)", LATER)
        assert got == ([want] if want else []), (got, want)
        if want:
            self.request, self.basis = (uuid.UUID(int=self.rng.getrandbits(128)), *want), self.record
            self.ask("select hold_request(%s, 'a', 1, 'body', array[%s::bigint], array[%s::bigint], array[%s::bigint],"
                     " 'me', %s, %s)", self.request[0], self.item, want[0], want[1], LATER, START)

    def do_send(self):
        if self.request:
            before = self.shop.on_hand
            answer = self.shop.set(*self.request)
            if answer == "done" and self.shop.on_hand > before:
                self.check_raise()

    def do_answer(self):
        """Sends (again) and records; a second record of the same answer changes nothing."""
        if not self.request:
            return
        self.do_send()
        key, quantity, change_from = self.request
        answer = self.shop.answers[key]
        for first in (True, False):
            applied = self.ask("select answer_request(%s, %s, null, %s, %s::bigint[], '{}', '{}', %s)", key, answer,
                               moment(self.shop.clock), [self.item] if answer == "stale" else [], LATER)[0][0]
            assert applied is first
        self.request, self.last_write = None, self.shop.clock
        if answer == "done":
            self.written += quantity - change_from
        else:
            now = self.shop.clock
            self.shop.tick()
            self.apply_read(self.shop.on_hand, self.shop.outside, now)

    # -- what must hold
    def check_raise(self):
        """A write that raises offers no more than the promise, less what Shopify has sold and the record did not know,
        and but for what others put there and we have not judged yet."""
        unknown = len(self.shop.sold) - self.basis["sold"]
        freed = sum(n for i, (k, n, _) in enumerate(self.shop.facts)
                    if i not in self.basis["facts"] and k in ("cancel", "restock"))
        covered = self.basis["promise"] - unknown + freed + self.shop.outside - self.outside_judged
        offered = self.shop.available()
        assert min(offered, offered - covered) <= 0, f"offers {offered}, covered are {covered}: {vars(self)}"

    def check(self):
        rows = self.ask("""select b.known, b.written, b.residual, b.read_until, b.read_clean, b.judged, w.wanted,
                                  w.quantity, w.change_from
                             from book_row b join book_want w using (shop, inventory_item_id, location_id)
                            where b.inventory_item_id = %s""", self.item)
        if not rows or self.record is None:
            return
        want = self.want()
        plain = (self.sum_known(), self.written, self.residual, moment(self.read[1]) if self.read else None,
                 bool(self.read and self.read[2]), self.judged, want is not None)
        assert rows[0][:7] == plain, (rows[0], plain)
        assert want is None or rows[0][7:] == want, (rows[0], want)

    def settle(self):
        """Nobody acts any more: everything becomes known, and the row comes to rest."""
        for _ in range(20):
            self.ingested = len(self.shop.sold)
            for i in range(len(self.shop.facts)):
                if i not in self.known:
                    self.learn(i)
            for _ in range(LAG + 1):
                self.shop.tick()
            self.do_answer()
            self.do_publish()
            self.apply_read(self.shop.on_hand, self.shop.outside, self.shop.clock)
            self.shop.tick()
            self.do_poll()
            self.do_publish()
            self.do_decide()
            self.check()
        assert self.request is None and self.residual == 0 and self.judged
        assert self.written + self.sum_known() == self.shop.on_hand
        assert self.shop.available() == max(self.record["promise"], -self.shop.committed())


def play(db, item: int, seed: int, steps: int) -> None:
    world = BookWorld(db, item, random.Random(seed))
    steps_of = {"sell": 6, "edit": 1, "staff": 3, "supply": 2, "learn": 8, "poll": 3, "publish": 6, "read": 2,
                "decide": 6, "send": 2, "answer": 6}
    for _ in range(steps):
        name = world.rng.choices(list(steps_of), list(steps_of.values()))[0]
        getattr(world, f"do_{name}")()
        world.check()
    world.settle()
