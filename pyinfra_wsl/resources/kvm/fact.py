"""KVM of a Linux host as a fact, and what of it other people ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyinfra.api.facts import FactBase, ShortFactBase
from typing_extensions import override

from pyinfra_wsl.connectors.command import LookShell
from pyinfra_wsl.core.linux.host import names
from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.edge import guard
from pyinfra_wsl.resources.kvm.state import read, script


class Kvm(FactBase[dict[str, Any] | None]):
    """Return everything that decides on KVM, by one command; the fields are those of `pyinfra_wsl.resources.kvm.state.State`.

    + users: users whose groups are asked for too

    .. code:: python

        {"vendor": "AuthenticAMD", "extension": "svm", "loaded": ["kvm", "kvm_amd"], "nested": True, …}
    """

    @override
    def command(self, users: Sequence[str] = ()) -> LookShell:
        """Return the look."""
        return LookShell(script(names(users)))

    @override
    def process(self, output: list[str]) -> dict[str, Any]:
        """Read it."""
        found: dict[str, Any] = guard.read(lambda text: plain(read(text)), output)
        return found


class KvmChecks(ShortFactBase[list[dict[str, str]]]):
    """Return what ``virt-host-validate`` and ``kvm-ok`` find, each with its remedy; empty where neither is installed."""

    fact = Kvm

    @override
    def process_data(self, data: dict[str, Any] | None) -> list[dict[str, str]]:
        """Take it out of the look."""
        return list((data or {}).get("checks", ()))
