# SPDX-License-Identifier: Apache-2.0
"""People, dashboards and other systems read views; what they lean on stays.

Columns are only added, after the others; none is renamed, taken away, moved or of another type. golden/views.txt is the
promise: a view or column that is new is added to it, and nothing else is ever changed in it.
"""
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "schemas" / "postgres" / "README.md"
GOLDEN = Path(__file__).parent / "golden" / "views.txt"
COLUMNS = """select c.relname as view, a.attname as name, format_type(a.atttypid, a.atttypmod) as type
               from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
              where c.relkind = 'v' and c.relname like 'v\\_%' and c.relnamespace = 'public'::regnamespace
              order by c.relname collate "C", a.attnum"""


def promised() -> dict:
    views = {}
    for line in GOLDEN.read_text().splitlines():
        view, name, kind = line.split(" ", 2)
        views.setdefault(view, []).append((name, kind))
    return views


def found(stack) -> dict:
    views = {}
    for row in stack.rows(COLUMNS):
        views.setdefault(row["view"], []).append((row["name"], row["type"]))
    return views


def breaches(promised: dict, found: dict) -> list:
    """What people lean on and would no longer find."""
    told = [f"{view} is gone" for view in promised if view not in found]
    for view in promised.keys() & found.keys():
        for n, column in enumerate(promised[view]):
            if n >= len(found[view]) or found[view][n] != column:
                told.append(f"{view}: column {n + 1} was promised as {column}, is "
                            f"{found[view][n] if n < len(found[view]) else 'gone'}")
    return told


def news(promised: dict, found: dict) -> list:
    return [f"{view} {name} {kind}" for view, columns in found.items()
            for name, kind in columns if (name, kind) not in promised.get(view, [])]


def test_nothing_that_was_promised_has_changed(stack):
    """If it fails, somebody's report breaks with the next release: give the changed view a new name instead."""
    assert not breaches(promised(), found(stack))


def test_what_is_new_is_promised_too(stack):
    """If it fails, add the lines shown to golden/views.txt, each view's after its others."""
    assert not news(promised(), found(stack))


def test_a_reader_may_read_every_view_and_write_none(stack):
    """If it fails, a dashboard that worked as the owner fails as a reader, or can do harm."""
    views = found(stack)
    assert len(views) >= 18
    db = stack.db
    db.execute("set role millrace_reader")
    try:
        for view in views:
            columns = [c.name for c in db.execute(f"select * from {view} limit 1").description]
            assert columns == [name for name, _ in views[view]]
            assert db.execute("select has_table_privilege(%s, 'insert, update, delete') as may", (view,)).fetchone() == {
                "may": False}
    finally:
        db.execute("reset role")


def test_every_view_says_what_it_is(stack):
    """If it fails, `\\d+` tells a person nothing."""
    silent = stack.rows("""select relname from pg_class where relkind = 'v' and relname like 'v\\_%'
                              and relnamespace = 'public'::regnamespace and obj_description(oid, 'pg_class') is null""")
    assert not silent


@pytest.mark.parametrize("change, told", [
    (lambda c: c[:-1], "is gone"), (lambda c: [c[1], c[0], *c[2:]], "was promised as"),
    (lambda c: [(c[0][0], "json"), *c[1:]], "was promised as"), (lambda c: [("new", "text"), *c], "was promised as")])
def test_a_breach_is_noticed(change, told):
    """The comparison itself: what is taken away, moved, retyped or put before the others is a breach; more at the end is not."""
    before = promised()
    view = next(iter(before))
    after = {**before, view: change(before[view])}
    assert any(told in line or "is gone" in line for line in breaches(before, after))
    assert not breaches(before, {**before, view: [*before[view], ("new", "text")]})


def tables(stack) -> set:
    """Without the partitions of others."""
    return {row["name"] for row in stack.rows("""select c.relname as name from pg_class c
        where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace""")}


def tables_told(page: str) -> set:
    """Second column of the parts: `a` `b`(`_c` `_d`) stands for a, b, b_c and b_d."""
    told = set()
    parts = page.split("| part | tables |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    for name, more in re.findall(r"`(\w+)`(?:\(([^)]*)\))?", "\n".join(line.split("|")[2] for line in parts)):
        told |= {name, *(name + end for end in re.findall(r"`(_\w+)`", more))}
    return told


def test_the_page_names_every_table_and_none_that_is_not_there(stack):
    """If it fails, a person looks in vain for what the database has, or for what the page promises."""
    page = PAGE.read_text()
    assert tables_told(page) == tables(stack)
    drawn = {name for pair in re.findall(r"(?m)^  (\w+) [|}o]{2}--[|{o]{2} (\w+) :", page) for name in pair}
    assert len(drawn) > 15 and drawn <= tables(stack)
    assert set(re.findall(r"`(v_\w+)`", page)) == set(found(stack))
