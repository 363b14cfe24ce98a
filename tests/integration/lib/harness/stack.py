# SPDX-License-Identifier: Apache-2.0
"""One test file's own world on the run's broker and Postgres: start services in it, act, look, and leave it clean."""
import re
import signal
from pathlib import Path
from typing import Optional

import psycopg
from psycopg.rows import dict_row

from millrace_stack import Instance, Sandbox, Service, Task, free_ports
from millrace_stack.ini import sandbox_shop, write_config
from millrace_stack.layout import write_atomically
from millrace_stack.process import describe_exit
from millrace_stack.stack import postgres_url, write_secret

from . import metrics
from .kafka import KafkaClient
from .run import FLAVOUR, TEMPLATE, ini_values
from .sandbox import SandboxClient
from .schemas import Validator

SHOP = "acme"
READY_S = 60.0
DRAIN_S = 30.0
SANITIZER = re.compile(r"ERROR: (Address|Leak)Sanitizer|runtime error:|SUMMARY: \w*Sanitizer")


class Stack:
    """A prefix, a database, a folder, a configuration; services and a sandbox on demand."""

    def __init__(self, address: dict, name: str):
        assert not address["template_error"], address["template_error"]
        self.name = name
        self.address = address
        self.prefix = f"{name}."
        self.instance = Instance(Path(address["root"]) / name).make()
        self.sandbox_port, self.webhook_port, self.ingest_port = free_ports(3)
        self.config = self._write_config()
        self.clock_file = self.instance.etc / "clock-offset"
        self.clock_file.write_text("0\n")
        self.kafka = KafkaClient(address["kafka"], self.prefix)
        self.validator = Validator()
        self.services: list = []
        self._failpoints: list = []
        self._sandbox: Optional[Sandbox] = None
        self._client: Optional[SandboxClient] = None
        self._db = None
        self._make_database()
        self.cli("topics", "apply")

    # -- making -------------------------------------------------------------------------------------------------

    @property
    def database(self) -> str:
        return self.name.replace("-", "_")

    @property
    def postgres_url(self) -> str:
        return f"postgresql://millrace@127.0.0.1:{self.address['postgres']}/{self.database}"

    def _write_config(self) -> Path:
        values = ini_values(self.address, self.database, self.prefix, self.instance.run, self.webhook_port,
                            self.ingest_port)
        shop = sandbox_shop({
            "SHOP_ENDPOINT": f"http://127.0.0.1:{self.sandbox_port}",
            "TOKEN_FILE": write_secret(self.instance.etc / "token"),
            "WEBHOOK_SECRET_FILE": write_secret(self.instance.etc / "webhook-secret"),
            "BULK_HOSTS": f"127.0.0.1:{self.sandbox_port}",
            "WEBHOOK_URI": f"http://127.0.0.1:{self.webhook_port}/webhooks/{SHOP}",
            "POLL_INTERVAL_MS": 500,
        })
        return write_config(self.instance.etc / "millrace.ini", values, shop)

    def _make_database(self) -> None:
        admin = f"postgresql://millrace@127.0.0.1:{self.address['postgres']}/postgres"
        with psycopg.connect(admin, autocommit=True) as db:
            db.execute(f'create database "{self.database}" template {TEMPLATE}')

    # -- processes ----------------------------------------------------------------------------------------------

    def start(self, service: str, *, slot: int = 0, options: Optional[dict] = None, failpoints: str = "",
              wait: bool = True) -> Service:
        """Starts a service and waits until it is ready.

        slot        a second process of the same service gets slot 1, and so on
        options     {"group.instance": "x"}: what differs from the file's millrace.ini
        failpoints  "name:n:action,..."; the test fails at its end if one of them was never hit
        """
        run_dir = self.instance.run / str(slot) if slot else self.instance.run
        run_dir.mkdir(exist_ok=True)
        chosen = {"run.dir": run_dir, **({"group.instance": slot} if slot else {}), **(options or {})}
        env = {"MILLRACE_" + re.sub(r"[^A-Z0-9]", "_", key.upper()): value for key, value in chosen.items()}
        env["MILLRACE_CLOCK_OFFSET_FILE"] = self.clock_file
        # in its own role, so that a table it may not touch fails a test
        env.setdefault("MILLRACE_POSTGRES_URL", postgres_url(self.address["postgres"], self.database, service))
        if failpoints:
            env["MILLRACE_FAILPOINTS"] = failpoints
        name = f"{service}-{slot}" if slot else service
        process = Service(self.instance, service, self.config, FLAVOUR, name=name, env=env, run_dir=run_dir,
                          stop_timeout_s=DRAIN_S)
        self.services.append(process)
        self._failpoints += [(process, point.split(":")[0]) for point in failpoints.split(",") if point]
        process.start()
        return process.wait_ready(READY_S) if wait else process

    def restart(self, process: Service) -> Service:
        """Starts a process that has ended once more, without its failpoints, and waits until it is ready."""
        process.env.pop("MILLRACE_FAILPOINTS", None)
        return process.start().wait_ready(READY_S)

    def cli(self, *arguments: str, expect: int = 0) -> str:
        """Runs `millrace ...` to its end and returns what it printed."""
        task = Task(self.instance, "millrace", self.config, list(arguments), FLAVOUR)
        before = task.log.stat().st_size if task.log.exists() else 0
        code = task.start().wait(READY_S)
        with open(task.log, "rb") as log:
            log.seek(before)
            printed = log.read().decode("utf-8", "replace")
        assert code == expect, f"millrace {' '.join(arguments)}: {describe_exit(code)}, wanted {expect}\n{printed}"
        return printed

    @property
    def sandbox(self) -> SandboxClient:
        """The shop; started when first asked for."""
        if self._client is None:
            self._sandbox = Sandbox(self.instance, self.sandbox_port, token_file=self.instance.etc / "token",
                                    webhook_secret_file=self.instance.etc / "webhook-secret",
                                    arguments=("--clock-offset-file", self.clock_file))
            self._sandbox.start().wait_ready(READY_S)
            self._client = SandboxClient(self._sandbox.control_port)
        return self._client

    @property
    def sandbox_process(self) -> Sandbox:
        assert self._sandbox is not None, "the sandbox is started by the first use of stack.sandbox"
        return self._sandbox

    def move_clock(self, seconds: int) -> None:
        """From now on services and sandbox live this much ahead (or behind) of the real time."""
        write_atomically(self.clock_file, f"{seconds * 1_000_000}\n")

    # -- looking ------------------------------------------------------------------------------------------------

    @property
    def db(self) -> psycopg.Connection:
        if self._db is None:
            self._db = psycopg.connect(self.postgres_url, autocommit=True, row_factory=dict_row)
        return self._db

    def rows(self, sql: str, *parameters) -> list:
        return self.db.execute(sql, parameters or None).fetchall()

    def produce(self, topic: str, key: Optional[str], value, headers: Optional[dict] = None, *, bad: bool = False,
                **more) -> tuple:
        """Writes a record and returns (partition, offset). `bad`: it is meant to break the topic's schema."""
        partition, offset = self.kafka.produce(topic, key, value, headers, **more)
        if bad:
            self.validator.forgive(topic, partition, offset)
        return partition, offset

    def consume(self, topic: str) -> list:
        return self.kafka.consume(topic)

    def check_topic(self, topic: str) -> list:
        """The topic's records, at least one, all valid by schemas/events."""
        records = self.consume(topic)
        assert records, f"{topic} carried no record, so its schema proves nothing"
        assert not self.validator.errors(records), "\n".join(self.validator.errors(records))
        return records

    # -- leaving ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Stops everything; every complaint is collected first, so that one does not hide another."""
        complaints = [c for process in self.services for c in self._metrics_of(process)]
        complaints += [c for process in reversed(self.services) for c in self._end(process)]
        if self._sandbox is not None:
            complaints += self._end(self._sandbox)
            self._client.close()
        complaints += self._reports_of_sanitizers()
        complaints += [f"{p.name}: failpoint {point} was never hit" for p, point in self._failpoints
                       if f'"{point}"' not in p.log.read_text(errors="replace")]
        for topic in self.kafka.topics():
            if self.validator.knows(topic):
                complaints += self.validator.errors(self.consume(topic))
        if self._db is not None:
            self._db.close()
        assert not complaints, "\n".join(complaints)

    @staticmethod
    def _metrics_of(process) -> list:
        if not process.alive or process.why_not_ready() is not None:
            return []
        fault = metrics.lint(metrics.fetch(process.port))
        return [f"{process.name}: /metrics: {fault}"] if fault else []

    @staticmethod
    def _end(process) -> list:
        if process.alive:
            process.kill(signal.SIGCONT)
            try:
                code = process.stop()
            except Exception as e:  # noqa: BLE001  whatever it is, it must not hide the others' ends
                return [str(e)]
            if code != 0:
                return [f"{process.name} ended its drain with {describe_exit(code)}{process.log_tail()}"]
        elif not process.death_was_expected:
            return [f"{process.name} died by itself: {describe_exit(process.exit_code)}{process.log_tail()}"]
        return []

    def _reports_of_sanitizers(self) -> list:
        found = []
        for log in sorted(self.instance.log.glob("*.log")):
            text = log.read_text(errors="replace")
            match = SANITIZER.search(text)
            if match:
                found.append(f"a sanitizer speaks in {log}:\n{text[match.start():match.start() + 2000]}")
        return found
