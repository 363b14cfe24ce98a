# SPDX-License-Identifier: Apache-2.0
"""The merchant's and the shoppers' side of the sandbox: its control API, and the history that is the oracle's truth."""
import json
from typing import Optional

import httpx

TIMEOUT_S = 30.0


class SandboxClient:
    """Talks to the control port of one sandbox; an answer that is not 2xx fails the test with the sandbox's own words."""

    def __init__(self, port: int):
        self.port = port
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT_S)

    def get(self, path: str, **query):
        return self._answer(self._http.get(f"/control/{path.lstrip('/')}", params=query))

    def post(self, path: str, body: Optional[dict] = None):
        return self._answer(self._http.post(f"/control/{path.lstrip('/')}", json=body or {}))

    @staticmethod
    def _answer(answer: httpx.Response):
        assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def history(self, since: int = 0) -> list:
        """Everything that happened in the shop after sequence number `since`: {seq, at, actor, act, object, effect}."""
        answer = self._http.get("/control/history", params={"since": since})
        assert answer.is_success, f"GET /control/history: {answer.status_code} {answer.text}"
        return [json.loads(line) for line in answer.text.split("\n") if line.strip()]

    def close(self) -> None:
        self._http.close()
