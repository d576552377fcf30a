"""The declaration of WSL's containers: ``wslc`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core import show
from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.windows import path as windows_path
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.resource import Answers, Calls, WindowsResource
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wslc.adopt import adopt
from pyinfra_wsl.resources.wslc.plan import Want, flat
from pyinfra_wsl.resources.wslc.state import NAME, State, probe_files, probe_session, read


def _check(values: Values) -> Iterator[Problem]:
    folder = (values.get(NAME, {}).get("session") or {}).get("storagePath")
    if folder and (why := windows_path.fault(folder, longest=windows_path.LONGEST_FOLDER)):
        yield Problem(
            (NAME, "session", "storagePath"), f"{show.value(folder)} {why}", r"write a whole path, such as D:\containers"
        )


def _settings(values: Values) -> Iterator[Setting]:
    for name, value in flat(values.get(NAME, {})):
        yield Setting(NAME, (NAME, *name.split(".")), value)


def _session(laptop: Laptop) -> Calls:
    return probe_session(laptop.of(wsl.State).exe)


def _read(answers: Answers, laptop: Laptop) -> State:
    kind = laptop.of(wsl.State).kind
    return read(answers.own, None if kind is None else kind == "package")


RESOURCE = WindowsResource[Want, State](
    name=NAME,
    words="containers of WSL",
    system="windows",
    whose="user",
    key=NAME,
    unset=frozenset({(NAME,)}),
    state=State,
    want=Want.of,
    check=_check,
    settings=_settings,
    files=probe_files,
    session=_session,
    read=_read,
    needs=frozenset({"wsl"}),
    also=lambda _laptop: frozenset({"wsl_policy"}),
    waits=frozenset({"user logon", "reboot"}),
    adopt=adopt,
)
