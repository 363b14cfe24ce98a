# SPDX-License-Identifier: Apache-2.0
"""`millrace migrate` is safe to run twice and at once, and refuses a history that was rewritten.

If this fails, two containers that start together break the database, or a changed file goes unnoticed and two
installations of the same version differ.
"""
import os
import subprocess

import psycopg
import pytest
from harness.run import FLAVOUR

from millrace_stack import PROJECT

CLI = PROJECT / "build" / FLAVOUR / "bin" / "millrace"
FILES = sorted((PROJECT / "schemas" / "postgres").glob("*.sql"))
AT_ONCE = 4


@pytest.fixture
def empty(stack, address):
    """A database without anything in it."""
    admin = f"postgresql://millrace@127.0.0.1:{address['postgres']}/postgres"
    with psycopg.connect(admin, autocommit=True) as db:
        db.execute("create database fresh")
    yield f"postgresql://millrace@127.0.0.1:{address['postgres']}/fresh"
    with psycopg.connect(admin, autocommit=True) as db:
        db.execute("drop database fresh with (force)")


def start(stack, url: str) -> subprocess.Popen:
    return subprocess.Popen([CLI, "--config", stack.config, "migrate"], stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env={**os.environ, "MILLRACE_POSTGRES_URL": url})


def applied(url: str) -> list:
    with psycopg.connect(url) as db:
        return db.execute("select name, checksum from schema_migration order by version").fetchall()


def test_several_at_once_apply_each_file_once(stack, empty):
    runs = [start(stack, empty) for _ in range(AT_ONCE)]
    outputs = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * AT_ONCE, "\n".join(outputs)
    assert [name for name, _ in applied(empty)] == [file.name for file in FILES]


def test_a_second_run_changes_nothing(stack, empty):
    assert start(stack, empty).wait(60) == 0
    before = applied(empty)
    assert start(stack, empty).wait(60) == 0
    assert applied(empty) == before


def test_a_file_that_changed_after_it_was_applied_is_refused_by_name(stack, empty):
    assert start(stack, empty).wait(60) == 0
    with psycopg.connect(empty) as db:
        db.execute("update schema_migration set checksum = repeat('0', length(checksum)) where name = %s",
                   (FILES[2].name,))
    run = start(stack, empty)
    output = run.communicate(timeout=60)[0]
    assert run.returncode == 78 and FILES[2].name in output, output
