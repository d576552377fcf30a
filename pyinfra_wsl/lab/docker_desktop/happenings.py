"""What goes wrong with Docker Desktop on a laptop, for tests and scenarios; where each was reported."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Happenings:
    """What shall happen; each is used up unless told otherwise.

    Args:
        installer_exit: the next installer does nothing and ends with this: 1618 while another installation runs.
        installer_does_nothing: the next installer ends with 0 and leaves nothing (mended in 4.83 and 4.86, release notes).
        installer_dies: the next installer is ended in the middle of its work.
        upgrade_forgets_integration: an upgrade resets the list of integrated distributions (docker/for-win #13904).
        upgrade_unregisters: an upgrade to less than 4.80 unregisters a distribution of others (release notes 4.80).
        shutdown_forgets_integration: the list is lost when Windows goes down (docker/for-win #13933, #13990).
        wedged: the backend does not end when it is told to (id 62829284569); stays so until its process is killed.
        comes_back_after: seconds after its end a person starts it again; None: nobody does.
        keeps_data_distro: docker-desktop-data outlives its merging (id 59105027963); stays so.
        toolbox_remover_exit: the next uninstaller of Docker Toolbox does nothing and ends with this: 0 as well.
        socketless: distributions in which the proxy makes no socket (desktop-feedback #423, for-win #14686); stays so.

    """

    installer_exit: int | None = None
    installer_does_nothing: bool = False
    installer_dies: bool = False
    upgrade_forgets_integration: bool = False
    upgrade_unregisters: bool = False
    shutdown_forgets_integration: bool = False
    wedged: bool = False
    comes_back_after: float | None = None
    keeps_data_distro: bool = False
    toolbox_remover_exit: int | None = None
    socketless: set[str] = field(default_factory=set)
