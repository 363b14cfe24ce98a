# SPDX-License-Identifier: Apache-2.0
"""Memory and processor time of the stack's processes, from /proc."""
import os
import time

TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid: int) -> list:
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        return f.read().rpartition(")")[2].split()


def children(roots: set) -> set:
    """The given processes and all that descend from them."""
    parent = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parent[int(name)] = int(stat(int(name))[1])
            except OSError:
                continue
    family = set(roots)
    while True:
        more = {pid for pid, up in parent.items() if up in family and pid not in family}
        if not more:
            return family
        family |= more


def cpu_seconds(pids: set) -> float:
    """User and system time so far, that of ended children included."""
    total = 0
    for pid in pids:
        try:
            total += sum(int(field) for field in stat(pid)[11:15])
        except OSError:
            continue
    return total / TICKS


def rss_mb(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return round(int(line.split()[1]) / 1024, 1)
    except OSError:
        pass
    return 0.0


def idle_cpu_percent(roots: set, without: set, quiet_s: float, window_s: float) -> float:
    """Percent of one core over the window, after a time of quiet; processes in `without` do not count."""
    time.sleep(quiet_s)
    before, began = cpu_seconds(children(roots) - without), time.monotonic()
    time.sleep(window_s)
    return round(100 * (cpu_seconds(children(roots) - without) - before) / (time.monotonic() - began), 2)
