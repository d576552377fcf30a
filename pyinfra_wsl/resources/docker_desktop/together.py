"""What `docker_integration` declares, brought about by the restart that Docker Desktop's own settings need: one restart for both.

What is declared for the whole host is in the laptop's outlook; an operation that is called for itself declares nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.core.formats.docker_settings import Generation
from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_integration.proving import silent

_PAUSES = (0.5, 1.0, 2.0, 3.0, *[6.0] * 9)
"""Seconds between looks: one minute together."""


@dataclass(frozen=True, slots=True)
class Together:
    """The integration that goes with other settings.

    Args:
        wanted: whether each distribution is integrated, under its registered name.
        default: whether the default distribution is; None leaves that alone.
        words: the changes of the file, in words; none where it is as declared already.
        inside: the distributions in which an engine has to answer after a restart, before anybody asks there.

    """

    wanted: Mapping[str, bool] = field(default_factory=dict)
    default: bool | None = None
    words: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the settings are changed for it."""
        return bool(self.words)

    def merge(self, data: bytes | None, generation: Generation) -> bytes:
        """Return the settings with it; raises `DamagedSettingsError`."""
        parsed = docker_settings.parse(data)
        found = docker_settings.integration(parsed, generation, self.wanted, self.default)
        return docker_settings.merge(data, found, generation)

    def after(self, parsed: docker_settings.Settings, generation: Generation) -> docker_settings.Settings:
        """Return settings as they would be with it."""
        found = docker_settings.integration(parsed, generation, self.wanted, self.default)
        return docker_settings.Settings(docker_settings.merged(parsed, found, generation))

    def settle(self, run: Run, app: App) -> Talk[None]:
        """Wait until an engine answers inside; one that stays silent is judged by `docker_integration`, which comes next."""
        yield from silent(run, app, self.inside, _PAUSES)
