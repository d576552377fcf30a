"""One host of a shard, looked up by the testinfra suite that is shipped with the package, in a process of its own."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pyinfra_wsl import verify as suite
from pyinfra_wsl.core import mask
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.fleet.declared import settings
from pyinfra_wsl.registry import RegistryError
from pyinfra_wsl.rollout.model import Member, Verified
from pyinfra_wsl.rollout.runner import hosts
from pyinfra_wsl.testing import inventory as inventories

_GIVEN = "a host of a shard"
_SECONDS = 900
"""Until a look is given up: each of some dozens of settings may take two minutes on a laptop that hangs."""
_MOST, _LONGEST = 50, 300
"""Lines that are told of a host, and characters of each."""
_LOST = "could not be looked at"
"""How the plugin begins what it says of a connection that was lost."""
_NOTHING = "nothing is declared that can be looked up"
_PLUGINS = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
_QUIET = (
    "-p", "pyinfra_wsl.testing.plugin", "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:faulthandler",
    "--capture=no", "-c", os.devnull, "--strict-markers",
)  # fmt: skip
"""pytest's options: no settings of whatever project we are called in, nothing written, and nothing said but by `Findings`."""


@dataclass
class Findings:
    """What pytest finds of one host: a plugin of its.

    Args:
        host: its name.
        seen: settings of which something was found as declared.
        failed: what was found otherwise, by setting.
        lost: why something of a setting could not be looked at, since the host was lost or never reached.
        passed_over: why something of a setting was left out.

    """

    host: str
    seen: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    passed_over: dict[str, str] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what became of one part of a test."""
        setting = report.nodeid.partition(f"[{self.host}: ")[2].removesuffix("]") or report.nodeid
        if report.failed:
            said = _why(report)
            lost = report.when != "call" or said.startswith(_LOST)
            (self.lost if lost else self.failed).setdefault(setting, said)
        elif report.skipped:
            self.passed_over.setdefault(setting, _why(report))
        elif report.when == "call":
            self.seen.add(setting)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what could not even be read."""
        if report.failed:
            self.lost.setdefault(report.nodeid, _why(report))

    def verdict(self, code: int) -> Verified:
        """Return what it comes to: a setting of which nothing was looked at is not known to be as declared.

        Args:
            code: pytest's.

        """
        unseen = self.lost | {setting: why for setting, why in self.passed_over.items() if setting not in self.seen}
        if self.failed:
            return Verified(self.host, False, _lines(self.failed | unseen))
        if not self.seen and not unseen:
            known = code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
            return Verified(self.host, None, (_NOTHING if known else f"the look came to no end (pytest's code {code})",))
        return Verified(self.host, None if unseen else True, _lines(unseen))


def _lines(found: dict[str, str]) -> tuple[str, ...]:
    lines = [f"{escape(setting)}: {why}" for setting, why in found.items()]
    return (*lines[:_MOST], *([f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else []))


def _why(report: pytest.TestReport | pytest.CollectReport) -> str:
    told = report.longrepr
    if isinstance(told, tuple):
        said = told[2].removeprefix("Skipped: ")
    else:
        crash = getattr(told, "reprcrash", None)
        said = crash.message if crash is not None else str(told)
    text = " ".join(mask.text(said).split())
    return escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def warm() -> None:
    """Read the suite once, so that a fork need not."""
    os.environ[_PLUGINS] = "1"
    pytest.main([_folder(), *_QUIET, "--rootdir", _folder(), "--collect-only"])
    del os.environ[_PLUGINS]  # it is not for what people's deploy files call


def look_up(member: Member) -> Verified:
    """Look each declared setting of a host up with the machine's own programs; the process may end before it returns.

    Args:
        member: the host.

    """
    signal.alarm(_SECONDS)
    os.environ[_PLUGINS] = "1"
    found = Findings(member.name)
    try:
        files = _files(member)
    except RegistryError as error:
        return Verified(member.name, None, (escape(error),))
    if not files:
        return found.verdict(pytest.ExitCode.NO_TESTS_COLLECTED)
    inventories.give(_GIVEN, hosts.inventory([member]))
    code = pytest.main([*files, *_QUIET, "--rootdir", _folder(), "--inventory", _GIVEN], plugins=[found])
    return found.verdict(int(code))


def _files(member: Member) -> list[str]:
    """Return the files of the suite that look up what is declared of a host: each is named after its resource."""
    wanted = {f"test_{one.resource}.py" for one in settings(dict(member.data))}
    return [str(path) for path in sorted(Path(_folder()).glob("test_*.py")) if path.name in wanted]


def _folder() -> str:
    return str(Path(suite.__file__).parent)
