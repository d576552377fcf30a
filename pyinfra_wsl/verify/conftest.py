"""What the tests of a fleet share, and how a look that saw nothing ends: what was skipped was not proved."""

from __future__ import annotations

import re
from collections import Counter

import pytest

_HOST = re.compile(r"\[(?P<host>.+?): ")
_NOBODY = "nobody is at the screen: what belongs to the user was not looked at; log on, then verify again"
_REASON = "Skipped: "


@pytest.fixture
def as_user(laptop):
    """Return a function that runs a command as the laptop's user and returns its output; skips while that user is away."""

    def run(command, *args):
        if laptop.backend.user is None:
            pytest.skip(_NOBODY)
        if not laptop.backend.user.within_reach:
            pytest.skip(
                f"{laptop.backend.user.account} is logged off: what belongs to them was not looked at; log on, then verify again"
            )
        return laptop.backend.run_as_user(command, *args)

    return run


@pytest.fixture
def registry(laptop):
    """Return a function that tells what reg.exe query says of a key of the user's own registry; skips where that is not known."""

    def query(key, *options):
        if laptop.backend.user is None:
            pytest.skip(_NOBODY)
        try:
            return laptop.backend.registry(key, *options)
        except LookupError as error:
            pytest.skip(f"{error}: what is in it was not looked at; log on, then verify again")

    return query


@pytest.fixture
def user(laptop):
    """Return the laptop's user; skips where there is none now."""
    if laptop.backend.user is None:
        pytest.skip(_NOBODY)
    return laptop.backend.user


def _counts(reporter):
    """Return how many tests passed, failed (or had errors), and were skipped."""
    stats = reporter.stats
    return len(stats.get("passed", ())), len(stats.get("failed", ())) + len(stats.get("error", ())), len(stats.get("skipped", ()))


def pytest_sessionfinish(session, exitstatus):
    """End with 1 where nothing at all was looked at: a look that saw nothing proves nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or exitstatus != pytest.ExitCode.OK or session.config.option.collectonly:
        return
    passed, _failed, skipped = _counts(reporter)
    if skipped and not passed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Say of each host how many settings were not looked at, and why."""
    passed, failed, skipped = _counts(terminalreporter)
    if not skipped:
        return
    terminalreporter.section("not looked at")
    counts = Counter((_host(one.nodeid), _reason(one)) for one in terminalreporter.stats["skipped"])
    for (host, reason), number in sorted(counts.items()):
        terminalreporter.line(f"{host}: {number} setting{'s' if number > 1 else ''}: {reason}")
    if not (passed or failed):
        terminalreporter.line("Nothing was looked at, so nothing is proved.")


def _host(nodeid):
    found = _HOST.search(nodeid)
    return found["host"] if found else "no host"


def _reason(report):
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(text).removeprefix(_REASON)
