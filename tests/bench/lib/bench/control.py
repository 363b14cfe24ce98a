# SPDX-License-Identifier: Apache-2.0
"""The sandbox's control API, and metrics pages, with nothing but the standard library."""
import json
import time
import urllib.request

WAIT_S = 60


class Control:
    """The merchant's and the shoppers' side of one sandbox."""

    def __init__(self, sandbox):
        self.base = f"http://127.0.0.1:{sandbox.control_port}/control/"

    def get(self, path: str):
        with urllib.request.urlopen(self.base + path, timeout=300) as answer:
            return json.loads(answer.read())

    def post(self, path: str, body: dict):
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), method="POST",
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.loads(answer.read() or b"null")


def wait_until(predicate, what: str, seconds: float = WAIT_S):
    """The first truthy value; ends the benchmark when none comes."""
    deadline = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {seconds:g} s in vain: {what}")
        time.sleep(0.1)


def metric(service, name: str) -> dict:
    """labels → value of one metric of a running service."""
    with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().split("\n")
    found = {}
    for line in lines:
        head, _, number = line.rpartition(" ")
        base, _, labels = head.partition("{")
        if base == name:
            found[labels.rstrip("}")] = float(number)
    return found
