# SPDX-License-Identifier: Apache-2.0
"""The book's arithmetic: every number in Postgres is what its definition says, whatever order things happen in.

If it fails, the level that is written to Shopify is wrong, and sold units go back on sale or stock stays hidden.
"""
import psycopg
import pytest
from book_world import play

WORLDS, STEPS = 15, 150


@pytest.fixture
def db(stack):
    with psycopg.connect(stack.postgres_url, autocommit=True) as db:
        yield db


@pytest.mark.parametrize("part", range(4))
def test_any_order_of_sales_facts_reads_and_writes_gives_what_the_definitions_say(db, part):
    for n in range(part * WORLDS, (part + 1) * WORLDS):
        try:
            play(db, 1000 + n, n, STEPS)
        except AssertionError as e:
            raise AssertionError(f"seed {n}: {e}") from e
