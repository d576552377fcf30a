"""What is declared of Docker Desktop: ``docker_desktop`` of the fleet file, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.resources.docker_desktop.places import Engine, Kind, Scope
from pyinfra_wsl.resources.wsl.package import Versions

Backend = Literal["wsl-2", "hyper-v", "windows"]
Policy = Literal["now", "when_idle", "next_start"]

ENGINE_SETTINGS: Mapping[str, Mapping[str, bool]] = {
    "wsl-2": {"UseWindowsContainers": False, "WslEngineEnabled": True},
    "hyper-v": {"UseWindowsContainers": False, "WslEngineEnabled": False},
    "windows": {"UseWindowsContainers": True},
}
"""The settings that make each backend the active one."""


@dataclass(frozen=True, slots=True)
class Package:
    r"""The installer and what it is to bring.

    Args:
        installer: an ``.exe`` or ``.msi``: a file of the control machine, an ``https://`` address or ``\\server\share\path``.
        sha256: the installer's.
        minimum: the oldest version that is left alone; empty for any.
        version: exactly that one; empty for any.
        scope: for whom; None leaves that as it is, and installs for all users what is not there.
        change_scope: consent to take the installation of the other scope away first; its data stay.
        change_installer: consent to take an installation by the EXE away before an MSI is installed; its data stay.
        allow_wsl_shutdown: consent to an upgrade before 4.80, which stops WSL and may unregister other distributions.
        options: flags of the installer by their documented names without the dashes.

    """

    installer: str = ""
    sha256: str = ""
    minimum: str = ""
    version: str = ""
    scope: Scope | None = None
    change_scope: bool = False
    change_installer: bool = False
    allow_wsl_shutdown: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def versions(self) -> Versions:
        """Which versions are as declared."""
        return Versions(self.minimum, self.version)

    @property
    def kind(self) -> Kind:
        """Which kind of installer it is."""
        return "msi" if self.msi else "exe"

    @property
    def msi(self) -> bool:
        """Whether the installer is one of Windows Installer."""
        return self.installer.partition("?")[0].lower().endswith(".msi")


@dataclass(frozen=True, slots=True)
class Licence:
    """A recorded consent to the Docker Subscription Service Agreement: whose, and of which day."""

    by: str
    date: str


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared.

    Args:
        package: what is to be installed; None leaves that alone.
        backend: what runs containers; None leaves that alone.
        allow_unreachable: consent to a change of backend, after which images and volumes of the other one cannot be reached.
        licence: the consent by which the agreement is accepted for the user; None for none.
        settings: keys of the settings file by their documented names.
        daemons: what either engine's configuration says.
        admin_settings: what ``admin-settings.json`` says.
        orgs: the organisations of which one must be signed in to; None leaves that alone.
        policy: when a running Docker Desktop may be stopped for it.
        allow_data_loss: consent that a removal deletes images, containers and volumes.
        start: whether it is to run in its user's session.
        removed: whether it is not to be there.

    """

    package: Package | None = None
    backend: Backend | None = None
    allow_unreachable: bool = False
    licence: Licence | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    daemons: Mapping[Engine, Mapping[str, Any]] = field(default_factory=dict)
    admin_settings: Mapping[str, Any] = field(default_factory=dict)
    orgs: tuple[str, ...] | None = None
    policy: Policy = "when_idle"
    allow_data_loss: bool = False
    start: bool = False
    removed: bool = False

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``docker_desktop`` of a host."""
        declared: Mapping[str, Any] = values.get("docker_desktop", {})
        package, licence, orgs = declared.get("package"), declared.get("accept_license"), declared.get("allowed_orgs")
        return cls(
            package=None if package is None else Package(**package),
            backend=declared.get("backend"),
            allow_unreachable=bool(declared.get("allow_unreachable")),
            licence=None if licence is None else Licence(**licence),
            settings=declared.get("settings", {}),
            daemons=declared.get("daemon", {}),
            admin_settings=declared.get("admin_settings", {}),
            orgs=None if orgs is None else tuple(orgs),
            policy=declared.get("apply", "when_idle"),
            allow_data_loss=bool(declared.get("allow_data_loss")),
            start=bool(declared.get("start")),
            removed=declared.get("state") == "absent",
        )

    @property
    def engine_settings(self) -> Mapping[str, bool]:
        """The settings that make the declared backend the active one."""
        return ENGINE_SETTINGS[self.backend] if self.backend else {}
