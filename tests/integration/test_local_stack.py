# SPDX-License-Identifier: Apache-2.0
"""The ground everything stands on: private servers that keep what they acknowledged, and a supervisor that keeps its word.

If these fail, every other integration test and the demo prove nothing: a kill would not be followed by a restart, a
leftover process would hold partitions, or Postgres would run with settings under which a commit is not a commit.
"""
import os
import pwd
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from harness import wait_until
from harness.kafka import KafkaClient

from millrace_stack import PROJECT, Instance, Kafka, Postgres, Process, ProcessError, free_ports
from millrace_stack.ini import fill, real_shops
from millrace_stack.process import MARK
from millrace_stack.state import marked_processes


@pytest.fixture
def place(address, request) -> Instance:
    """A folder of this test's own; whatever it started there must be gone at its end."""
    instance = Instance(Path(address["root"]) / "local-stack" / request.node.name).make()
    yield instance
    left = marked_processes(MARK, instance.root)
    assert not left, f"left running: {left}"


# -- Kafka and Postgres -------------------------------------------------------------------------------------------

def test_a_topic_that_nobody_declared_does_not_appear(address):
    client = KafkaClient(address["kafka"], "local-stack.")
    with pytest.raises(KafkaException, match="(?i)unknown topic"):
        client.produce("typo", "k", b"v")
    assert "typo" not in client.topics()


def test_kafka_keeps_what_it_acknowledged_when_it_is_killed(place):
    port, controller = free_ports(2)
    with Kafka(place, port, controller) as kafka:
        create_topic(kafka.bootstrap, "kept")
        client = KafkaClient(kafka.bootstrap, "")
        for number in range(20):
            client.produce("kept", f"k{number}", {"n": number}, {"ce_id": f"kept/{number}"})
        kafka.kill(signal.SIGKILL)
        kafka.wait(10)
        kafka.start().wait_ready(60)
        records = client.consume("kept")
    assert sorted(r.json["n"] for r in records) == list(range(20))
    assert {r.headers["ce_id"] for r in records} == {f"kept/{n}" for n in range(20)}


def create_topic(bootstrap: str, name: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(name, 4, 1)]).values():
        future.result(30)


def test_postgres_keeps_what_it_committed_when_it_is_killed(place):
    [port] = free_ports(1)
    with Postgres(place, port) as postgres:
        with psycopg.connect(postgres.url(), autocommit=True) as db:
            db.execute("create table kept (n int primary key)")
            db.execute("insert into kept select generate_series(1, 100)")
        postgres.kill(signal.SIGKILL)
        postgres.wait(10)
        # its children notice by themselves, and until they have, a new postmaster refuses the data
        wait_until(lambda: not_in_use(postgres.data), 30, "the killed server's backends are gone")
        postgres.start().wait_ready(60)
        with psycopg.connect(postgres.url()) as db:
            assert db.execute("select count(*) from kept").fetchone() == (100,)


def not_in_use(data: Path) -> bool:
    """No process has the folder as its working directory any more."""
    def works_there(pid: str) -> bool:
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(data)
        except OSError:
            return False

    return not any(works_there(pid) for pid in os.listdir("/proc") if pid.isdigit())


def test_a_commit_is_a_commit_and_its_time_is_known(address):
    with psycopg.connect(f"postgresql://millrace@127.0.0.1:{address['postgres']}/postgres") as db:
        for setting, wanted in (("synchronous_commit", "on"), ("fsync", "on"), ("full_page_writes", "on"),
                                ("track_commit_timestamp", "on"), ("TimeZone", "UTC"), ("listen_addresses", "127.0.0.1")):
            assert db.execute(f"show {setting}").fetchone() == (wanted,), setting
        assert db.info.encoding == "utf-8"


def test_postgres_drops_root_below_a_closed_directory(place):
    """A checkout in /root: the server's user may not even look into the directory above its data."""
    closed = place.root / "closed"
    closed.mkdir(mode=0o700)
    inner = Instance(closed / "checkout").make()
    [port] = free_ports(1)
    with Postgres(inner, port) as postgres:
        status = Path(f"/proc/{postgres.pid}/status").read_text()
        owner = int(status.split("Uid:")[1].split()[1])
        with psycopg.connect(postgres.url()) as db:
            assert db.execute("select 1").fetchone() == (1,)
    assert owner != 0, "Postgres ran as root"
    if os.getuid() == 0:
        assert pwd.getpwuid(owner).pw_name in ("postgres", "nobody")
        assert (closed.stat().st_mode & 0o777) == 0o700, "the closed directory was opened"


def test_half_a_cluster_from_a_killed_first_start_is_made_anew(place):
    [port] = free_ports(1)
    half = place.data / "postgres" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    with Postgres(place, port) as postgres, psycopg.connect(postgres.url()) as db:
        assert db.execute("select current_database()").fetchone() == ("millrace",)


def test_a_part_that_cannot_start_says_why(place):
    [port] = free_ports(1)
    with Postgres(place, port), pytest.raises(ProcessError, match="Address already in use|could not bind"):
        Postgres(place, port, name="second").start().wait_ready(30)


def test_what_a_killed_run_started_dies_with_it(place):
    """A parent that is killed cannot clean up; the kernel must."""
    script = ("import sys, time; sys.path.insert(0, sys.argv[1]); from millrace_stack import *; from pathlib import Path;"
              "p = Process(Instance(Path(sys.argv[2])), 'sleeper', ['sleep', '600']).start(); print(p.pid, flush=True);"
              "time.sleep(600)")
    parent = subprocess.Popen([os.sys.executable, "-c", script, PROJECT / "infra/lib", place.root],
                              stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    wait_until(lambda: not Path(f"/proc/{child}").exists(), 10, "the child of a killed parent ends")
    parent.stdout.close()


# -- bootstrap ----------------------------------------------------------------------------------------------------

def test_a_warm_bootstrap_is_done_at_once_and_changes_nothing(address):
    bootstrap = [PROJECT / "infra/bootstrap", "--for", "test"]
    subprocess.run(bootstrap, capture_output=True, check=True)
    done = subprocess.run(bootstrap, capture_output=True, text=True, check=True)
    assert [line.split("] ")[1] for line in done.stdout.splitlines()] == ["ready to test"]


@pytest.mark.parametrize("command", [["infra/bootstrap", "--for", "fun"], ["infra/bootstrap", "--all"], ["infra/test", "-k"],
                                     ["infra/test", "--unit", "--integration"], ["infra/lib/build", "fast"]])
def test_a_wrong_word_is_refused_before_anything_is_done(command):
    done = subprocess.run([PROJECT / command[0], *command[1:]], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "==" not in done.stdout


# -- configuration ------------------------------------------------------------------------------------------------

def test_the_template_of_millrace_ini_leaves_no_place_open():
    with pytest.raises(KeyError, match="wants a value for"):
        fill("millrace.ini.in", {})


@pytest.mark.parametrize("text, complaint", [
    ("[kafka]\nbootstrap.servers = x\n", "nothing else"),
    ("nothing at all\n", "nothing else"),
    ("[shop.mine]\nendpoint = @SHOP_ENDPOINT@\n", "put your value there"),
])
def test_a_shop_file_that_is_none_is_refused(place, text, complaint):
    file = place.root / "shop.ini"
    file.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        real_shops(file)


@pytest.mark.parametrize("name", ["run", "venv", "../out", "UPPER", ""])
def test_an_instance_cannot_be_named_after_our_own_folders(name):
    with pytest.raises(ValueError, match="cannot name an instance"):
        Instance.named(name)


def test_a_process_that_stays_silent_is_not_waited_for_for_ever(place):
    process = Process(place, "mute", ["sleep", "600"], ready=type("Never", (), {"check": lambda _: "never"})())
    process.start()
    with pytest.raises(ProcessError, match="mute is not ready after 0.2 s: never"):
        process.wait_ready(0.2)
    assert process.stop() == -signal.SIGTERM
