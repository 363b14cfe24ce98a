# SPDX-License-Identifier: Apache-2.0
"""A man in the middle between a service and the shop, for answers that the sandbox rightly never gives.

    with Meddler(stack) as meddler:                     services started from now on talk to it
        meddler.rule = lambda operation, variables, ask: {**ask(), "data": None}

A rule gets the document's name, its variables and a function that asks the shop; it returns the answer, or a status.
"""
import http.client
import http.server
import json
import re
import threading
from typing import Callable, Optional

KEPT = ("Date", "Content-Type", "X-Shopify-API-Version", "X-Request-ID")


class Meddler:
    def __init__(self, stack, shop: str = "acme"):
        self.config = stack.config
        self.shop = shop
        self.port = stack.sandbox_port
        self.rule: Optional[Callable] = None
        self.asked: list = []  # (operation, variables), in order
        meddler = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, wbufsize = "HTTP/1.1", -1  # head and body in one piece, or each answer takes 40 ms

            def do_POST(self):
                meddler.answer(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> "Meddler":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        text, n = re.subn(r"(?m)^endpoint\s*=.*$", f"endpoint = http://127.0.0.1:{self._server.server_port}",
                          self.config.read_text())
        assert n == 1, "the configuration has one shop with one endpoint"
        self.config.write_text(text)
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        request = json.loads(body)
        found = re.search(r"^\s*(?:query|mutation)\s+(\w+)", request["query"], re.M)
        operation, variables = found.group(1) if found else "", request.get("variables") or {}
        self.asked.append((operation, variables))
        headers = {name: value for name, value in handler.headers.items() if name not in ("Host", "Content-Length")}
        kept: dict = {"Content-Type": "application/json"}

        def ask():
            status, answer, taken = self._ask(handler.path, body, headers)
            kept.update(taken)
            return answer if status == 200 else status

        answer = self.rule(operation, variables, ask) if self.rule else ask()
        status, answer = (answer, {}) if isinstance(answer, int) else (200, answer)
        self._send(handler, status, kept, json.dumps(answer).encode())

    def _ask(self, path: str, body: bytes, headers: dict) -> tuple:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            taken = {name: answer.getheader(name) for name in KEPT if answer.getheader(name)}
            return answer.status, json.loads(text) if answer.status == 200 else None, taken
        finally:
            connection.close()

    @staticmethod
    def _send(handler, status: int, headers: dict, body: bytes) -> None:
        try:
            handler.send_response_only(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            pass  # the service was stopped while it waited
