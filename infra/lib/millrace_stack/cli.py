# SPDX-License-Identifier: Apache-2.0
"""infra/local: the stack by hand. Each command is one function; the words they print are the interface."""
import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import stack, supervisor
from .layout import DEFAULT, PROJECT, VAR, Instance, write_atomically
from .process import MARK, LOOK_EVERY_S
from .state import State, marked_processes, rss_kb

UP_TIMEOUT_S = 120.0
DOWN_TIMEOUT_S = 90.0


class Refused(Exception):
    """A command that cannot be carried out; the message says why and what to do."""


def up(args) -> int:
    instance = Instance.named(args.instance).make()
    pid = State(instance).supervisor_pid()
    if pid:
        raise Refused(f"the stack already runs (supervisor pid {pid}); see: infra/local status{suffix(args)}")
    options = options_from(args).resolve_ports()
    if not args.no_build:
        subprocess.run([PROJECT / "infra/lib/build", options.flavour], check=True)
    missing = stack.missing_binaries(options)
    if missing:
        raise Refused(f"build/{options.flavour}/bin lacks {', '.join(missing)}; run infra/bootstrap, then: "
                      f"infra/lib/build {options.flavour}")
    stack.build(instance, options)
    write_atomically(instance.etc / "stack.json", json.dumps(options.to_dict(), indent=1) + "\n")
    State(instance).file.unlink(missing_ok=True)
    log = instance.log / "supervisor.log"
    with open(log, "ab") as out:
        child = subprocess.Popen([sys.executable, "-m", "millrace_stack", "supervise", "--instance", args.instance],
                                 stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=PROJECT, start_new_session=True)
    return follow_start(instance, child, log, args)


def options_from(args) -> stack.Options:
    chosen = {k: getattr(args, k) for k in ("instance", "port_base", "flavour", "log_level", "poll_interval_ms",
                                            "idle_services")}
    options = stack.Options(**chosen)
    if args.shop_config:
        options.shop_config = str(Path(args.shop_config).resolve())
    if args.settings:
        options.settings = str(Path(args.settings).resolve())
    return options


def follow_start(instance: Instance, child, log: Path, args) -> int:
    """Prints each part as it gets ready; a part that cannot start takes the stack down again."""
    shown, began, state = set(), time.monotonic(), State(instance)
    while time.monotonic() - began < UP_TIMEOUT_S:
        units = state.read().get("units", [])
        for unit in units:
            idle = unit["state"] == "stopped" and args.idle_services
            if (unit["state"] in ("ready", "done") or idle) and unit["name"] not in shown:
                shown.add(unit["name"])
                print(f"{time.monotonic() - began:6.1f} s  {unit['name']} {unit['state']}", flush=True)
        failed = [u for u in units if u["state"] == "failed"]
        if failed or child.poll() is not None:
            for unit in failed:
                print(f"{unit['name']}: {unit['reason']}", file=sys.stderr)
            end_supervisor(instance)
            raise Refused(f"the stack did not start and is down again; why: {log}")
        if units and len(shown) == len(units):
            print(f"the stack is up; logs: {instance.log}; look around with\n"
                  f"  build/{args.flavour}/bin/millrace --config {instance.etc / 'millrace.ini'} status")
            return 0
        time.sleep(LOOK_EVERY_S)
    waiting = ", ".join(f"{u['name']} ({u['state']})" for u in units if u["name"] not in shown)
    raise Refused(f"after {UP_TIMEOUT_S:g} s these are not ready: {waiting}; the stack is left running, look with "
                  f"infra/local status{suffix(args)} and infra/local logs{suffix(args)} NAME")


def supervise(args) -> int:
    """The supervisor in the foreground; up starts this, and a container may."""
    instance = Instance.named(args.instance)
    try:
        options = stack.Options(**json.loads((instance.etc / "stack.json").read_text()))
    except OSError:
        raise Refused("no stack is described here yet; infra/local up does that") from None
    info = {"options": options.to_dict(), "config": str(instance.etc / "millrace.ini")}
    return supervisor.Supervisor(instance, stack.build(instance, options), info=info).run()


def down(args) -> int:
    instance = Instance.named(args.instance)
    if not end_supervisor(instance):
        print("the stack is not running")
        return 0
    last = [li for li in (instance.log / "supervisor.log").read_text().split("\n") if li]
    unclean = [li for li in last[-3:] if "did not end cleanly" in li]
    if unclean:
        raise Refused(unclean[0])
    print("the stack is down; every process drained")
    return 0


def end_supervisor(instance: Instance) -> bool:
    """Ends the supervisor and what one that was killed left behind; False when there was nothing to end."""
    state = State(instance)
    pid = state.supervisor_pid()
    if pid:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + DOWN_TIMEOUT_S
        while state.supervisor_pid() == pid:
            if time.monotonic() > deadline:
                raise Refused(f"the supervisor (pid {pid}) still drains after {DOWN_TIMEOUT_S:g} s; "
                              f"see {instance.log / 'supervisor.log'}")
            time.sleep(LOOK_EVERY_S)
    left = [p for p in marked_processes(MARK, instance.root) if p != os.getpid()]
    for orphan in left:
        print(f"killing pid {orphan}, left from a supervisor that was killed")
        os.kill(orphan, signal.SIGKILL)
    return bool(pid or left)


def status(args) -> int:
    instance = Instance.named(args.instance)
    state = State(instance)
    pid = state.supervisor_pid()
    content = state.read()
    if args.json:
        print(json.dumps({**content, "running": bool(pid)}))
        return 0 if pid else 3
    if not pid:
        print("the stack is not running; start it with: infra/local up" + suffix(args))
        return 3
    print(f"supervisor pid {pid}, up {duration(time.time() - content['began'])}, "
          f"rss {(rss_kb(pid) or 0) / 1024:.0f} MB, configuration {content['config']}\n")
    rows = [("NAME", "PID", "STATE", "RESTARTS", "UPTIME", "RSS MB", "PORT", "")]
    for u in content["units"]:
        live = u["pid"] is not None
        rss = rss_kb(u["pid"]) if live else None
        rows.append((u["name"], str(u["pid"] or "-"), u["state"], str(u["restarts"]),
                     duration(time.time() - u["started_at"]) if live else "-",
                     f"{rss / 1024:.0f}" if rss else "-", str(u["port"] or "-") if live else "-", u["reason"]))
    print_table(rows)
    return 1 if any(u["state"] in ("failed", "pause", "starting", "waiting") for u in content["units"]) else 0


def print_table(rows: list) -> None:
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip())


def reset(args) -> int:
    instance = Instance.named(args.instance)
    if end_supervisor(instance):
        print("the stack is down")
    instance.wipe()
    print(f"removed all data, logs and configuration of instance '{args.instance}'")
    return 0


def send(args) -> int:
    """start, stop, restart: lines to the supervisor, then wait until it is so."""
    instance = Instance.named(args.instance)
    if bool(args.name) == args.all:
        raise Refused(f"say which: infra/local {args.command} NAME, or --all for every service")
    names = [args.name] if args.name else list_services(instance)
    before = {name: find_unit(instance, name) for name in names}
    for name in names:
        if args.command == "start" and before[name]["state"] == "ready":
            print(f"{name} runs already as pid {before[name]['pid']}")
            continue
        with open(instance.run / "control", "w", encoding="ascii") as control:
            control.write(f"{args.command} {name}\n")
    deadline = time.monotonic() + UP_TIMEOUT_S
    for name in names:
        follow_command(instance, args.command, before[name], deadline)
    return 0


def list_services(instance: Instance) -> list:
    """What --all means: every part that is one of our services."""
    return [u["name"] for u in State(instance).read().get("units", []) if u["name"] in stack.SERVICES]


def follow_command(instance: Instance, verb: str, before: dict, deadline: float) -> None:
    name = before["name"]
    if verb == "start" and before["state"] == "ready":
        return
    while time.monotonic() < deadline:
        unit = find_unit(instance, name)
        another_life = unit["started_at"] != before["started_at"]
        if unit["state"] == "stopped" if verb == "stop" else unit["state"] in ("ready", "done") and another_life:
            print(f"{name} is {unit['state']}" + (f" as pid {unit['pid']}" if unit["pid"] else ""))
            return
        if unit["state"] == "failed" and another_life:
            raise Refused(f"{name}: {unit['reason']}")
        time.sleep(LOOK_EVERY_S)
    raise Refused(f"{name} is {unit['state']} after {UP_TIMEOUT_S:g} s: {unit['reason']}")


def find_unit(instance: Instance, name: str) -> dict:
    state = State(instance)
    if not state.supervisor_pid():
        raise Refused("the stack is not running; start it with: infra/local up")
    units = state.read().get("units", [])
    for unit in units:
        if unit["name"] == name:
            return unit
    raise Refused(f"no '{name}' in this stack; there are: " + ", ".join(u["name"] for u in units))


def kill(args) -> int:
    unit = find_unit(Instance.named(args.instance), args.name)
    name = args.signal.upper().removeprefix("SIG")
    try:
        number = signal.Signals(int(name)) if name.isdigit() else signal.Signals["SIG" + name]
    except (KeyError, ValueError):
        raise Refused(f"no signal '{args.signal}'; say KILL, TERM, STOP, CONT or a number") from None
    if unit["pid"] is None:
        raise Refused(f"{args.name} has no process now: it is {unit['state']}")
    os.kill(unit["pid"], number)
    print(f"sent {number.name} to {args.name} (pid {unit['pid']})")
    return 0


def logs(args) -> int:
    instance = Instance.named(args.instance)
    log = instance.log / f"{args.name}.log"
    if not log.exists():
        have = sorted(p.stem for p in instance.log.glob("*.log"))
        raise Refused(f"no log of '{args.name}'; there are: " + (", ".join(have) or "none yet"))
    os.execvp("tail", ["tail", "-n", str(args.lines), *(["-F"] if args.follow else []), str(log)])


def suffix(args) -> str:
    return "" if args.instance == DEFAULT else f" --instance {args.instance}"


def duration(seconds: float) -> str:
    s = int(seconds)
    if s < 60:
        return f"{s} s"
    return f"{s // 60}:{s % 60:02d} min" if s < 3600 else f"{s // 3600}:{s % 3600 // 60:02d} h"


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="infra/local", description="The whole stack on this machine, under var/.")
    commands = p.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, function, text: str):
        c = commands.add_parser(name, help=text, description=text)
        c.set_defaults(run=function)
        c.add_argument("--instance", default=DEFAULT, metavar="NAME", help="another stack, below var/NAME")
        return c

    add_up_options(command("up", up, "build, start everything in order, return when all is ready"))
    command("down", down, "drain and stop everything")
    command("status", status, "what runs, since when, and how large it is").add_argument(
        "--json", action="store_true", help="the same as one JSON object")
    command("reset", reset, "down, then remove data, logs and configuration")
    for verb in ("start", "stop", "restart"):
        c = command(verb, send, f"{verb} one process, or all services")
        c.add_argument("name", metavar="NAME", nargs="?")
        c.add_argument("--all", action="store_true", help="every service, but not Kafka, Postgres and the sandbox")
    c = command("kill", kill, "send a signal to one process; the supervisor will notice")
    c.add_argument("name", metavar="NAME")
    c.add_argument("signal", metavar="SIG", nargs="?", default="KILL")
    c = command("logs", logs, "the log of one process")
    c.add_argument("name", metavar="NAME")
    c.add_argument("-f", "--follow", action="store_true")
    c.add_argument("-n", "--lines", type=int, default=100)
    command("supervise", supervise, "the supervisor in the foreground, for the stack that up described")
    return p


def add_up_options(c) -> None:
    base = int(os.environ.get("STACK_PORT_BASE", stack.PORT_BASE))
    c.add_argument("--port-base", type=int, default=base, metavar="N",
                   help=f"first of the ports (now {base}): "
                        + ", ".join(f"{n} N+{d}" for n, d in stack.PORTS.items()) + f", metrics from N+{stack.METRICS}")
    c.add_argument("--shop-config", metavar="FILE", help="[shop.KEY] sections of real shops, instead of the sandbox")
    c.add_argument("--settings", metavar="FILE", help="facilities, locations and channels to publish at the start")
    c.add_argument("--flavour", default="release", choices=("release", "gcc", "clang", "asan"))
    c.add_argument("--log-level", default="info", choices=("error", "warn", "info", "debug"))
    c.add_argument("--poll-interval-ms", type=int, default=1000, metavar="MS", help="for the sandbox's shop")
    c.add_argument("--idle-services", action="store_true", help="prepare all, but leave the services to `start --all`")
    c.add_argument("--no-build", action="store_true", help="take build/FLAVOUR as it is")


def main() -> int:
    args = parser().parse_args()
    VAR.mkdir(exist_ok=True)
    try:
        return args.run(args)
    except (Refused, ValueError, KeyError, OSError) as e:
        print(f"infra/local: {e}", file=sys.stderr)
    except subprocess.CalledProcessError:
        print("infra/local: the build failed, see above", file=sys.stderr)
    return 1
