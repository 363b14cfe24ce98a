# SPDX-License-Identifier: Apache-2.0
"""Figures as people and machines read them."""
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Optional

BEGAN = time.monotonic()


def say(text: str) -> None:
    """Progress, to stderr."""
    print(f"{time.monotonic() - BEGAN:7.1f} s  {text}", file=sys.stderr, flush=True)


def machine() -> str:
    """Processor, cores and memory: a figure means nothing without them."""
    cpu = [li for li in Path("/proc/cpuinfo").read_text().split("\n") if li.startswith("model name")]
    kb = int(Path("/proc/meminfo").read_text().split("\n")[0].split()[1])
    name = cpu[0].split(":")[1].strip() if cpu else platform.machine()
    return f"{name}, {os.cpu_count()} cores, {round(kb / 1048576)} GiB, Linux {platform.release()}"


class Report:
    """Collects figures in the order in which they are to be read."""

    def __init__(self, bench: str, seed: int):
        self.bench, self.seed, self.figures = bench, seed, []

    def add(self, name: str, value, unit: str, goal: Optional[str] = None, met: Optional[bool] = None) -> None:
        """One figure; `goal` says in words what it is measured against, `met` whether it got there."""
        figure = {"name": name, "value": round(value, 3) if isinstance(value, float) else value, "unit": unit}
        self.figures.append(figure if goal is None else {**figure, "goal": goal, "met": bool(met)})

    def at_least(self, name: str, value, unit: str, bound) -> None:
        self.add(name, value, unit, f">= {bound}", value >= bound)

    def at_most(self, name: str, value, unit: str, bound) -> None:
        self.add(name, value, unit, f"<= {bound}", value <= bound)

    def show(self, as_json: bool) -> None:
        width = max(len(f["name"]) for f in self.figures)
        for f in self.figures:
            verdict = f"   (goal {f['goal']}: {'met' if f['met'] else 'NOT met'})" if "goal" in f else ""
            print(f"{f['name']:{width}}  {f['value']:>12} {f['unit']}{verdict}")
        if as_json:
            print(json.dumps({"bench": self.bench, "figures": self.figures, "machine": machine(), "seed": self.seed}))
