"""Hosts as they are, read for a fleet file that would change nothing on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyinfra.api.host import Host
from pyinfra.context import host as current

from pyinfra_wsl import form, registry
from pyinfra_wsl.connectors.psrp import PsrpConnector
from pyinfra_wsl.core import source
from pyinfra_wsl.core.adopted import Adopted
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.problem import Path, Problem, dotted
from pyinfra_wsl.core.windows.laptop import Laptop as Seen
from pyinfra_wsl.core.windows.people import Person
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.core.windows.whose import EVERY
from pyinfra_wsl.core.windows.winrm import PASSWORD
from pyinfra_wsl.edge.laptop import Laptop, People, resources
from pyinfra_wsl.edge.linux import Host as LinuxFact
from pyinfra_wsl.fleet import contradictions, rules
from pyinfra_wsl.resources.wsl_distro.names import theirs
from pyinfra_wsl.resources.wsl_distro.state import State as Distros
from pyinfra_wsl.survey import run
from pyinfra_wsl.survey.alike import WHOLE, alike

_FOUND = "pyinfra_wsl.adopted"
LONGEST = 300
"""Characters of a note that are written."""
MOST = 100
"""Notes of one host that are written."""

_CONNECTION = (("user", "ssh_user"), ("port", "ssh_port"), ("key", "ssh_key"), ("known_hosts", "ssh_known_hosts_file"))
_OVER_WINRM = tuple(
    (one, f"psrp_{one}")
    for one in ("user", "port", "auth", "scheme", "ca", "certificate", "certificate_key", "proxy", "configuration")
)
_SHELLS = ("cmd", "powershell")


@dataclass(frozen=True, slots=True)
class Read:
    """One host as it was read.

    Args:
        name: its name in the fleet file.
        system: ``windows`` or ``linux``.
        values: what is declared for it.
        notes: what is not declared, each with its place and why.
        failures: why it could not be looked at; then nothing is declared.

    """

    name: str
    system: str
    values: dict[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    failures: Sequence[Failure] = ()


def adopt(path: str, limit: Sequence[str], *, start: bool = False) -> list[Read]:
    """Read the hosts of an inventory side by side.

    Args:
        path: an inventory as pyinfra takes it; what it declares of resources counts for nothing.
        limit: names or patterns of hosts, or groups; none for all.
        start: whether distributions that do not run are started to be looked into.

    Raises:
        FileNotFoundError: there is no such inventory.
        InventoryError: the inventory cannot be used.
        NoHostError: a limit matches nothing.

    """

    def work() -> None:
        found = list(_linux() if current.data.get("os") == "linux" else _windows(start=start))
        current.connector_data[_FOUND] = found

    with run.opened(path, limit) as state:
        unforeseen = run.prepare(state, work)
        return [_read(host, unforeseen.get(host)) for host in run.chosen(state)]


def _windows(*, start: bool) -> Iterator[Adopted]:
    people = current.get_fact(People) if current.data.get("user") == EVERY else ()
    if people is None or (seen := _seen(None, start=start and not people)) is None:
        return
    if not people:
        yield from _of(seen, resources())
        return
    yield from _of(seen, [one for one in resources() if one.whose == "machine"])
    yield from alike({one.account: _of_person(one, start=start) for one in people})


def _of_person(person: Person, *, start: bool) -> list[Adopted]:
    """Return what is somebody's; whoever cannot be looked at has nothing that a run would change before their next logon."""
    seen = None if person.unknown else _seen(person.sid, start=start)
    if seen is None:
        return [Adopted(WHOLE, note=f"not known: {person.unknown or 'they could not be looked at'}")]
    return [*_of(seen, [one for one in resources() if one.whose == "user"])]


def _seen(user: str | None, *, start: bool) -> Seen | None:
    """Look at the laptop, and into the distributions that may be looked into; `user` is another than the host's own."""
    whose = {} if user is None else {"user": user}
    seen: Seen | None = current.get_fact(Laptop, **whose)
    distros = seen.states.get(Distros) if seen else None
    inside = _looked_into(distros, start=start) if isinstance(distros, Distros) else ()
    return (current.get_fact(Laptop, **whose, inside=inside) or seen) if inside else seen


def _of(seen: Seen, looked_at: Iterable[WindowsResource[Any, Any]]) -> Iterator[Adopted]:
    for resource in looked_at:
        if fault := seen.faults.get(resource.name):
            yield Adopted((resource.key or resource.name,), note=f"what the laptop says of it cannot be read: {fault}")
        else:
            yield from registry.ask(resource, "adopt", seen)


def _looked_into(distros: Distros, *, start: bool) -> tuple[str, ...]:
    sound = () if distros.faults else theirs(distros)
    return tuple(name for name in sound if start or distros.runs(name))


def _linux() -> Iterator[Adopted]:
    for resource in registry.found():
        if not isinstance(resource, LinuxResource):
            continue
        seen = current.get_fact(LinuxFact, resource=resource.name, arguments={})
        if seen is not None and (more := dict(resource.adopt_asks(seen))):
            seen = current.get_fact(LinuxFact, resource=resource.name, arguments=more)
        if seen is not None:
            yield from registry.ask(resource, "adopt", seen)


def _read(host: Host, unforeseen: Exception | None) -> Read:
    name, system = host.name, "linux" if host.data.get("os") == "linux" else "windows"
    failures = run.why_lost(host, unforeseen)
    if name.startswith("@"):
        failures = (Failure("a fleet file reaches hosts by SSH or WinRM, and this is none of them", "adopt it by its address"),)
    if failures or _FOUND not in host.connector_data:
        return Read(name, system, failures=failures or (Failure("the host could not be looked at", "run again"),))
    values, notes = declared(host.connector_data[_FOUND])
    return Read(name, system, {**_reached(host), **values}, notes)


def declared(found: Iterable[Adopted]) -> tuple[dict[str, Any], list[str]]:
    """Return a host's values of what was read, and a note for each thing that is not declared.

    What a fleet file would refuse, and what may be a secret, is taken out with a note that does not show it.

    Args:
        found: what the resources have told.

    """
    values: dict[str, Any] = {}
    notes = []
    for one in found:
        if one.value is not None:
            _put(values, one.path, one.value)
        if one.note:
            notes.append(f"{dotted(one.path)}: {one.note}")
    notes += _without_distro(values)
    while problem := next(_wrong(values), None):
        gone = _take(values, problem.path)
        notes.append(f"{dotted(gone)}: {problem.message}")
    bounded = [one if len(one) <= LONGEST else f"{one[:LONGEST]}…" for one in dict.fromkeys(notes)]
    more = [f"{len(bounded) - MOST} more"] if len(bounded) > MOST else []
    return values, [*bounded[:MOST], *more]


def _wrong(values: Mapping[str, Any]) -> Iterator[Problem]:
    yield from source.secrets(values)
    yield from form.of_values(values)
    yield from rules.check(values, ())
    yield from (Problem(one.path, one.why) for one in contradictions.find(values))


def _without_distro(values: dict[str, Any]) -> list[str]:
    """Take out what is inside distributions that are not declared themselves, since it would declare that they are there."""
    distros = values.get("wsl_distros", {})
    gone = [name for name, one in distros.items() if "version" not in one]
    for name in gone:
        del distros[name]
    if not distros:
        values.pop("wsl_distros", None)
    return [f"{dotted(('wsl_distros', name))}: what is inside it is not declared, since it is not" for name in gone]


def _put(values: dict[str, Any], path: Path, value: Any) -> None:
    for part in path[:-1]:
        values = values.setdefault(str(part), {})
    values[str(path[-1])] = value


def _take(values: dict[str, Any], path: Path) -> Path:
    """Take out what stands at a path, or the deepest that there is on the way to it; return where."""
    inner: Any = values
    for depth, part in enumerate(path):
        last = depth == len(path) - 1 or not isinstance(inner.get(part), dict) or path[depth + 1] not in inner[part]
        if not isinstance(inner, dict) or part not in inner:
            break
        if last:
            del inner[part]
            return path[: depth + 1]
        inner = inner[part]
    values.clear()  # nobody knows what is wrong: nothing is declared
    return path


def _reached(host: Host) -> dict[str, Any]:
    """Return how a host is reached, as a fleet file says it; a password is never in it."""
    data = host.data
    winrm = isinstance(host.connector, PsrpConnector)
    said = _OVER_WINRM if winrm else _CONNECTION
    found: dict[str, Any] = {"transport": "psrp"} if winrm else {}
    for name, theirs_ in said:
        if (value := data.get(theirs_)) is not None:
            found[name] = int(value) if name == "port" else str(value)
    if winrm and found.get("auth") in PASSWORD:
        found |= {"password_from": "prompt"}  # a fleet file that names no source is none
    if not winrm and data.get("ssh_strict_host_key_checking") == "accept-new":
        found["host_keys"] = "accept_new"
    if (shell := data.get("_shell_executable")) in _SHELLS:
        found["shell"] = shell
    linux = data.get("os") == "linux"
    if linux and data.get("_sudo"):
        found["sudo"] = True
    address = data.get("psrp_hostname" if winrm else "ssh_hostname")
    reached: dict[str, Any] = {"os": "linux"} if linux else {}
    reached |= {"address": str(address)} if address and address != host.name else {}
    reached |= {"connection": found} if found else {}
    if not linux:
        reached["user"] = str(data.get("user") or "console")
    return reached


def keys(values: Mapping[str, Any]) -> Collection[str]:
    """Return the keys of a host's values that declare something of it, and do not only say how it is reached."""
    return values.keys() - {"os", "address", "connection", "user"}
