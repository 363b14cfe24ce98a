# SPDX-License-Identifier: Apache-2.0
"""Keeps a set of processes running: starts them in order, restarts what dies, drains them on SIGTERM.

Why not systemd: the stack must run in a container, as any user, under var/, and vanish with it.

How: one loop that sleeps in select() until a signal, a command, a probe's answer or a timer wakes it; idle, it wakes
every LOOK_AT_LOGS_S only. A process starts when all it comes `after` are ready (one-shots: done). One that dies is
started again at once; one that dies young is given longer and longer pauses and at last given up; one that says
"usage" or "configuration" (64, 78), or is no program (126, 127), is not started again: it would end the same way.

Commands come as lines through a named pipe, run/control: `start NAME`, `stop NAME`, `restart NAME`.
"""
import os
import selectors
import signal
import sys
import threading
import time
from collections import deque
from typing import Optional

from .layout import Instance
from .process import LOOK_EVERY_S, MARK, Process, describe_exit
from .state import State, marked_processes

HOPELESS = (64, 78, 126, 127)  # exit codes after which a restart cannot help
YOUNG_S = 10.0                 # a life shorter than this counts towards the limit
PAUSE_FIRST_S, PAUSE_MAX_S = 0.2, 30.0
DEATHS_MAX = 15                # young deaths in a row until it is given up
PROBE_GIVE_UP_S = 120.0        # no readiness within this after a start is reported (and waited for no longer)
LOOK_AT_LOGS_S = 10.0
LOG_MAX_BYTES = 16 << 20


class Unit:
    """A process and what the supervisor knows about it."""

    def __init__(self, process: Process):
        self.process = process
        # waiting starting ready done pause stopped failed
        self.state = "waiting" if process.autostart else "stopped"
        self.reason = "" if process.autostart else "until it is started by command"
        self.restarts = 0
        self.young_deaths = 0
        self.was_ready = False       # in this life
        self.wanted = process.autostart
        self.life = 0                # which start this is; a probe of an earlier life is ignored
        self.started_at = 0.0
        self.started_mono = 0.0
        self.start_due: Optional[float] = None

    @property
    def name(self) -> str:
        return self.process.name

    def describe(self) -> dict:
        p = self.process
        return {"name": self.name, "pid": p.pid if p.alive else None, "state": self.state, "reason": self.reason,
                "restarts": self.restarts, "started_at": self.started_at, "port": p.port, "log": str(p.log),
                "oneshot": p.oneshot}


class Supervisor:
    """Runs a set of processes for one instance; run() returns when they have been stopped."""

    def __init__(self, instance: Instance, processes: list, *, info: Optional[dict] = None):
        self.instance = instance.make()
        self.units = {p.name: Unit(p) for p in processes}
        self.info = info or {}
        self.state = State(instance)
        self.began = time.time()
        self.stopping = False
        self.unclean: list = []
        self._answers: deque = deque()
        self._check_order()

    def _check_order(self) -> None:
        for unit in self.units.values():
            for other in unit.process.after:
                if other not in self.units:
                    raise ValueError(f"{unit.name} comes after {other}, which is not part of this stack")
        self.levels()

    def levels(self) -> list:
        """Units by depth of their `after` chain: level 0 needs nothing. Stopping goes from the last to the first."""
        depth: dict = {}
        while len(depth) < len(self.units):
            found = {n: 1 + max((depth[a] for a in u.process.after), default=-1) for n, u in self.units.items()
                     if n not in depth and all(a in depth for a in u.process.after)}
            if not found:
                raise ValueError("these wait for one another: " + ", ".join(set(self.units) - set(depth)))
            depth.update(found)
        result: list = [[] for _ in range(1 + max(depth.values(), default=-1))]
        for name, level in depth.items():
            result[level].append(self.units[name])
        return result

    # -- the loop -----------------------------------------------------------------------------------------------

    def run(self) -> int:
        """0 when all ended cleanly, 1 when something had to be killed, 75 when another supervisor is at work."""
        if not self.state.take_lock():
            say("another supervisor runs this instance; infra/local status shows it")
            return 75
        self._end_leftovers()
        self._open_wakers()
        self._note()
        next_logs = time.monotonic() + LOOK_AT_LOGS_S
        while not self.stopping:
            self._reap()
            self._hear_probes()
            self._start_due()
            if time.monotonic() >= next_logs:
                self._cap_logs()
                next_logs = time.monotonic() + LOOK_AT_LOGS_S
            due = [u.start_due for u in self.units.values() if u.start_due is not None]
            timeout = max(0.0, min([next_logs, *due]) - time.monotonic())
            for key, _ in self._selector.select(timeout):
                key.data()
        self._drain()
        self._note()
        return 1 if self.unclean else 0

    def _open_wakers(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, lambda *_: setattr(self, "stopping", True))
        self._selector.register(self._wake_out, selectors.EVENT_READ, lambda: os.read(self._wake_out, 4096))
        fifo = self.instance.run / "control"
        fifo.unlink(missing_ok=True)
        os.mkfifo(fifo, 0o600)
        # opened for writing too, so that it never reads as closed when no command is being given
        self._control = os.open(fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._control, selectors.EVENT_READ, self._command)

    def _end_leftovers(self) -> None:
        """What an earlier supervisor of this instance left behind would hold ports and partitions."""
        mine = os.getpid()
        left = [pid for pid in marked_processes(MARK, self.instance.root) if pid != mine]
        for pid in left:
            say(f"pid {pid} is left from an earlier run: killing it")
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        deadline = time.monotonic() + 10
        while any(os.path.exists(f"/proc/{pid}") for pid in left) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)

    def _note(self) -> None:
        self.state.write({"pid": os.getpid(), "began": self.began, "stopping": self.stopping, **self.info,
                          "units": [u.describe() for u in self.units.values()]})

    # -- starting -----------------------------------------------------------------------------------------------

    def _start_due(self) -> None:
        now = time.monotonic()
        for unit in self.units.values():
            waiting = unit.state == "waiting" and unit.wanted and self._may_start(unit)
            if waiting or (unit.start_due is not None and now >= unit.start_due):
                self._start(unit)

    def _may_start(self, unit: Unit) -> bool:
        return all(self.units[a].state in ("ready", "done") for a in unit.process.after)

    def _start(self, unit: Unit) -> None:
        unit.start_due = None
        unit.was_ready = False
        unit.life += 1
        unit.started_at, unit.started_mono = time.time(), time.monotonic()
        try:
            unit.process.start()
        except OSError as e:
            self._give_up(unit, f"cannot be started: {e}")
            return
        unit.state, unit.reason = "starting", ""
        if not unit.process.oneshot:
            # a thread, because a process that accepts a connection and is then silent must not hold up the others
            threading.Thread(target=self._probe, args=(unit, unit.life), daemon=True).start()
        self._note()

    def _probe(self, unit: Unit, life: int) -> None:
        deadline = time.monotonic() + PROBE_GIVE_UP_S
        reason: Optional[str] = "not asked yet"
        while reason is not None and time.monotonic() < deadline and unit.life == life and not self.stopping:
            reason = unit.process.why_not_ready()
            if reason == "it does not run":
                return
            if reason is not None:
                time.sleep(LOOK_EVERY_S)
        self._answers.append((unit, life, reason))
        os.write(self._wake_in, b"p")

    def _hear_probes(self) -> None:
        while self._answers:
            unit, life, reason = self._answers.popleft()
            if life != unit.life or unit.state != "starting":
                continue
            if reason is None:
                unit.state, unit.reason, unit.was_ready = "ready", "", True
            else:
                unit.reason = f"not ready {PROBE_GIVE_UP_S:g} s after its start: {reason}"
                say(f"{unit.name} is {unit.reason}")
            self._note()

    # -- deaths -------------------------------------------------------------------------------------------------

    def _reap(self) -> None:
        for unit in self.units.values():
            if unit.state in ("starting", "ready") and not unit.process.alive:
                self._died(unit, unit.process.exit_code)
                self._note()

    def _died(self, unit: Unit, code: int) -> None:
        unit.process.buried()
        if unit.process.oneshot and code == 0:
            unit.state = "done"
            return
        if not unit.wanted:
            unit.state, unit.reason = "stopped", "by command"
            return
        if code in HOPELESS:
            self._give_up(unit, f"ended with {describe_exit(code)}; mend that, then: infra/local restart {unit.name}")
            return
        pause = self._pause(unit, code)
        if pause is None:
            self._give_up(unit, f"died {DEATHS_MAX} times in a row within {YOUNG_S:g} s of its start, last with "
                                f"{describe_exit(code)}")
            return
        unit.restarts += 1
        unit.reason = f"ended with {describe_exit(code)}"
        unit.state = "pause"
        unit.start_due = time.monotonic() + pause
        say(f"{unit.name} {unit.reason}; starting it again" + (f" in {pause:.1f} s" if pause else ""))

    def _pause(self, unit: Unit, code: int) -> Optional[float]:
        """How long to wait before the next start; None when enough is enough."""
        lived = time.monotonic() - unit.started_mono
        from_outside = code in (-signal.SIGKILL, -signal.SIGTERM, 0)
        if lived >= YOUNG_S or (from_outside and unit.was_ready):
            unit.young_deaths = 0
            return 0.0
        unit.young_deaths += 1
        if unit.young_deaths >= DEATHS_MAX:
            return None
        if unit.young_deaths == 1:
            return 0.0
        return min(PAUSE_MAX_S, PAUSE_FIRST_S * 2 ** (unit.young_deaths - 2))

    def _give_up(self, unit: Unit, reason: str) -> None:
        unit.state, unit.reason, unit.start_due = "failed", reason, None
        say(f"{unit.name} is NOT started again: it {reason}{unit.process.log_tail()}")
        self._note()

    # -- commands -----------------------------------------------------------------------------------------------

    def _command(self) -> None:
        for line in os.read(self._control, 65536).decode("utf-8", "replace").splitlines():
            verb, _, name = line.strip().partition(" ")
            unit = self.units.get(name)
            if unit is None or verb not in ("start", "stop", "restart"):
                say(f"ignoring the command '{line}': want start, stop or restart and a name of this stack")
                continue
            say(f"command: {verb} {name}")
            self._obey(unit, verb)
            self._note()

    def _obey(self, unit: Unit, verb: str) -> None:
        unit.wanted = verb != "stop"
        unit.young_deaths = 0
        if unit.process.alive:
            if verb != "start":
                unit.process.kill(unit.process.stop_signal)
            return
        if verb == "stop":
            unit.state, unit.reason, unit.start_due = "stopped", "by command", None
        else:
            unit.state, unit.reason, unit.start_due = "waiting", "", None

    # -- the end ------------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        say("stopping: every process drains, the last started first")
        self._note()
        for level in reversed(self.levels()):
            live = [u for u in level if u.process.alive]
            for unit in live:
                unit.process.kill(unit.process.stop_signal)
            for unit in live:
                self._end(unit)
            for unit in level:
                if unit.state not in ("done", "failed"):
                    unit.state = "stopped"
        (self.instance.run / "control").unlink(missing_ok=True)
        if self.unclean:
            say("did not end cleanly: " + ", ".join(self.unclean))

    def _end(self, unit: Unit) -> None:
        deadline = time.monotonic() + unit.process.stop_timeout_s
        while unit.process.alive and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
        if unit.process.alive:
            say(f"{unit.name} did not drain within {unit.process.stop_timeout_s:g} s: killing it")
            unit.process.kill_group()
            unit.process.popen.wait()
        code = unit.process.exit_code
        unit.process.buried()
        # the JVM ends with 128 + signal after a clean stop
        if code not in (0, 128 + signal.SIGTERM):
            self.unclean.append(f"{unit.name} ({describe_exit(code)})")

    def _cap_logs(self) -> None:
        """A log that grew too large becomes NAME.log.1; its writer appends, so it goes on at the new beginning."""
        for unit in self.units.values():
            log = unit.process.log
            try:
                if log.stat().st_size > LOG_MAX_BYTES:
                    log.with_name(log.name + ".1").write_bytes(log.read_bytes())
                    os.truncate(log, 0)
            except OSError as e:
                say(f"the log {log} could not be capped: {e}")


def say(text: str) -> None:
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), text, file=sys.stderr, flush=True)
