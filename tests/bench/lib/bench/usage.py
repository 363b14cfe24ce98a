# SPDX-License-Identifier: Apache-2.0
"""What a process has used, from /proc: CPU in all its threads, and the most memory it ever had."""
import os
from dataclasses import dataclass
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """CPU seconds so far and the peak of the resident set."""

    cpu_s: float
    peak_mb: float

    @classmethod
    def of(cls, pid: int) -> "Usage":
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        status = Path(f"/proc/{pid}/status").read_text().split("\n")
        peak = next((int(li.split()[1]) for li in status if li.startswith("VmHWM:")), 0)
        return cls((int(fields[11]) + int(fields[12])) * TICK_S, peak / 1024)

    def since(self, before: "Usage") -> float:
        """CPU seconds between two looks."""
        return self.cpu_s - before.cpu_s


def tree_cpu_s(pid: int) -> float:
    """CPU seconds of a process and its children, also of those that have ended: a postmaster with its backends."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own = sum(int(f) for f in fields[11:15]) * TICK_S
    return own + sum(Usage.of(child).cpu_s for child in children_of(pid))


def children_of(pid: int) -> list:
    """Pids of the direct children: the backends of a postmaster."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(p) for p in (task / "children").read_text().split()]
    return found
