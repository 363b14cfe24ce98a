# SPDX-License-Identifier: Apache-2.0
"""The local stack as a library: real processes on this machine, started, watched and stopped.

Why: infra/local, infra/demo and the integration tests all need the same Kafka, the same Postgres, the same sandbox and
the same services, each with a private place below var/. Here each part is described once.

How: a Process is one program with a log, a pid file and a test of readiness. Kafka, Postgres, Sandbox, Service and Task
are Processes that know their own command line. A test starts them by hand; Supervisor starts a set of them in order,
restarts what dies and drains them all on SIGTERM. Only the standard library is used.

    with Kafka(Instance(path), port=21100, controller_port=21101) as kafka:   # starts and waits until ready
        ...                                                                   # stopped at the end of the block
"""
from .layout import PROJECT, VAR, Instance
from .parts import Kafka, Postgres, Sandbox, Service, Task
from .ports import free_ports
from .probe import HttpProbe, KafkaProbe, PostgresProbe, read_port
from .process import Process, ProcessError
from .supervisor import Supervisor

__all__ = [
    "HttpProbe", "Instance", "Kafka", "KafkaProbe", "PROJECT", "Postgres", "PostgresProbe", "Process",
    "ProcessError", "Sandbox", "Service", "Supervisor", "Task", "VAR", "free_ports", "read_port",
]
