# SPDX-License-Identifier: Apache-2.0
"""The tables that a replay of orders writes: how to copy them out, write them back barely, and compare two databases."""
from dataclasses import dataclass
from pathlib import Path

# what says when a row was written, not what is in it
CLOCKS = {"applied_at", "since", "due_at", "learnt_at"}
# counters of how often a row was touched
TOUCHES = {"gen"}
# where a group stands is not what it wrote
NOT_ROWS = {"consumer_offset"}
LISTED = """select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"""


@dataclass(frozen=True)
class Table:
    """One table's columns (those that are not generated), types and key."""

    name: str
    columns: tuple
    types: tuple
    key: tuple

    @property
    def by_order(self) -> bool:
        """Whether its rows fall into batches by order; else all are in the first."""
        return "order_id" in self.columns

    @property
    def upsert(self) -> str:
        # an array of arrays would be unnested wholly, so those travel as text
        wire = [f"${i}::{'text' if t.endswith('[]') else t}[]" for i, t in enumerate(self.types, 1)]
        read = [f"c{i}::{t}" for i, t in enumerate(self.types, 1)]
        names = ", ".join(f"c{i}" for i in range(1, len(wire) + 1))
        sets = ", ".join(f"{c} = excluded.{c}" for c in self.columns if c not in self.key)
        then = f"({', '.join(self.key)}) do update set {sets}" if self.key and sets else "do nothing"
        return (f"insert into {self.name} ({', '.join(self.columns)}) overriding system value "
                f"select {', '.join(read)} from unnest({', '.join(wire)}) u({names}) on conflict {then}")

    @property
    def sent(self) -> list:
        """The columns as COPY is to write them."""
        return [f"{c}::text" if t.endswith("[]") else c for c, t in zip(self.columns, self.types)]


def describe(db, name: str) -> Table:
    columns = db.execute("""select a.attname, format_type(a.atttypid, null) from pg_attribute a
                            where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
                              and a.attgenerated = '' order by a.attnum""", (name,)).fetchall()
    key = db.execute("""select a.attname from pg_index i, unnest(i.indkey) with ordinality k(n, at)
                        join pg_attribute a on a.attnum = k.n
                        where i.indrelid = %s::regclass and i.indisprimary and a.attrelid = i.indrelid
                        order by k.at""", (name,)).fetchall()
    return Table(name, tuple(c for c, _ in columns), tuple(t for _, t in columns), tuple(k for k, in key))


def row_counts(db) -> dict:
    """table → rows."""
    names = [n for n, in db.execute(LISTED).fetchall() if n not in NOT_ROWS]
    return {n: db.execute(f"select count(*) from {n}").fetchone()[0] for n in names}


def written_tables(db, before: dict) -> list:
    """Those that have more rows than before."""
    return [describe(db, name) for name, n in row_counts(db).items() if n > before.get(name, 0)]


def copy_rows(db, tables: list, folder: Path, first_order: int, batch: int) -> list:
    """One binary COPY file per table, whose first column is the number of the batch."""
    files = []
    for t in tables:
        number = f"(order_id - {first_order}) / {batch}" if t.by_order else "0::bigint"
        file = folder / f"{t.name}.copy"
        sql = f"copy (select {number}, {', '.join(t.sent)} from {t.name} order by {', '.join(('1', *t.key))})"
        with open(file, "wb") as out, db.cursor().copy(sql + " to stdout (format binary)") as rows:
            for part in rows:
                out.write(part)
        files.append(file)
    return files


def digest(db) -> str:
    """What all rows say, table by table, whenever and however often they were written."""
    whole = ""
    for t in (describe(db, name) for name, n in row_counts(db).items() if n > 0):
        columns = ", ".join(c for c in t.columns if c not in CLOCKS | TOUCHES)
        whole += f"{t.name} "
        whole += db.execute(f"""select count(*) || '/' || coalesce(sum(('x' || substr(md5(r::text), 1, 15))::bit(60)::bigint), 0)
                                from (select {columns} from {t.name}) r""").fetchone()[0] + " "
    return whole
