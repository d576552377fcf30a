"""What is declared for a host, role by role, in the order of ``deploy.py``: what a look needs where no deploy file is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

from pyinfra.context import host

from pyinfra_wsl import registry
from pyinfra_wsl.connectors.command import fail
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.edge import everybody
from pyinfra_wsl.registry import AnyResource

ORDER = {
    "linux": ("kvm_host", "docker_engine", "docker_desktop_linux"),
    "windows": (
        "windows_features",
        "wsl_policies",
        "wsl",
        "reboot",
        "wsl_distros",
        "docker_toolbox",
        "docker_desktop",
        "docker_integration",
    ),
}
"""The roles by system."""


def ours() -> None:
    """Apply all roles of this project to the host of the moment."""
    for name in ORDER["linux" if host.data.get("os") == "linux" else "windows"]:
        import_module(f"pyinfra_wsl.roles.{name}").apply()


def whole() -> None:
    """Apply all roles to the host of the moment; what is declared of other distributions' resources is said to be not known."""
    ours()
    for one in foreign():
        cause = f"{one.key} is declared, and the operations of {one.words} are called by your deploy file only"
        fail(host, one.name, (Failure(cause, "look again with --deploy and that file", "foreign"),))


def foreign() -> Iterator[AnyResource]:
    """Yield other distributions' resources that are declared for the host of the moment; what is noted then is of the host."""
    everybody.begin(None)  # the last of the roles may have been a person's
    for one in registry.found():
        if registry.is_foreign(one) and one.key and host.data.get(one.key) is not None:
            yield one


def of_files(paths: Sequence[Path]) -> Callable[[], None]:
    """Return what calls deploy files for the host of the moment, as pyinfra's command line does.

    Args:
        paths: the files, in their order.

    """

    def work() -> None:
        from pyinfra_cli.util import exec_file  # noqa: PLC0415 - as in `testing.inventory.begun`

        for path in paths:
            exec_file(str(path))

    return work
