# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks stand on: a private broker and Postgres, order facts by seed, CPU and memory of processes, a report.

A benchmark measures; it never passes or fails. It prints progress to stderr, its figures to stdout, and with --json one
last line for machines. Whatever happens, it leaves no process and no folder behind.
"""
from .ground import Ground
from .report import Report
from .usage import Usage

__all__ = ["Ground", "Report", "Usage"]
