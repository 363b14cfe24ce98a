# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for services, to see what a supervisor does with processes that behave and misbehave on demand.

    python fake.py serve PORT_FILE DRAIN_LOG       answers every GET with 200, exits 0 on SIGTERM and notes that
    python fake.py stubborn PORT_FILE DRAIN_LOG    answers as well, but ignores SIGTERM
    python fake.py supervise ROOT PLAN.json        a Supervisor over the processes that PLAN describes
"""
import http.server
import json
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "infra" / "lib"))

from millrace_stack import HttpProbe, Instance, Process, Supervisor, read_port  # noqa: E402  the path had to be set first


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def serve(port_file: Path, drain_log: Path, drains: bool) -> int:
    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    # shutdown() waits for the loop to end, so it must not be called from the loop's own thread
    drain = (lambda *_: threading.Thread(target=server.shutdown).start()) if drains else signal.SIG_IGN
    signal.signal(signal.SIGTERM, drain)
    port_file.write_text(str(server.server_port))
    server.serve_forever(poll_interval=0.05)
    with open(drain_log, "a", encoding="ascii") as log:
        log.write(port_file.stem + "\n")
    return 0


def supervise(root: Path, plan: Path) -> int:
    instance = Instance(root).make()
    processes: list = []
    for entry in json.loads(plan.read_text()):
        name, port_file = entry["name"], instance.run / f"{entry['name']}.port"
        fake = [sys.executable, __file__, entry.get("fake", "serve"), port_file, instance.root / "drained"]
        processes.append(Process(instance, name, entry.get("argv", fake), 
                                 ready=None if "argv" in entry else HttpProbe(lambda f=port_file: read_port(f)),
                                 after=tuple(entry.get("after", ())), oneshot=entry.get("oneshot", False),
                                 stop_timeout_s=entry.get("stop_timeout_s", 20), autostart=entry.get("autostart", True)))
    return Supervisor(instance, processes).run()


if __name__ == "__main__":
    verb, first, second = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    sys.exit(supervise(first, second) if verb == "supervise" else serve(first, second, verb == "serve"))
