"""The folder that is published: what lies in it where, so that any web server, share or synchronised folder will do.

``latest`` is the manifest with its signatures, the one file that laptops ask for each time. ``trust/1``, ``trust/2``, … are the
versions of the trust; ``slices/…`` hold a laptop's slice each, below a folder for each state; ``images/SHA256/name`` are files.
"""

from __future__ import annotations

from pathlib import Path

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.form import manifest, trust
from pyinfra_wsl.pull.form.manifest import Manifest
from pyinfra_wsl.pull.form.refused import RefusedError
from pyinfra_wsl.pull.form.signed import LARGEST, Signed, Signers
from pyinfra_wsl.pull.form.trust import Trust

_NONE = "run 'pyinfra-wsl trust init FOLDER --fleet NAME …' once"


def chain(folder: Path) -> list[Signed]:
    """Return all versions of the trust that are published, from the first on; raises StepError where one cannot be read."""
    found: list[Signed] = []
    try:
        while (data := files.read(folder / trust.path(len(found) + 1), LARGEST)) is not None:
            found.append(Signed.read(data))
    except OSError as error:
        raise StepError(f"{folder}: the trust cannot be read: {error.strerror}", "look at the folder", "trust") from None
    return found


def newest_trust(folder: Path) -> Trust:
    """Return the trust that is published; raises StepError where there is none, or it does not hold together."""
    found = chain(folder)
    if not found:
        raise StepError(f"{folder} has no trust", _NONE, "trust")
    return trust.follow(trust.first(found[0]), found[1:])


def newest(folder: Path, trusted: Trust) -> tuple[Manifest, Signed] | None:
    """Return what is published; None where nothing is.

    Args:
        folder: what is published.
        trusted: by whom; the time of a key does not count for what was signed before.

    Raises:
        StepError: what stands there is not signed by these, or cannot be read.

    """
    try:
        data = files.read(folder / manifest.LATEST, LARGEST)
    except OSError as error:
        raise StepError(f"{folder / manifest.LATEST} cannot be read: {error.strerror}", "look at the folder") from None
    if data is None:
        return None
    signed = Signed.read(data)
    found = Manifest.parse(signed.body)
    if found.fleet != trusted.fleet:
        raise StepError(f"{folder} is of the fleet {found.fleet}, not {trusted.fleet}", "name another folder", "fleet")
    try:
        Signers.of(signed, manifest.NAMESPACE).need({*trusted.signing, *_former(folder)}, 1)
    except RefusedError as error:
        raise StepError(f"{folder / manifest.LATEST}: {error.cause}", "find out who has written it", error.code) from None
    return found, signed


def _former(folder: Path) -> set[str]:
    """Return all keys that ever signed: what they published is no forgery, though it may be over."""
    return {key for one in chain(folder) for key in Trust.parse(one.body).signing}
