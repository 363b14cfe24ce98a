# SPDX-License-Identifier: Apache-2.0
"""Every service is a good citizen: it says when it is ready, refuses what it does not understand, drains when asked.

If this fails, whoever runs the stack cannot tell a sick process from a well one, or a typo in the configuration is
silently ignored, or a deployment loses what was in flight.
"""
import os
import signal
import subprocess

import httpx
import pytest
from harness import wait_until
from harness.run import FLAVOUR

from millrace_stack import PROJECT
from millrace_stack.parts import CLI, SERVICES

BIN = PROJECT / "build" / FLAVOUR / "bin"


def run(name: str, *arguments, **environment) -> subprocess.CompletedProcess:
    return subprocess.run([BIN / name, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env={**os.environ, **environment})


def broken_copy(stack, line: str):
    """The file's configuration with one more line in [postgres], and the number of that line."""
    lines = stack.config.read_text().split("\n")
    at = lines.index("[postgres]") + 1
    broken = stack.instance.etc / "broken.ini"
    broken.write_text("\n".join([*lines[:at], line, *lines[at:]]))
    return broken, at + 1


@pytest.mark.parametrize("name", [*SERVICES, CLI])
def test_help_and_version_are_answered_without_a_configuration(name):
    for option in ("--help", "--version"):
        done = run(name, option)
        assert done.returncode == 0 and done.stdout.strip(), done.stderr
    assert run(name, "--version").stdout.startswith(f"{name} ")


@pytest.mark.parametrize("name", SERVICES)
def test_a_typo_in_the_configuration_is_refused_with_line_and_nearest_name(stack, name):
    broken, line = broken_copy(stack, "urll = postgresql://nowhere/")
    done = run(name, "--config", broken)
    assert done.returncode == 78, done.stdout + done.stderr
    assert f":{line}:" in done.stderr and "urll" in done.stderr and "url" in done.stderr


@pytest.mark.parametrize("line, words", [("bootstrap.server = x", "bootstrap.servers"), ("linger.ms = soon", "linger.ms")])
def test_what_librdkafka_would_refuse_is_refused_with_its_line(stack, line, words):
    """Found only by the client, it would be said after Postgres is there, and without the place to mend."""
    broken = stack.instance.etc / "broken.ini"
    broken.write_text(f"[kafka]\n{line}\n")
    for arguments in (["--check-config"], []):
        done = run("order-state", "--config", broken, *arguments)
        assert done.returncode == 78 and ":2:" in done.stderr and words in done.stderr, done.stdout + done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_the_effective_configuration_is_shown_without_secrets(stack, name):
    done = run(name, "--config", stack.config, "--check-config")
    assert done.returncode == 0, done.stderr
    assert "bootstrap.servers = " in done.stdout and "url = ****" in done.stdout
    for secret in ("token", "webhook-secret"):
        assert (stack.instance.etc / secret).read_text().strip() not in done.stdout


@pytest.mark.parametrize("name, environment, words", [
    ("webhook-gateway", {}, "[shop.<name>]"),
    ("ingest-gateway", {"MILLRACE_INGEST_GATEWAY_BODY_MAX": "2000000",
                        "MILLRACE_INGEST_GATEWAY_IN_FLIGHT_MAX": "1500000"}, "raise in_flight_max"),
    ("ingest-gateway", {"MILLRACE_INGEST_GATEWAY_DEADLINE_MS": "9999"}, "raise deadline_ms"),
], ids=["no-shop", "body-too-large-to-come-in", "cut-before-the-answer"])
def test_what_the_check_finds_good_the_service_starts_with(name, environment, words):
    """Else a deployment that checked its configuration first would still fail at the start."""
    for arguments in (["--check-config"], []):
        done = run(name, "--config", "/dev/null", *arguments, **environment)
        assert done.returncode == 78 and words in done.stderr, done.stdout + done.stderr


def test_the_cli_checks_the_configuration_for_every_service(stack):
    assert f"right for {len(SERVICES)} services" in stack.cli("config", "check")
    broken, _ = broken_copy(stack, "urll = postgresql://nowhere/")
    done = run(CLI, "--config", broken, "config", "check")
    assert done.returncode != 0 and "urll" in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_wrong_argument_is_a_usage_error(name):
    done = run(name, "--no-such-option")
    assert done.returncode == 64 and "--no-such-option" in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_it_gets_ready_answers_and_drains(stack, name):
    service = stack.start(name)
    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.get(f"http://127.0.0.1:{service.port}{path}").status_code == 200
    assert service.stop() == 0


@pytest.mark.parametrize("name", SERVICES)
def test_killed_it_starts_again_from_what_it_left(stack, name):
    service = stack.start(name)
    service.kill(signal.SIGKILL)
    assert service.wait(10) == -signal.SIGKILL
    service.start().wait_ready(30)
    assert service.stop() == 0


def test_without_kafka_or_postgres_it_is_alive_but_not_ready_and_says_why(stack):
    """A restart of the database must not look like a broken service, nor a broken service like a healthy one."""
    service = stack.start("inventory-state", options={"postgres.url": "postgresql://millrace@127.0.0.1:1/none"}, wait=False)
    wait_until(lambda: service.port, 30, "the port file")
    answer = wait_until(lambda: httpx.get(f"http://127.0.0.1:{service.port}/readyz"), 10, "an answer")
    assert answer.status_code == 503 and "postgres" in answer.text.lower()
    assert httpx.get(f"http://127.0.0.1:{service.port}/healthz").status_code == 200
    assert service.stop() == 0
