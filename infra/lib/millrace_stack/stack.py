# SPDX-License-Identifier: Apache-2.0
"""The whole stack as infra/local runs it: which parts, on which ports, in which order.

    kafka ─────▶ topics ──┐
    postgres ─▶ migrate ──┼─▶ (settings) ─▶ services
    sandbox ──────────────┘
"""
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Optional

from . import ini
from .layout import PROJECT, Instance
from .parts import CLI, SERVICES, Kafka, Postgres, Sandbox, Service, Task

PORT_BASE = 17000
# name → distance from the base; each can be set alone by STACK_PORT_NAME
PORTS = {"kafka": 0, "controller": 1, "postgres": 2, "sandbox": 3, "webhook": 4, "ingest": 5, "control": 6}
# metrics of the services, so that a Prometheus can be pointed at them
METRICS = 10


@dataclass
class Options:
    """What a person chose; kept in etc/stack.json so that the supervisor builds the same stack."""

    instance: str = "local"
    port_base: int = PORT_BASE
    ports: dict = field(default_factory=dict)
    flavour: str = "release"
    shop_config: Optional[str] = None
    settings: Optional[str] = None
    log_level: str = "info"
    poll_interval_ms: int = 1000
    idle_services: bool = False
    services: list = field(default_factory=lambda: list(SERVICES))

    def resolve_ports(self) -> "Options":
        for name, distance in PORTS.items():
            chosen = os.environ.get(f"STACK_PORT_{name.upper()}")
            self.ports[name] = int(chosen) if chosen else self.port_base + distance
        return self

    def to_dict(self) -> dict:
        return asdict(self)


def missing_binaries(options: Options) -> list:
    folder = PROJECT / "build" / options.flavour / "bin"
    return [b for b in (*options.services, CLI) if not os.access(folder / b, os.X_OK)]


def postgres_url(port: int, database: str = "millrace", service: str = "") -> str:
    """The owner's connection string; a service's acts in its own role, with just its tables (900_grants.sql)."""
    role = "" if not service or service.endswith("-gateway") else f"?options=-c%20role%3Dmillrace_{service.replace('-', '_')}"
    return f"postgresql://millrace@127.0.0.1:{port}/{database}{role}"


def write_secret(path: Path) -> Path:
    """A secret that stays the same from one start to the next."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(24) + "\n")
    return path


def write_configuration(instance: Instance, options: Options) -> Path:
    """etc/millrace.ini, and for the sandbox the two secrets that it shares with the services."""
    ports = options.ports
    values = {
        "KAFKA": f"127.0.0.1:{ports['kafka']}", "TOPIC_PREFIX": "", "GROUP_PREFIX": "",
        "POSTGRES": postgres_url(ports["postgres"]), "RUN": instance.run,
        "LOG_LEVEL": options.log_level, "WEBHOOK_PORT": ports["webhook"], "INGEST_PORT": ports["ingest"],
    }
    if options.shop_config:
        shops = ini.real_shops(Path(options.shop_config))
    else:
        shops = ini.sandbox_shop({
            "SHOP_ENDPOINT": f"http://127.0.0.1:{ports['sandbox']}",
            "TOKEN_FILE": write_secret(instance.etc / "token"),
            "WEBHOOK_SECRET_FILE": write_secret(instance.etc / "webhook-secret"),
            "BULK_HOSTS": f"127.0.0.1:{ports['sandbox']}",
            "WEBHOOK_URI": f"http://127.0.0.1:{ports['webhook']}/webhooks/acme",
            "POLL_INTERVAL_MS": options.poll_interval_ms,
        })
    return ini.write_config(instance.etc / "millrace.ini", values, shops)


def build(instance: Instance, options: Options) -> list:
    """All parts, none started."""
    instance.make()
    config = write_configuration(instance, options)
    ports, flavour = options.ports, options.flavour
    parts = [
        Kafka(instance, ports["kafka"], ports["controller"]),
        Postgres(instance, ports["postgres"]),
        Task(instance, "migrate", config, ["migrate"], flavour, after=("postgres",)),
        Task(instance, "topics", config, ["topics", "apply"], flavour, after=("kafka",)),
    ]
    ground = ["migrate", "topics"]
    if not options.shop_config:
        parts.append(Sandbox(instance, ports["sandbox"], ports["control"], token_file=instance.etc / "token",
                             webhook_secret_file=instance.etc / "webhook-secret"))
        ground.append("sandbox")
    if options.settings:
        parts.append(Task(instance, "settings", config, ["config", "apply", options.settings], flavour,
                          after=("topics", "migrate")))
        ground.append("settings")
    for number, name in enumerate(options.services):
        env = {"MILLRACE_HTTP_PORT": options.port_base + METRICS + number,
               "MILLRACE_POSTGRES_URL": postgres_url(ports["postgres"], service=name)}
        parts.append(Service(instance, name, config, flavour, env=env, after=tuple(ground),
                             autostart=not options.idle_services))
    return parts
