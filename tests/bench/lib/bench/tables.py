# SPDX-License-Identifier: Apache-2.0
"""The tables that a replay of orders writes: how to copy them out, write them back barely, and compare two databases."""
from dataclasses import dataclass
from pathlib import Path

# what says when a row was written, not what is in it
CLOCKS = {"applied_at", "since", "due_at", "learnt_at"}
# counters of how often a row was touched
TOUCHES = {"gen"}
TABLES = {  # table → how its rows fall into batches: by order, or all in the first
    "sales_order": True, "sales_order_line": True, "order_version": True, "route_queue": True, "dirty_item": False,
    "exception_case": False,
}


@dataclass(frozen=True)
class Table:
    """One table's columns (those that are not generated), types and key."""

    name: str
    by_order: bool
    columns: tuple
    types: tuple
    key: tuple

    @property
    def upsert(self) -> str:
        names = ", ".join(self.columns)
        arrays = ", ".join(f"${i}::{t}[]" for i, t in enumerate(self.types, 1))
        sets = ", ".join(f"{c} = excluded.{c}" for c in self.columns if c not in self.key)
        return (f"insert into {self.name} ({names}) select * from unnest({arrays}) "
                f"on conflict ({', '.join(self.key)}) do update set {sets}")


def describe(db, name: str) -> Table:
    columns = db.execute("""select a.attname, format_type(a.atttypid, null) from pg_attribute a
                            where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
                              and a.attgenerated = '' order by a.attnum""", (name,)).fetchall()
    key = db.execute("""select a.attname from pg_index i, unnest(i.indkey) with ordinality k(n, at)
                        join pg_attribute a on a.attnum = k.n
                        where i.indrelid = %s::regclass and i.indisprimary and a.attrelid = i.indrelid
                        order by k.at""", (name,)).fetchall()
    return Table(name, TABLES[name], tuple(c for c, _ in columns), tuple(t for _, t in columns),
                 tuple(k for k, in key))


def written_tables(db) -> list:
    """Those that have rows."""
    tables = [describe(db, name) for name in TABLES]
    return [t for t in tables if db.execute(f"select exists (select from {t.name})").fetchone()[0]]


def copy_rows(db, tables: list, folder: Path, first_order: int, batch: int) -> list:
    """One binary COPY file per table, whose first column is the number of the batch."""
    files = []
    for t in tables:
        number = f"(order_id - {first_order}) / {batch}" if t.by_order else "0::bigint"
        file = folder / f"{t.name}.copy"
        sql = f"copy (select {number}, {', '.join(t.columns)} from {t.name} order by 1, {', '.join(t.key)})"
        with open(file, "wb") as out, db.cursor().copy(sql + " to stdout (format binary)") as rows:
            for part in rows:
                out.write(part)
        files.append(file)
    return files


def digest(db) -> str:
    """One number for what all rows say, whenever and however often they were written."""
    whole = ""
    for t in (describe(db, name) for name in TABLES):
        columns = ", ".join(c for c in t.columns if c not in CLOCKS | TOUCHES)
        whole += db.execute(f"""select count(*) || '/' || coalesce(sum(('x' || substr(md5(r::text), 1, 15))::bit(60)::bigint), 0)
                                from (select {columns} from {t.name}) r""").fetchone()[0] + " "
    return whole
