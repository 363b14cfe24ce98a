# SPDX-License-Identifier: Apache-2.0
"""The supervisor's promises: in order up, back within 200 ms, never in a loop, never twice, in reverse order down."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness import wait_until

from millrace_stack import PROJECT, Instance
from millrace_stack.process import MARK
from millrace_stack.state import State, cpu_seconds, marked_processes
from millrace_stack.supervisor import LOG_MAX_BYTES

FAKE = Path(__file__).parent / "lib" / "harness" / "fake.py"
LOCAL = PROJECT / "infra" / "local"


class Watched:
    """A supervisor in a process of its own, and what its state file says."""

    def __init__(self, root: Path, plan: list):
        self.instance = Instance(root).make()
        plan_file = self.instance.etc / "plan.json"
        plan_file.write_text(json.dumps(plan))
        self.log = self.instance.log / "supervisor.log"
        self._argv = [sys.executable, FAKE, "supervise", root, plan_file]
        self.popen = self.again()

    def again(self) -> subprocess.Popen:
        with open(self.log, "ab") as log:
            return subprocess.Popen(self._argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def unit(self, name: str) -> dict:
        units = State(self.instance).read().get("units", [])
        return next((u for u in units if u["name"] == name), {"state": "unknown", "pid": None, "restarts": 0})

    def await_state(self, name: str, state: str, timeout: float = 30) -> dict:
        return wait_until(lambda: self.unit(name)["state"] == state and self.unit(name), timeout, f"{name} is {state}")

    def await_other(self, name: str, pid: int) -> dict:
        """The unit once it is ready again as another process."""
        def ready_again():
            unit = self.unit(name)
            return unit["state"] == "ready" and unit["pid"] != pid and unit
        return wait_until(ready_again, 30, f"{name} is ready again")

    def stop(self) -> int:
        self.popen.terminate()
        return self.popen.wait(60)

    def said(self) -> str:
        return self.log.read_text()


@pytest.fixture
def watch(address, request):
    """Starts supervisors below a folder of the test's own, and leaves none behind."""
    root = Path(address["root"]) / "supervisor" / request.node.name.replace("[", "-").rstrip("]")
    started: list = []

    def start(plan: list) -> Watched:
        started.append(Watched(root, plan))
        return started[-1]

    yield start
    for watched in started:
        if watched.popen.poll() is None:
            watched.stop()
    assert not marked_processes(MARK, root)


def test_parts_start_when_what_they_need_is_ready_and_stop_in_reverse(watch):
    w = watch([{"name": "writer", "after": ["state"]}, {"name": "state", "after": ["migrate"]},
               {"name": "migrate", "argv": ["sh", "-c", "exit 0"], "oneshot": True, "after": ["ground"]},
               {"name": "ground"}])
    w.await_state("writer", "ready")
    began = [w.unit(n)["started_at"] for n in ("ground", "migrate", "state", "writer")]
    assert began == sorted(began)
    assert w.unit("migrate")["state"] == "done"
    assert w.stop() == 0
    assert (w.instance.root / "drained").read_text().split() == ["writer", "state", "ground"]


def test_parts_that_wait_for_one_another_are_refused(watch):
    w = watch([{"name": "hen", "after": ["egg"]}, {"name": "egg", "after": ["hen"]}])
    assert w.popen.wait(30) != 0
    assert "these wait for one another" in w.said()


def test_a_killed_process_is_started_again_every_time_and_alone(watch):
    w = watch([{"name": "a"}, {"name": "b", "after": ["a"]}])
    w.await_state("b", "ready")
    for _ in range(5):
        pid = w.unit("a")["pid"]
        os.kill(pid, signal.SIGKILL)
        w.await_other("a", pid)
    assert w.unit("a")["restarts"] == 5
    assert w.unit("b")["restarts"] == 0, "a neighbour's death is no reason to restart"


def test_one_that_keeps_dying_is_given_longer_and_longer_pauses(watch):
    w = watch([{"name": "broken", "argv": ["sh", "-c", "exit 70"]}, {"name": "sound"}])
    w.await_state("sound", "ready")
    wait_until(lambda: w.unit("broken")["restarts"] >= 5, 30, "five restarts")
    pauses = [float(line.rsplit(" in ", 1)[1].split()[0]) for line in w.said().split("\n") if " again in " in line]
    assert pauses[:3] == [0.2, 0.4, 0.8]
    assert w.unit("sound")["restarts"] == 0


@pytest.mark.parametrize("code", [64, 78])
def test_a_wrong_configuration_is_not_tried_again_but_said_aloud(watch, code):
    w = watch([{"name": "misled", "argv": ["sh", "-c", f"echo 'no such key'; exit {code}"]}, {"name": "sound"}])
    unit = w.await_state("misled", "failed")
    assert unit["restarts"] == 0
    assert "NOT started again" in w.said() and "no such key" in w.said()
    assert w.await_state("sound", "ready")["restarts"] == 0


def test_a_second_supervisor_refuses_and_disturbs_nothing(watch):
    w = watch([{"name": "a"}])
    pid = w.await_state("a", "ready")["pid"]
    assert w.again().wait(30) == 75
    assert "another supervisor runs this instance" in w.said()
    assert w.unit("a")["pid"] == pid and w.unit("a")["restarts"] == 0


def test_a_killed_supervisor_leaves_nothing_that_a_new_one_would_trip_over(watch):
    w = watch([{"name": "a"}, {"name": "stubborn", "fake": "stubborn"}])
    w.await_state("a", "ready")
    w.await_state("stubborn", "ready")
    old = w.unit("stubborn")["pid"]
    w.popen.kill()
    w.popen.wait()
    assert Path(f"/proc/{old}").exists(), "this one ignores SIGTERM, so it must still be there"
    w.popen = w.again()
    w.await_other("stubborn", old)
    w.await_state("a", "ready")
    assert not Path(f"/proc/{old}").exists()
    os.kill(w.unit("stubborn")["pid"], signal.SIGKILL)


def test_one_that_will_not_drain_is_killed_and_named(watch):
    w = watch([{"name": "a"}, {"name": "stubborn", "fake": "stubborn", "stop_timeout_s": 0.5}])
    w.await_state("a", "ready")
    w.await_state("stubborn", "ready")
    assert w.stop() == 1
    assert "did not end cleanly: stubborn (signal SIGKILL)" in w.said()


def test_a_process_can_be_stopped_started_and_restarted_by_name(watch):
    w = watch([{"name": "a"}])
    pid = w.await_state("a", "ready")["pid"]
    command(w, "restart a")
    pid = w.await_other("a", pid)["pid"]
    command(w, "stop a")
    w.await_state("a", "stopped")
    assert not Path(f"/proc/{pid}").exists()
    command(w, "start a")
    w.await_state("a", "ready")
    command(w, "stop nobody")
    wait_until(lambda: "ignoring the command 'stop nobody'" in w.said(), 10, "a wrong name is said")


def test_what_shall_wait_for_a_command_waits_and_then_starts_in_order(watch):
    w = watch([{"name": "ground"}, {"name": "idle", "after": ["ground"], "autostart": False}])
    w.await_state("ground", "ready")
    assert w.unit("idle")["state"] == "stopped" and w.unit("idle")["pid"] is None
    command(w, "start idle")
    w.await_state("idle", "ready")


def command(w: Watched, line: str) -> None:
    with open(w.instance.run / "control", "w", encoding="ascii") as control:
        control.write(line + "\n")


def test_a_log_that_grew_too_large_is_cut_and_goes_on(watch):
    w = watch([{"name": "chatty", "argv": ["sh", "-c", "while :; do echo still here; sleep 0.05; done"]}])
    w.await_state("chatty", "ready")
    log = w.instance.log / "chatty.log"
    with open(log, "ab") as grown:
        grown.truncate(LOG_MAX_BYTES + 1)
    wait_until(lambda: log.with_name("chatty.log.1").exists(), 30, "the log is cut")
    wait_until(lambda: log.stat().st_size < 1 << 20 and b"still here" in log.read_bytes(), 10, "writing goes on")


def test_idle_it_uses_no_processor_time(watch):
    w = watch([{"name": "a"}, {"name": "b"}])
    w.await_state("a", "ready")
    w.await_state("b", "ready")
    before = cpu_seconds(w.popen.pid)
    began = time.monotonic()
    wait_until(lambda: time.monotonic() - began >= 3.0, 10, "three quiet seconds")
    assert cpu_seconds(w.popen.pid) - before <= 0.02


# -- the command --------------------------------------------------------------------------------------------------

def local(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([LOCAL, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)


@pytest.mark.parametrize("arguments, code, words", [
    (["status"], 3, "the stack is not running"),
    (["down"], 0, "the stack is not running"),
    (["kill", "order-state"], 1, "the stack is not running"),
    (["restart", "order-state"], 1, "the stack is not running"),
    (["logs", "order-state"], 1, "no log of 'order-state'"),
])
def test_commands_without_a_stack_say_so(address, arguments, code, words):
    done = local(*arguments, "--instance", "never-started")
    assert done.returncode == code and words in done.stdout + done.stderr


def test_an_unknown_command_is_refused():
    assert local("upp").returncode == 2
