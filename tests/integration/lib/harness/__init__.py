# SPDX-License-Identifier: Apache-2.0
"""What the integration tests stand on.

A run has one broker and one Postgres (Run). Each test file has a Stack of its own on them: a prefix for topics and
groups, a database, a sandbox, a folder, a millrace.ini; so files run side by side and never see one another.
"""
from .kafka import Record
from .run import Run
from .sandbox import SandboxClient
from .stack import Stack
from .waiting import wait_until

__all__ = ["Record", "Run", "SandboxClient", "Stack", "wait_until"]
