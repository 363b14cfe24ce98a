# SPDX-License-Identifier: Apache-2.0
"""Where things lie: one instance of the stack owns one directory, and nothing outside it.

The default instance is var/ itself (var/run, var/log, ...); another, NAME, is var/NAME with the same four folders, so
that two stacks and any number of test runs live side by side.
"""
import os
import re
import shutil
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
VAR = PROJECT / "var"

DEFAULT = "local"
# folders of var/ that an instance must not be called after: the default instance's, and what bootstrap fetches
RESERVED = {"run", "log", "data", "etc", "kafka", "m2", "sandbox", "stamps", "tools", "venv", "pycache"}


class Instance:
    """The directory of one stack: run (pids, ports, state), log, data (Kafka, Postgres), etc (configuration)."""

    def __init__(self, root: Path):
        self.root = Path(root)
        self.run = self.root / "run"
        self.log = self.root / "log"
        self.data = self.root / "data"
        self.etc = self.root / "etc"

    @classmethod
    def named(cls, name: str) -> "Instance":
        if name == DEFAULT:
            return cls(VAR)
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", name) or name in RESERVED:
            raise ValueError(f"'{name}' cannot name an instance: use 1 to 31 of a-z, 0-9 and '-', and none of "
                             + ", ".join(sorted(RESERVED)))
        return cls(VAR / name)

    def make(self) -> "Instance":
        for folder in (self.run, self.log, self.data, self.etc):
            folder.mkdir(parents=True, exist_ok=True)
        return self

    def wipe(self) -> None:
        """Removes all that this instance made, and keeps what bootstrap fetched, which lies beside it in var/."""
        for folder in (self.run, self.data, self.etc):
            shutil.rmtree(folder, ignore_errors=True)
        if self.root != VAR:
            shutil.rmtree(self.root, ignore_errors=True)
            return
        for log in self.log.glob("*.log*"):
            log.unlink()


def write_atomically(path: Path, text: str) -> None:
    """A reader sees the old text or the new, never half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text)
    part.replace(path)
