# SPDX-License-Identifier: Apache-2.0
"""One program that runs below an instance: log, pid file, readiness, signals, and a death that is noticed.

Whoever starts a Process must outlive it: the kernel sends it `stop_signal` when its starter dies, so that a killed
test run or supervisor leaves no orphan. (The kernel means the starting *thread*: start from one that stays.)
"""
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Optional

from .layout import Instance, PROJECT

LOOK_EVERY_S = 0.02
# set for every child, so that what a run left behind can be found in /proc
MARK = "STACK_INSTANCE"

# the starter may have died before the kernel was asked to tell: then the program must not even begin
UNLESS_ORPHAN = '[ "$PPID" = "$1" ] || exit 1; shift; exec "$@"'


class ProcessError(Exception):
    """A part did not do what was asked; the message says which, why, and shows the end of its log."""


class Process:
    """A program and how to handle it; start() makes it run."""

    def __init__(self, instance: Instance, name: str, argv: list, *, ready=None, env: Optional[dict] = None,
                 cwd: Path = PROJECT, stop_signal: int = signal.SIGTERM, stop_timeout_s: float = 20.0,
                 after: tuple = (), oneshot: bool = False, autostart: bool = True):
        self.instance = instance
        self.name = name
        self.argv = [str(a) for a in argv]
        self.ready = ready
        self.env = env or {}
        self.cwd = cwd
        self.stop_signal = stop_signal
        self.stop_timeout_s = stop_timeout_s
        self.after = after
        self.oneshot = oneshot
        self.autostart = autostart    # False: a supervisor waits for the command to start it
        self.log = instance.log / f"{name}.log"
        self.pid_file = instance.run / f"{name}.pid"
        self.popen: Optional[subprocess.Popen] = None
        self.death_was_expected = False

    # -- life ---------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """What must be done before every start: a stale port file would be believed."""

    def start(self) -> "Process":
        if self.alive:
            raise ProcessError(f"{self.name} already runs as pid {self.pid}")
        self.prepare()
        signame = signal.Signals(self.stop_signal).name[3:]
        command = ["setpriv", "--pdeathsig", signame, "--", "sh", "-c", UNLESS_ORPHAN, "sh", str(os.getpid()), *self.argv]
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.cwd,
                                          env=self.environment(), start_new_session=True)
        self.death_was_expected = False
        self.pid_file.write_text(f"{self.popen.pid}\n")
        return self

    def wait_ready(self, timeout_s: float = 60.0) -> "Process":
        """Returns when the part is ready (a one-shot: has ended well); raises when it died or time is up."""
        deadline = time.monotonic() + timeout_s
        while True:
            reason = self.why_not_ready()
            if reason is None:
                return self
            if not self.alive and not self.oneshot:
                raise ProcessError(f"{self.name} ended with {describe_exit(self.exit_code)} before it was ready"
                                   + self.log_tail())
            if self.oneshot and self.exit_code not in (None, 0):
                raise ProcessError(f"{self.name} ended with {describe_exit(self.exit_code)}" + self.log_tail())
            if time.monotonic() > deadline:
                raise ProcessError(f"{self.name} is not ready after {timeout_s:g} s: {reason}" + self.log_tail())
            time.sleep(LOOK_EVERY_S)

    def why_not_ready(self) -> Optional[str]:
        """None when ready, else the reason."""
        if self.oneshot:
            return None if self.exit_code == 0 else "it has not ended yet"
        if not self.alive:
            return "it does not run"
        return self.ready.check() if self.ready else None

    def kill(self, sig: int = signal.SIGKILL) -> None:
        """Sends SIG; a process that is gone already is no error."""
        if self.popen is not None and self.popen.poll() is None:
            self.popen.send_signal(sig)
            self.death_was_expected = self.death_was_expected or sig == signal.SIGKILL

    def kill_group(self) -> None:
        """SIGKILL to it and to children that it left behind: the last resort, after which nothing of it is left."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def wait(self, timeout_s: float) -> int:
        """The exit code (negative: the signal that ended it)."""
        try:
            code = self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise ProcessError(f"{self.name} has not ended after {timeout_s:g} s" + self.log_tail()) from None
        self.buried()
        self.death_was_expected = True
        return code

    def buried(self) -> None:
        """After its end: the pid file goes, and children that outlived it."""
        self.pid_file.unlink(missing_ok=True)
        self.kill_group()

    def stop(self, timeout_s: Optional[float] = None) -> int:
        """Asks it to drain and waits; one that does not end in time is killed, and that is an error."""
        self.kill(self.stop_signal)
        try:
            return self.wait(timeout_s or self.stop_timeout_s)
        except ProcessError:
            self.kill_group()
            self.wait(10)
            raise

    def __enter__(self):
        return self.start().wait_ready()

    def __exit__(self, kind, value, trace):
        if self.alive:
            self.stop()

    # -- looks --------------------------------------------------------------------------------------------------

    @property
    def pid(self) -> Optional[int]:
        return self.popen.pid if self.popen else None

    @property
    def exit_code(self) -> Optional[int]:
        return self.popen.poll() if self.popen else None

    @property
    def alive(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    @property
    def port(self) -> Optional[int]:
        """The port others talk to; parts with one override this."""
        return None

    def environment(self) -> dict:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST", "STACK_"))}
        return {**inherited, "LANG": "C.UTF-8", MARK: str(self.instance.root),
                **{k: str(v) for k, v in self.env.items()}}

    def log_tail(self, lines: int = 20) -> str:
        try:
            tail = self.log.read_text(errors="replace").rstrip("\n").split("\n")[-lines:]
        except OSError:
            tail = ["(no log)"]
        return f"; the end of {self.log}:\n    " + "\n    ".join(tail)


def describe_exit(code: Optional[int]) -> str:
    """An exit in words: what the number means to the services, or which signal it was."""
    known = {0: "drained", 64: "usage", 70: "a bug", 75: "temporary", 78: "configuration", 99: "a sanitizer's report",
             126: "not executable", 127: "no such program"}
    if code is None:
        return "no exit yet"
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}" + (f" ({known[code]})" if code in known else "")
