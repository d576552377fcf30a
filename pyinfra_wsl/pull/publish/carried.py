"""What becomes of laptops that are not published anew: their last slice is carried over, or it is said that they are left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pyinfra_wsl import sources
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.form import manifest, tree
from pyinfra_wsl.pull.form import slice as slices
from pyinfra_wsl.pull.form.manifest import NAMES, SLICE_LARGEST, Manifest
from pyinfra_wsl.pull.form.refused import CUT, RefusedError
from pyinfra_wsl.pull.form.signed import Signed, Signers
from pyinfra_wsl.pull.form.trust import Trust

_SHOWN = 3
_STAY = "Where they pull, they stay as they are, and say no_bundle"
_AGAIN = "publish all of them: the same without --host"


def over(folder: Path, before: tuple[Manifest, Signed] | None, trusted: Trust, hosts: Iterable[str]) -> dict[str, bytes]:
    """Return the last published slices of some laptops, by their names; who has none by the signed list is not among them.

    A slice that is only not there, as in a folder that was copied by half, leaves nobody out: that would be signed as the truth.

    Args:
        folder: what is published.
        before: what is published there now; None where nothing is.
        trusted: by whom; what a revoked key has signed is not signed again by another.
        hosts: whose.

    Raises:
        StepError: they cannot be believed any more.

    """
    if before is None:
        return {}
    made, signed = before
    try:
        Signers.of(signed, manifest.NAMESPACE).need(trusted.signing, trusted.threshold, revoked=trusted.revoked)
    except RefusedError as error:
        raise StepError(f"what is published cannot be carried over: {error.cause}", _AGAIN, error.code) from None
    found, listed = {}, files.read(folder / made.names_path, made.names_size) or b""
    for host in hosts:
        try:
            data = files.read(folder / made.slice_path(host), 2 * SLICE_LARGEST)
            if data is not None:
                found[host] = _whole(folder, slices.read(data, made, host)).body
            elif not made.leaves_out(host, listed):
                raise RefusedError("it is not there, or too large", _AGAIN, CUT)
        except RefusedError as error:
            raise StepError(f"the published slice of {host} cannot be carried over: {error.cause}", _AGAIN, error.code) from None
    return found


def _whole(folder: Path, found: slices.Slice) -> slices.Slice:
    """Return a slice whose files are all published still; raises RefusedError."""
    for _path, holder, key in sources.named(found.data):
        name = holder[key].removeprefix(slices.IMAGE)
        if name != holder[key] and not (folder / name).is_file():
            raise RefusedError(f"its file {name} is not there", _AGAIN, CUT)
    return found


def said(folder: Path, before: Manifest | None, fleet: str, bodies: Mapping[str, bytes], every: Collection[str]) -> list[str]:
    """Return who is left out of what is published now, a sentence each.

    Args:
        folder: what is published.
        before: what is published there until now; None where nothing is.
        fleet: the fleet's name.
        bodies: the slices that are published now, by their laptops.
        every: all laptops of the fleet file.

    """
    found = []
    if left := [host for host in every if host not in bodies]:
        more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
        found.append(f"left out: {', '.join(left[:_SHOWN])}{more}. {_STAY}")
    known = {tree.name_of(fleet, host) for host in every}
    if before is not None and (there := folder / before.folder).is_dir():
        gone = sum(one.name != NAMES and one.name not in known for one in there.iterdir() if not one.name.startswith("."))
        if gone:
            words = "laptop that was published is" if gone == 1 else "laptops that were published are"
            found.append(f"{gone} {words} not in the fleet file any more. {_STAY}")
    return found
