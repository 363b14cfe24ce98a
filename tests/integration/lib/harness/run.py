# SPDX-License-Identifier: Apache-2.0
"""What all test files of one run share: a broker, a Postgres, and a migrated database to copy."""
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from millrace_stack import PROJECT, VAR, Instance, Kafka, Postgres, ProcessError, Task, free_ports
from millrace_stack.ini import write_config
from millrace_stack.process import MARK
from millrace_stack.state import marked_processes

from .waiting import wait_until

FLAVOUR = os.environ.get("STACK_FLAVOUR", "asan")
TEMPLATE = "template_millrace"
KEPT_RUNS = 3          # folders of failed runs that stay for their logs
LEAVE_S = 10.0         # how long what a broken worker left may take to drain


class Run:
    """Started once by pytest's controller; workers get a copy of `address` and use what it names."""

    def __init__(self):
        remove_old_runs()
        self.instance = Instance(VAR / f"test-{os.getpid()}").make()
        kafka_port, controller_port, postgres_port = free_ports(3)
        self.kafka = Kafka(self.instance, kafka_port, controller_port)
        self.postgres = Postgres(self.instance, postgres_port)
        self.address = {"root": str(self.instance.root), "kafka": self.kafka.bootstrap, "postgres": postgres_port,
                        "template_error": ""}

    def start(self) -> "Run":
        try:
            # both come up at the same time; only this thread starts processes, or they would die with another
            self.kafka.start()
            self.postgres.start()
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda part: part.wait_ready(60), (self.kafka, self.postgres)))
            self._make_template()
        except BaseException:
            self.stop()
            raise
        return self

    def _make_template(self) -> None:
        """A database with all migrations, which each file's own is copied from. Its lack fails those who need it."""
        cli = PROJECT / "build" / FLAVOUR / "bin" / "millrace"
        if not cli.exists():
            self.address["template_error"] = f"{cli} is missing, so no database could be migrated"
            return
        with psycopg.connect(self.postgres.url("postgres"), autocommit=True) as db:
            db.execute(f"create database {TEMPLATE}")
        config = write_config(self.instance.etc / "template.ini", ini_values(
            self.address, TEMPLATE, "", self.instance.run), "")
        try:
            Task(self.instance, "migrate", config, ["migrate"], FLAVOUR).start().wait_ready(60)
        except ProcessError as e:
            self.address["template_error"] = str(e)

    def stop(self) -> None:
        """Ends both servers, and says so if anything of this run is still alive after that."""
        for part in (self.kafka, self.postgres):
            if part.alive:
                part.stop()
        wait_until(lambda: not self._left(), LEAVE_S, f"all processes of {self.instance.root} have ended")

    def _left(self) -> list:
        """Live processes that any stack of this run started."""
        stacks = [self.instance.root, *(p for p in self.instance.root.iterdir() if p.is_dir())]
        return [pid for root in stacks for pid in marked_processes(MARK, root)]

    def discard(self) -> None:
        """Removes the run's folder; kept by the caller when something failed, for its logs."""
        shutil.rmtree(self.instance.root, ignore_errors=True)


def remove_old_runs() -> None:
    """Folders of runs that are over, but the newest few."""
    over = [p for p in VAR.glob("test-*") if not Path(f"/proc/{p.name.removeprefix('test-')}").exists()]
    for folder in sorted(over, key=lambda p: p.stat().st_mtime, reverse=True)[KEPT_RUNS:]:
        shutil.rmtree(folder, ignore_errors=True)


def ini_values(address: dict, database: str, prefix: str, run_dir: Path, webhook: int = 0, ingest: int = 0) -> dict:
    """What the template of millrace.ini asks for."""
    return {"KAFKA": address["kafka"], "TOPIC_PREFIX": prefix, "GROUP_PREFIX": prefix,
            "POSTGRES": f"postgresql://millrace@127.0.0.1:{address['postgres']}/{database}", "RUN": run_dir,
            "LOG_LEVEL": "debug", "WEBHOOK_PORT": webhook, "INGEST_PORT": ingest}
