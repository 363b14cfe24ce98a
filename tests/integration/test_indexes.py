# SPDX-License-Identifier: Apache-2.0
"""Only a table's key begins with the shop.

An index that begins with it as well looks as good as the key to a planner whose statistics are young, and each look-up of
one order then reads all of the shop's: a replay that should take a minute takes an hour. An index with a condition of its
own cannot be taken by mistake.
"""

BEGINS_WITH_SHOP = """
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
      from pg_index i
      join pg_class t on t.oid = i.indrelid and t.relnamespace = 'public'::regnamespace and not t.relispartition
      join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
      join pg_index k on k.indrelid = t.oid and k.indisprimary
      join pg_attribute b on b.attrelid = t.oid and b.attnum = k.indkey[0]
     where a.attname = 'shop' and b.attname = 'shop' and not i.indisprimary and i.indpred is null
     order by 1"""


def test_only_keys_begin_with_the_shop(stack):
    assert stack.rows(BEGINS_WITH_SHOP) == [], "turn the columns round: what tells rows apart comes first"


def test_the_rule_sees_an_index_that_breaks_it(stack):
    stack.db.execute("create index mistaken on sales_order (shop, applied_at)")
    assert [row["name"] for row in stack.rows(BEGINS_WITH_SHOP)] == ["mistaken"]
    stack.db.execute("drop index mistaken")
