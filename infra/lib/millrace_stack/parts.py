# SPDX-License-Identifier: Apache-2.0
"""The parts of the stack: each a Process that knows its own command line, its port and when it is ready."""
import json
import signal
from pathlib import Path
from typing import Optional

from .layout import Instance, PROJECT
from .probe import HttpProbe, KafkaProbe, PostgresProbe, read_port
from .process import Process

SERVICES = (
    "webhook-gateway", "product-publisher", "order-publisher", "order-update-publisher", "ingest-gateway",
    "product-state", "order-state", "inventory-state", "order-router", "outbound-producer", "shopify-writer",
    "reconciler",
)
CLI = "millrace"

# a sanitizer's report ends the process, with a code of its own
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:exitcode=99",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
}
SUPPRESSIONS = PROJECT / "tests" / "lsan.supp"


class Kafka(Process):
    """One broker; `settings` are broker properties that win over infra/kafka/server.properties."""

    def __init__(self, instance: Instance, port: int, controller_port: int, *, name: str = "kafka",
                 settings: Optional[dict] = None, jvm_options: str = "", **more):
        self._port = port
        extra = [f"{k}={v}" for k, v in (settings or {}).items()]
        argv = [PROJECT / "infra/kafka/run", instance.data / name, port, controller_port, *extra]
        env = {"KAFKA_JVM_OPTS": jvm_options} if jvm_options else {}
        super().__init__(instance, name, argv, ready=KafkaProbe(port), env=env, **more)

    @property
    def port(self) -> int:
        return self._port

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self._port}"


class Postgres(Process):
    """One PostgreSQL with superuser and database `millrace`; `settings` win over infra/postgres/postgresql.conf."""

    def __init__(self, instance: Instance, port: int, *, name: str = "postgres", settings: Optional[dict] = None,
                 **more):
        self._port = port
        self.data = instance.data / name / "data"
        extra = [f"{k}={v}" for k, v in (settings or {}).items()]
        argv = [PROJECT / "infra/postgres/run", instance.data / name, port, *extra]
        # SIGINT is the fast, clean stop; SIGTERM would wait for every client to leave by itself
        super().__init__(instance, name, argv, ready=PostgresProbe(self.data), stop_signal=signal.SIGINT,
                         env={"STACK_PDEATHSIG": "INT"}, **more)

    def prepare(self) -> None:
        # as left behind by a kill -9 it would say "ready"; Postgres itself knows how to judge it
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists() and not is_running(first_number(pid_file)):
            pid_file.unlink()

    @property
    def port(self) -> int:
        return self._port

    def url(self, database: str = "millrace", user: str = "millrace") -> str:
        return f"postgresql://{user}@127.0.0.1:{self._port}/{database}"


class Service(Process):
    """One of the C services; its HTTP port is what it writes to <run>/<name>.port."""

    def __init__(self, instance: Instance, service: str, config: Path, flavour: str = "release", *,
                 name: Optional[str] = None, env: Optional[dict] = None, run_dir: Optional[Path] = None,
                 arguments: tuple = (), **more):
        self.service = service
        self.port_file = (run_dir or instance.run) / f"{service}.port"
        argv = [PROJECT / "build" / flavour / "bin" / service, "--config", config, *arguments]
        super().__init__(instance, name or service, argv, ready=HttpProbe(lambda: self.port),
                         env={**sanitizer_environment(flavour), **(env or {})}, **more)

    def prepare(self) -> None:
        self.port_file.unlink(missing_ok=True)

    @property
    def port(self) -> Optional[int]:
        return read_port(self.port_file)


class Task(Process):
    """A command of the CLI that ends by itself: `millrace --config FILE migrate`."""

    def __init__(self, instance: Instance, name: str, config: Path, arguments: list, flavour: str = "release",
                 **more):
        argv = [PROJECT / "build" / flavour / "bin" / CLI, "--config", config, *arguments]
        super().__init__(instance, name, argv, oneshot=True, env=sanitizer_environment(flavour), **more)


class Sandbox(Process):
    """The Shopify to develop against; port 0 lets it choose. The two files hold the secrets it shares with us.

    It listens twice: `port` is Shopify's side, `control_port` the side of merchant, shoppers and bad luck.
    """

    def __init__(self, instance: Instance, port: int = 0, control_port: int = 0, *, token_file: Path,
                 webhook_secret_file: Path, arguments: tuple = (), **more):
        self.port_file = instance.run / "sandbox.json"
        argv = [PROJECT / "infra/sandbox/sandbox", "--port", port, "--control-port", control_port,
                "--port-file", self.port_file, "--token-file", token_file,
                "--webhook-secret-file", webhook_secret_file, *arguments]
        super().__init__(instance, "sandbox", argv, ready=HttpProbe(lambda: self.control_port, "/control/health"), **more)

    def prepare(self) -> None:
        self.port_file.unlink(missing_ok=True)

    def _ports(self) -> dict:
        try:
            return json.loads(self.port_file.read_text())
        except (OSError, ValueError):
            return {}

    @property
    def port(self) -> Optional[int]:
        return self._ports().get("port")

    @property
    def control_port(self) -> Optional[int]:
        return self._ports().get("control_port")


def sanitizer_environment(flavour: str) -> dict:
    if flavour != "asan":
        return {}
    leaks = f"print_suppressions=0:suppressions={SUPPRESSIONS}" if SUPPRESSIONS.exists() else "print_suppressions=0"
    return {**SANITIZERS, "LSAN_OPTIONS": leaks}


def first_number(path: Path) -> int:
    """The number in a file's first line; 0 when there is none."""
    try:
        return int(path.read_text().split("\n")[0])
    except (OSError, ValueError):
        return 0


def is_running(pid: int) -> bool:
    return pid > 0 and Path(f"/proc/{pid}").exists()
