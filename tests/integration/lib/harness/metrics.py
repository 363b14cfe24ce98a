# SPDX-License-Identifier: Apache-2.0
"""What a service says about itself, read as Prometheus would read it."""
import subprocess

import httpx

from millrace_stack import PROJECT

PROMTOOL = PROJECT / "var" / "tools" / "promtool"
TIMEOUT_S = 10.0


def fetch(port: int) -> str:
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=TIMEOUT_S)
    assert answer.status_code == 200, f"/metrics on port {port}: {answer.status_code} {answer.text[:300]}"
    return answer.text


def lint(text: str) -> str:
    """What promtool has against it; empty when nothing."""
    assert text.strip(), "no metric at all"
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()


def value(text: str, name: str, **labels) -> int:
    """The sum of the samples of one metric that carry these labels."""
    wanted = {f'{k}="{v}"' for k, v in labels.items()}
    found = []
    for line in text.split("\n"):
        head, _, number = line.rpartition(" ")
        base, _, rest = head.partition("{")
        if base == name and wanted <= set(rest.rstrip("}").split(",")):
            found.append(int(float(number)))
    assert found, f"no sample of {name} {labels or ''}"
    return sum(found)
