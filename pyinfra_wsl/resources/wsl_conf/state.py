"""``/etc/wsl.conf`` as it is: the settings of one distribution, read by its init at every start.

Windows cannot read it while the distribution is stopped, so it is read by wsl.exe as root inside, which starts it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.formats.ini import parse as ini
from pyinfra_wsl.core.formats.ini.files import WSL_CONF as FILE
from pyinfra_wsl.core.formats.ini.merge import shown
from pyinfra_wsl.core.formats.ini.parse import Parsed
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.windows.wsl_exe import inside

PATH = "/etc/wsl.conf"


@dataclass(frozen=True, slots=True)
class Conf:
    """The file as it is.

    Args:
        exists: whether it is there; None while unknown, and then `problem` says why.
        data: its bytes, in base64.
        values: what is in force, by ``section.key``, as text.
        problems: what is wrong with it, line by line.
        problem: why it could not be read.
        remedy: the next step then, where it is known.
        parsed: every line of it, as init reads it.

    """

    exists: bool | None
    data: str = field(default="", repr=False)
    values: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    problem: str = ""
    remedy: str = field(default="", metadata=HIDDEN)
    parsed: Parsed = field(default_factory=lambda: parse(b""), repr=False, metadata=HIDDEN)

    def value(self, section: str, key: str) -> str | None:
        """Return what the file sets, as text; None where it sets nothing, or while unknown."""
        return self.values.get(f"{section}.{key}")


def parse(data: bytes) -> Parsed:
    """Read a ``wsl.conf`` as init does: every line's effect and the values in force."""
    return _parsed(data)


@lru_cache(maxsize=64)  # a fleet manages the file, so that many laptops have the same
def _parsed(data: bytes) -> Parsed:
    return ini.parse(data, FILE)


@lru_cache(maxsize=256)
def probe(exe: str, distro: str) -> Mapping[str, Call]:
    """Return what has to be asked, as the user whose distribution it is; it is started for that."""
    return {"file": inside(exe, distro, "cat", PATH)}


def read(answers: Mapping[str, Answer]) -> Conf:
    """Read what ``cat`` printed. It ends with 1 where there is no file; wsl.exe itself fails with -1 (WslClient.cpp)."""
    answer = answers.get("file", Answer(False, message="it was not asked for"))
    if not answer.ok:
        return Conf(None, problem=f"{PATH} could not be read: {answer.message}", remedy=answer.remedy)
    output = Output.of(answer)
    if output.timed_out or output.exit_code not in (0, 1):
        return Conf(None, problem=f"{PATH} could not be read: {output.said() or 'the distribution did not answer in time'}")
    data = output.stdout if output.exit_code == 0 else b""
    parsed = parse(data)
    encoded = base64.b64encode(data).decode()
    return Conf(output.exit_code == 0, encoded, shown(parsed, FILE), parsed.problems, parsed=parsed)


@dataclass(frozen=True, slots=True)
class State:
    """The files of the distributions that were looked into, by their names."""

    confs: Mapping[str, Conf] = field(default_factory=dict)

    def conf(self, distro: str) -> Conf | None:
        """Return the file of a distribution by its name in any case; None where that was not looked into."""
        return next((conf for name, conf in self.confs.items() if name.lower() == distro.lower()), None)
