"""Since which release of its package WSL can do what we ask of it; the WSL that is part of Windows can do none of this.

Source is public from 2.5.9 on (microsoft/WSL); what came before is believed from what its documentation says of versions.
"""

from __future__ import annotations

from pyinfra_wsl.core.formats import version

MANAGE = "2.4.4"
"""The package from which ``wsl --manage`` is relied on for moving and for the default user."""

FORMATS = "2.4.4"
"""The package from which ``wsl --export`` is relied on for ``--format``: any suffix but ``.tar``."""

KEEPS_NAMES = "2.7.0"
"""The package from which a disk is imported and moved under its file's name, and ``.vhd`` too (LxssUserSession.cpp)."""


def can(package: str | None, since: str) -> bool:
    """Whether a package is of a release or later.

    Args:
        package: the installed version; None for none, or for one that is not known. What is no version can nothing.
        since: one of the releases above.

    """
    have = version.known(package)
    return have is not None and have >= version.parse(since)
