"""Which declarations of a machine a declared policy of WSL makes dead: they could be written, and would never count.

What each policy does: `resources/wsl_policy/state.py`. A policy that nobody declared is seen on the laptop by a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyinfra_wsl.core.formats.ini import check as ini
from pyinfra_wsl.core.formats.ini.files import WSLCONFIG
from pyinfra_wsl.core.problem import Path
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows.outlook import version_of
from pyinfra_wsl.fleet.contradiction import Contradiction
from pyinfra_wsl.resources.wsl_policy import state as policy
from pyinfra_wsl.resources.wslconfig import notes

_DISTROS = "wsl_distros"


def dead(values: Values) -> Iterator[Contradiction]:
    """Yield each declared value that a declared policy makes dead.

    Args:
        values: after inheritance, by the keys of the fleet file; their form is right.

    """
    numbers = policy.numbers(values.get(policy.NAME) or {})
    if numbers.get(policy.ALLOW_WSL) == 0:
        yield from (_of(path, policy.ALLOW_WSL, what) for path, what in _needs_wsl(values))
    if numbers.get(policy.ALLOW_WSL1) == 0:
        yield from (_of(path, policy.ALLOW_WSL1, what) for path, what in _needs_wsl_1(values))
    if numbers.get(policy.ALLOW_CONTAINER) == 0 and values[policy.NAME].get(policy.REGISTRIES):
        path: Path = (policy.NAME, policy.REGISTRIES)
        yield _of(path, policy.ALLOW_CONTAINER, "no image is taken from anywhere")
    if numbers.get(policy.ALLOW_CONTAINER) == 0 and values.get("wslc"):
        yield _of(("wslc",), policy.ALLOW_CONTAINER, "containers are set up")
    yield from _ignored(values.get("wslconfig") or {}, numbers)


def _of(path: Path, name: str, what: str) -> Contradiction:
    why = f"{what}, and with that policy {policy.EFFECTS[name]}"
    return Contradiction(path, (policy.NAME, name), why, f"write {name}: null, or take {path[-1]} out of the declaration")


def _needs_wsl(values: Values) -> Iterator[tuple[Path, str]]:
    for name, distro in (values.get(_DISTROS) or {}).items():
        what = "its removal is work with it" if distro.get("state") == "absent" else f"{name} is a distribution"
        yield (_DISTROS, name), what
    package = values.get("wsl") or {}
    yield from ((("wsl", name), "WSL is to be used") for name in ("package", "default_version") if name in package)
    if (values.get("docker_integration") or {}).get("default_distro"):
        yield ("docker_integration", "default_distro"), "Docker Desktop integrates distributions"
    desktop = values.get("docker_desktop", {"state": "absent"})
    if desktop.get("state") != "absent" and desktop.get("backend", "wsl-2") == "wsl-2":
        yield ("docker_desktop", "backend") if "backend" in desktop else ("docker_desktop",), "its engine runs in a distribution"


def _needs_wsl_1(values: Values) -> Iterator[tuple[Path, str]]:
    for name, distro in (values.get(_DISTROS) or {}).items():
        if distro.get("state") != "absent" and {"version", "source"} & distro.keys() and version_of(values, distro) == 1:
            yield (_DISTROS, name, *(("version",) if "version" in distro else ())), f"{name} is a WSL 1 distribution"
    if (values.get("wsl") or {}).get("default_version") == 1:
        yield ("wsl", "default_version"), "new distributions are to be WSL 1"


def _ignored(declared: Values, numbers: Mapping[str, int | None]) -> Iterator[Contradiction]:
    wanted = ini.want(declared, WSLCONFIG).values if numbers else {}
    for section, name, _value in ini.keys(declared) if numbers else ():
        key = WSLCONFIG.table.find(f"{section}.{name}")
        if key is not None and key.slot in wanted and notes.takes_back(key.slot, wanted[key.slot], wanted, numbers):
            yield _of(("wslconfig", section, name), key.policy, f"{key.name} would be written")
