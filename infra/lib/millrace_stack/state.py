# SPDX-License-Identifier: Apache-2.0
"""What the supervisor says about itself: run/supervisor.json, written at every change, read by anyone.

Whether it still runs is told by its lock, run/supervisor.lock, which the kernel frees when it dies, however it dies.
"""
import fcntl
import json
import os
import struct
from pathlib import Path
from typing import Optional

from .layout import Instance, write_atomically

FLOCK = "hhqqi0q"  # struct flock of Linux on 64 bits: type, whence, start, length, pid


class State:
    """Reads and writes the state of one instance's supervisor."""

    def __init__(self, instance: Instance):
        self.file = instance.run / "supervisor.json"
        self.lock_file = instance.run / "supervisor.lock"
        self._lock = None

    def write(self, content: dict) -> None:
        write_atomically(self.file, json.dumps(content, indent=1) + "\n")

    def read(self) -> dict:
        try:
            return json.loads(self.file.read_text())
        except (OSError, ValueError):
            return {}

    def take_lock(self) -> bool:
        """True when this process is now the instance's only supervisor, until it ends."""
        lock = open(self.lock_file, "a+", encoding="ascii")
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        self._lock = lock
        return True

    def supervisor_pid(self) -> Optional[int]:
        """The pid of the supervisor that holds the lock now; None when there is none. Looks without touching it."""
        question = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        try:
            with open(self.lock_file, "r+", encoding="ascii") as lock:
                kind, _, _, _, pid = struct.unpack(FLOCK, fcntl.fcntl(lock, fcntl.F_GETLK, question))
        except OSError:
            return None
        return None if kind == fcntl.F_UNLCK else pid


def rss_kb(pid: int) -> Optional[int]:
    """Resident memory of a process; None when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().split("\n"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    except OSError:
        pass
    return None


def cpu_seconds(pid: int) -> Optional[float]:
    """Processor time a process has used so far; None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def marked_processes(mark: str, root: Path) -> list[int]:
    """Pids of all live processes that carry MARK=ROOT in their environment: what an instance started."""
    wanted = f"{mark}={root}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found
