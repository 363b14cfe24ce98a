# SPDX-License-Identifier: Apache-2.0
"""Is it ready? One look at a part from outside, the way its clients would see it.

A probe answers at once: None for ready, else the reason why not, in words that can be shown. Waiting is the caller's.
"""
import http.client
import socket
import struct
from pathlib import Path
from typing import Callable, Optional

TIMEOUT_S = 2.0


class HttpProbe:
    """Ready when GET PATH answers 200. `port()` is the server's port, None while it has not told."""

    def __init__(self, port: Callable[[], Optional[int]], path: str = "/readyz"):
        self.port = port
        self.path = path

    def check(self) -> Optional[str]:
        port = self.port()
        if port is None:
            return "its port file is not written yet"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", self.path)
            answer = connection.getresponse()
            body = answer.read(2048).decode("utf-8", "replace").strip()
        except (OSError, http.client.HTTPException) as e:
            return f"GET {self.path} on port {port}: {e}"
        finally:
            connection.close()
        return None if answer.status == 200 else f"GET {self.path}: {answer.status} {body}"


class KafkaProbe:
    """Ready when the broker lists itself in a Metadata answer: then producers and consumers find it too."""

    def __init__(self, port: int):
        self.port = port

    def check(self) -> Optional[str]:
        # header: API 3 (Metadata), version 1, correlation 1, client "probe"; body: an empty list of topics
        request = struct.pack(">hhih5si", 3, 1, 1, 5, b"probe", 0)
        try:
            with socket.create_connection(("127.0.0.1", self.port), TIMEOUT_S) as s:
                s.sendall(struct.pack(">i", len(request)) + request)
                size, _, brokers = struct.unpack(">iii", read_exactly(s, 12))
        except (OSError, EOFError) as e:
            return f"Kafka on port {self.port}: {e}"
        return None if size >= 8 and brokers > 0 else "Kafka answers, but knows no broker yet"


class PostgresProbe:
    """Ready when the postmaster says so in its pid file: no connection, no line in its log."""

    def __init__(self, data: Path):
        self.pid_file = data / "postmaster.pid"

    def check(self) -> Optional[str]:
        try:
            lines = self.pid_file.read_text().split("\n")
        except OSError:
            return "Postgres has not started yet"
        status = lines[7].strip() if len(lines) > 7 else "starting"
        return None if status == "ready" else f"Postgres is {status}"


def read_port(path: Path) -> Optional[int]:
    """The number in a port file; None while it is missing or half written."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def read_exactly(s: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = s.recv(count - len(data))
        if not chunk:
            raise EOFError("connection closed by the broker")
        data += chunk
    return data
