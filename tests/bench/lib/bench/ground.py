# SPDX-License-Identifier: Apache-2.0
"""A broker and a Postgres for one benchmark, a migrated database to copy, and services on them.

The folder lies below var/ and is removed at the end; with `keep` it stays for its logs. Release binaries are used unless
STACK_FLAVOUR says otherwise.
"""
import os
import shutil
from pathlib import Path
from typing import Optional

import psycopg

from millrace_stack import PROJECT, VAR, Instance, Kafka, Postgres, Sandbox, Service, Task, free_ports
from millrace_stack.ini import sandbox_shop, write_config
from millrace_stack.stack import postgres_url, write_secret

from .report import say

FLAVOUR = os.environ.get("STACK_FLAVOUR", "release")
TEMPLATE = "template_millrace"
READY_S = 60
SHOP = "acme"
# the same for whoever is measured: enough cache and log that neither's size is what is measured
POSTGRES = {"shared_buffers": "1GB", "max_wal_size": "16GB", "checkpoint_timeout": "30min"}


class Ground:
    """Use it in a `with` block; `start()` adds services, `database()` a fresh copy of what migrate makes."""

    def __init__(self, name: str, keep: bool = False, postgres: Optional[dict] = None):
        self.instance = Instance(VAR / f"bench-{name}-{os.getpid()}").make()
        self.keep = keep
        kafka, controller, postgres_port, self.sandbox_port, self.webhook_port, self.ingest_port = free_ports(6)
        self.kafka = Kafka(self.instance, kafka, controller, jvm_options="-Xms512m -Xmx1g -XX:TieredStopAtLevel=4")
        self.postgres = Postgres(self.instance, postgres_port, settings={**POSTGRES, **(postgres or {})})
        self.sandbox: Optional[Sandbox] = None
        self.services: list = []

    def __enter__(self):
        missing = [b for b in ("millrace", "order-state", "order-model") if not self.binary(b).exists()]
        if missing:
            raise SystemExit(f"build/{FLAVOUR}/bin lacks {', '.join(missing)}; run: infra/lib/build {FLAVOUR}")
        try:
            self.kafka.start()
            self.postgres.start()
            self.kafka.wait_ready(READY_S)
            self.postgres.wait_ready(READY_S)
            with self.connect("postgres") as db:
                db.execute(f"create database {TEMPLATE}")
            self.cli(TEMPLATE, "migrate")
            self.cli(TEMPLATE, "topics", "apply")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        say("broker and Postgres are up")
        return self

    def __exit__(self, *_):
        for process in (*reversed(self.services), self.sandbox, self.kafka, self.postgres):
            if process is not None and process.alive:
                process.stop(60)
        if self.keep:
            say(f"everything is kept in {self.instance.root}")
        else:
            shutil.rmtree(self.instance.root, ignore_errors=True)

    @staticmethod
    def binary(name: str) -> Path:
        return PROJECT / "build" / FLAVOUR / "bin" / name

    def connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self.postgres.url(database), autocommit=True)

    def database(self, name: str) -> str:
        """A fresh copy of the template; nobody may be connected to that."""
        with self.connect("postgres") as db:
            db.execute(f'drop database if exists "{name}" with (force)')
            db.execute(f'create database "{name}" template {TEMPLATE}')
            db.execute("checkpoint")
        return name

    def config(self, database: str, group_prefix: str = "") -> Path:
        """A millrace.ini for that database; the shop is the sandbox's, whether it runs or not."""
        values = {"KAFKA": self.kafka.bootstrap, "TOPIC_PREFIX": "", "GROUP_PREFIX": group_prefix,
                  "POSTGRES": self.postgres.url(database), "RUN": self.instance.run, "LOG_LEVEL": "info",
                  "WEBHOOK_PORT": self.webhook_port, "INGEST_PORT": self.ingest_port}
        shop = sandbox_shop({
            "SHOP_ENDPOINT": f"http://127.0.0.1:{self.sandbox_port}",
            "TOKEN_FILE": write_secret(self.instance.etc / "token"),
            "WEBHOOK_SECRET_FILE": write_secret(self.instance.etc / "webhook-secret"),
            "BULK_HOSTS": f"127.0.0.1:{self.sandbox_port}",
            "WEBHOOK_URI": f"http://127.0.0.1:{self.webhook_port}/webhooks/{SHOP}",
            "POLL_INTERVAL_MS": 1000,
        })
        return write_config(self.instance.etc / f"{database}.ini", values, shop)

    def cli(self, database: str, *arguments: str) -> None:
        Task(self.instance, "millrace", self.config(database), list(arguments), FLAVOUR).start().wait_ready(READY_S)

    def start(self, service: str, database: str, slot: int = 0, group_prefix: str = "", options: Optional[dict] = None,
              wait: bool = True) -> Service:
        """Starts a service in its own database role."""
        run_dir = self.instance.run / f"{database}-{slot}"
        run_dir.mkdir(exist_ok=True)
        chosen = {"RUN_DIR": run_dir, "GROUP_INSTANCE": slot,
                  "POSTGRES_URL": postgres_url(self.postgres.port, database, service), **(options or {})}
        process = Service(self.instance, service, self.config(database, group_prefix), FLAVOUR,
                          name=f"{service}-{database}-{slot}", run_dir=run_dir, stop_timeout_s=30,
                          env={f"MILLRACE_{k}": v for k, v in chosen.items()})
        self.services.append(process)
        process.start()
        return process.wait_ready(READY_S) if wait else process

    def start_sandbox(self) -> Sandbox:
        """An empty shop that the configuration of every service points at."""
        self.sandbox = Sandbox(self.instance, self.sandbox_port, token_file=self.instance.etc / "token",
                               webhook_secret_file=self.instance.etc / "webhook-secret")
        self.config(TEMPLATE)      # writes the secrets that both share
        return self.sandbox.start().wait_ready(READY_S)
