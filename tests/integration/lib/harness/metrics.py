# SPDX-License-Identifier: Apache-2.0
"""What a service says about itself, read as Prometheus would read it."""
import subprocess

import httpx

from millrace_stack import PROJECT

PROMTOOL = PROJECT / "var" / "tools" / "promtool"
TIMEOUT_S = 10.0
BEGIN_S, END_S = 1.5e9, 4e9   # 2017 to 2096


def fetch(port: int) -> str:
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=TIMEOUT_S)
    assert answer.status_code == 200, f"/metrics on port {port}: {answer.status_code} {answer.text[:300]}"
    return answer.text


def odd_times(text: str) -> list:
    """Samples of times that lie in no year that matters, as those in another unit do; 0 means never."""
    return [line for line in text.split("\n") if "_timestamp_seconds" in line and not line.startswith("#")
            and not (float(line.rpartition(" ")[2]) == 0 or BEGIN_S < float(line.rpartition(" ")[2]) < END_S)]


def lint(text: str) -> str:
    """What promtool, or a look at the times, has against it; empty when nothing."""
    assert text.strip(), "no metric at all"
    if odd_times(text):
        return "these are no times in seconds: " + "; ".join(odd_times(text))
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
