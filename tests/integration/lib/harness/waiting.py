# SPDX-License-Identifier: Apache-2.0
"""Waiting for what must come true, instead of sleeping for as long as it usually takes."""
import time

FIRST_LOOK_S, SLOWEST_LOOK_S = 0.01, 0.1


def wait_until(predicate, timeout: float = 30.0, what: str = ""):
    """The first truthy value of predicate(); after `timeout` seconds the test fails and says what never came."""
    deadline = time.monotonic() + timeout
    pause = FIRST_LOOK_S
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            name = what or getattr(predicate, "__name__", "the condition")
            raise AssertionError(f"waited {timeout:g} s in vain for: {name} (last seen: {value!r})")
        time.sleep(pause)
        pause = min(SLOWEST_LOOK_S, pause * 1.5)
