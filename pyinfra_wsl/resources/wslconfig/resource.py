"""The declaration of ``.wslconfig``: ``wslconfig`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyinfra_wsl.core import show
from pyinfra_wsl.core.formats.ini import check as ini
from pyinfra_wsl.core.formats.ini.check import Want
from pyinfra_wsl.core.formats.ini.files import WSLCONFIG as FILE
from pyinfra_wsl.core.formats.ini.values import form
from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.windows import path
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.resource import Calls, WindowsResource
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wslconfig import live
from pyinfra_wsl.resources.wslconfig.adopt import adopt
from pyinfra_wsl.resources.wslconfig.start import STARTS_WITH
from pyinfra_wsl.resources.wslconfig.state import State, probe, probe_file, read

_KEY = "wslconfig"


def _form(values: Values) -> Iterator[Problem]:
    if isinstance(declared := values.get(_KEY), Mapping):
        yield from (problem.below(_KEY) for problem in ini.check(declared, FILE))


def _check(values: Values) -> Iterator[Problem]:
    """Yield the paths that nothing on Windows can have; WSL itself takes long ones, since its service's manifest does."""
    for section, name, value in ini.keys(values.get(_KEY, {})):
        key = FILE.table.find(f"{section}.{name}")
        if (
            key is not None
            and key.type == "path"
            and (why := path.fault(str(value), longest=path.LONGEST, share=True, whole=True))
        ):
            yield Problem((_KEY, section, name), f"{show.value(value)} {why}", f"write {form(key)}")


def _settings(values: Values) -> Iterator[Setting]:
    for section, key, value in ini.keys(values.get(_KEY, {})):
        yield Setting("wslconfig", (_KEY, section, key), value)


def _paths(values: Values) -> Iterator[str]:
    declared = (values.get(_KEY) or {}).get("wsl2") or {}
    yield from (path for name in STARTS_WITH if isinstance(path := declared.get(name), str) and path)


def _inside(laptop: Laptop, distro: str) -> Calls:
    """Ask in one of those that are looked into: all of a person run in one VM."""
    exe = laptop.of(wsl.State).exe
    return live.probe(exe, distro) if exe is not None and distro == laptop.target.inside[0] else {}


def _session(laptop: Laptop) -> Calls:
    """Ask in one that runs, where none is looked into and the file is declared."""
    exe = laptop.of(wsl.State).exe
    wanted = _KEY in laptop.target.keys and not laptop.target.inside
    return live.probe_running(exe) if exe is not None and wanted else {}


def _want(values: Values) -> Want:
    return ini.want(values[_KEY], FILE)


RESOURCE = WindowsResource[Want, State](
    name="wslconfig",
    words=".wslconfig",
    system="windows",
    whose="user",
    key=_KEY,
    state=State,
    want=_want,
    form=_form,
    check=_check,
    settings=_settings,
    profile=probe,
    files=probe_file,
    paths=_paths,
    session=_session,
    inside=_inside,
    read=lambda answers, _laptop: read(answers.own, answers.paths, answers.inside),
    waits=frozenset({"user logon", "vm idle"}),
    also=lambda _laptop: frozenset({"wsl_policy"}),
    adopt=adopt,
)
