# SPDX-License-Identifier: Apache-2.0
"""One broker and one Postgres for the whole run; a Stack for each test file.

With pytest-xdist the controller starts both servers and tells the workers where they are; files are spread over the
workers, and meet nowhere but in those two servers. No test skips: here a skip is a failure.
"""
import sys

import pytest
from harness import Run, Stack

RUN = pytest.StashKey[Run]()
ADDRESS = pytest.StashKey[dict]()


def is_worker(config) -> bool:
    return hasattr(config, "workerinput")


def pytest_sessionstart(session):
    config = session.config
    if is_worker(config):
        config.stash[ADDRESS] = config.workerinput["millrace_run"]
    elif not config.option.collectonly:
        config.stash[RUN] = Run().start()
        config.stash[ADDRESS] = config.stash[RUN].address


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["millrace_run"] = node.config.stash[ADDRESS]


def pytest_sessionfinish(session, exitstatus):
    run = session.config.stash.get(RUN, None)
    if run is None:
        return
    run.stop()
    if exitstatus == 0:
        run.discard()
    else:
        print(f"\nthe logs of this run are kept in {run.instance.root}", file=sys.stderr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return refuse_skip((yield))


def refuse_skip(report):
    """A test that does not run proves nothing, whatever its reason."""
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as a failure here: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def address(request) -> dict:
    """Where the run's broker and Postgres are."""
    return request.config.stash[ADDRESS]


@pytest.fixture(scope="module")
def stack(request, address):
    """This file's own stack; at its end every service must drain with 0 and every record must keep its schema."""
    name = request.module.__name__.removeprefix("test_").replace("_", "-")
    stack = Stack(address, name)
    yield stack
    stack.close()
