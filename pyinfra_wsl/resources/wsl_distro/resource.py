"""The declaration of distributions: ``wsl_distros`` of the fleet file, and ``default_version`` of ``wsl``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.problem import Path
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.resource import NOT_ASKED, Answers, Calls, WindowsResource
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro.adopt import adopt
from pyinfra_wsl.resources.wsl_distro.looking import further, noted
from pyinfra_wsl.resources.wsl_distro.outlook import foresee
from pyinfra_wsl.resources.wsl_distro.plan import forecast
from pyinfra_wsl.resources.wsl_distro.rules import check, complete
from pyinfra_wsl.resources.wsl_distro.state import State, probe, probe_machine, probe_session, read, woken
from pyinfra_wsl.resources.wsl_distro.want import Want

_KEY = "wsl_distros"


def _settings(values: Values) -> Iterator[Setting]:
    if "default_version" in values.get("wsl", {}):
        yield Setting("wsl_distro", ("wsl", "default_version"), values["wsl"]["default_version"])
    for name, declared in values.get(_KEY, {}).items():
        state = declared.get("state", "present")
        yield Setting("wsl_distro", (_KEY, name, "state"), state)
        wanted = ("version", "location", "default_user") if state == "present" else ()
        yield from (Setting("wsl_distro", (_KEY, name, key), declared[key]) for key in wanted if key in declared)
        if declared.get("default") and state == "present":
            yield Setting("wsl_distro", (_KEY, name, "default"), True)


def _sources(values: Values) -> Iterator[Path]:
    for name, declared in values.get(_KEY, {}).items():
        if "source" in declared and declared.get("state") != "absent":
            yield _KEY, name, "source"


def _session(laptop: Laptop) -> Calls:
    exe = laptop.of(wsl.State).exe
    return {} if exe is None else probe_session(exe)


def _distros(values: Values) -> Iterator[str]:
    yield from values.get(_KEY, {})


def _read(answers: Answers, laptop: Laptop) -> State:
    return read(answers.own, laptop.user)


def _kept(laptop: Laptop, before: Mapping[str, Answer]) -> Mapping[str, Answer]:
    note = woken(laptop.of(State), laptop.target.inside, before.get("woken", NOT_ASKED))
    return {"woken": note} if note.value["names"] else {}  # none is as good as one without a name, and costs no reading again


RESOURCE = WindowsResource[Want, State](
    name="wsl_distro",
    words="distributions",
    system="windows",
    whose="user",
    key=_KEY,
    state=State,
    want=Want.of,
    check=check,
    complete=complete,
    settings=_settings,
    sources=_sources,
    machine=probe_machine,
    profile=probe,
    session=_session,
    further=further,
    noted=noted,
    distros=_distros,
    read=_read,
    kept=_kept,
    needs=frozenset({"windows_feature", "hypervisor", "reboot", "wsl_policy", "wsl"}),
    waits=frozenset({"user logon", "reboot", "vm idle"}),
    forecast=forecast,
    foresee=foresee,
    adopt=adopt,
)
