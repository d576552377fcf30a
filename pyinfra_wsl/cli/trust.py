"""``pyinfra-wsl trust``: whose signatures laptops believe that come by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.pull.form import sshsig
from pyinfra_wsl.pull.form.trust import Trust
from pyinfra_wsl.pull.publish import keys, place, trusting
from pyinfra_wsl.pull.publish.trusting import Change

_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
_ROOT = click.option("--root", "roots", metavar="KEY", multiple=True, required=True, type=click.Path(path_type=Path),
                     help="A root key that signs; may be repeated.")  # fmt: skip
_DAYS = click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long new keys sign.")


@click.group()
def trust() -> None:
    """Whose signatures laptops believe: root keys, kept offline, say which keys sign bundles.

    \b
    Once, and once a year:
      pyinfra-wsl trust init public --fleet corp --root root-a --root root-b --signing fleet-key
      pyinfra-wsl trust rotate public --root root-a --signing next-key
    """


@trust.command()
@_FOLDER
@click.option("--fleet", metavar="NAME", required=True, help="The fleet's name, which laptops compare.")
@_ROOT
@click.option("--signing", metavar="KEY", multiple=True, required=True, type=click.Path(path_type=Path),
              help="A key that signs bundles; may be repeated.")  # fmt: skip
@_DAYS
@click.option("--root-threshold", type=click.IntRange(1), default=1, show_default=True, help="Root keys that a change needs.")
@click.option("--threshold", type=click.IntRange(1), default=1, show_default=True, help="Signatures that a bundle needs.")
def init(folder: Path, fleet: str, roots: Sequence[Path], signing: Sequence[Path], days: int, **thresholds: int) -> None:
    """Make the first trust in FOLDER, which is published; enroll brings it to the laptops.

    \b
    Example:
      pyinfra-wsl trust init public --fleet corp --root root-key --signing fleet-key
    """
    both = thresholds["root_threshold"], thresholds["threshold"]
    _tell(trusting.begin(folder, fleet, roots, signing, days=days, thresholds=both))


@trust.command()
@_FOLDER
@_ROOT
@click.option("--signing", metavar="KEY", multiple=True, type=click.Path(path_type=Path), help="A key that signs from now on.")
@click.option("--drop", metavar="SHA256:…", multiple=True, help="A signing key that is left out from now on.")
@click.option("--new-root", "new_roots", metavar="KEY", multiple=True, type=click.Path(path_type=Path),
              help="The root keys from now on; those that need to sign are given with --root too.")  # fmt: skip
@_DAYS
@click.option("--root-threshold", type=click.IntRange(1), help="Root keys that a change needs from now on.")
@click.option("--threshold", type=click.IntRange(1), help="Signatures that a bundle needs from now on.")
def rotate(folder: Path, roots: Sequence[Path], signing: Sequence[Path], **asked: Any) -> None:
    """Make the next trust: other keys sign, or have more time. Laptops follow it by themselves.

    \b
    Examples:
      pyinfra-wsl trust rotate public --root root-key --signing next-key
      pyinfra-wsl trust rotate public --root old-root --root new-root --new-root new-root
    """
    change = Change(
        [keys.public(one) for one in signing], asked["days"], asked["drop"],
        roots=[keys.public(one) for one in asked["new_roots"]],
        root_threshold=asked["root_threshold"], threshold=asked["threshold"],
    )  # fmt: skip
    _tell(trusting.go_on(folder, change, roots))


@trust.command()
@_FOLDER
@click.argument("fingerprints", metavar="SHA256:…", nargs=-1, required=True)
@_ROOT
@click.option("--signing", metavar="KEY", multiple=True, type=click.Path(path_type=Path), help="The key that signs instead.")
@click.option("--new-epoch", is_flag=True, help="Count serials anew: whoever had the key may have signed a high one.")
@_DAYS
def revoke(folder: Path, fingerprints: Sequence[str], roots: Sequence[Path], signing: Sequence[Path], **asked: Any) -> None:
    """Revoke signing keys: whatever they signed, and whenever, counts no more.

    \b
    Example:
      pyinfra-wsl trust revoke public SHA256:… --root root-key --signing new-key --new-epoch
    """
    new = [keys.public(one) for one in signing]
    change = Change(new, asked["days"], fingerprints, revoke=True, new_epoch=asked["new_epoch"])
    _tell(trusting.go_on(folder, change, roots))
    click.echo("Next: publish a bundle, signed by a key that counts: with it laptops come to know of this")


@trust.command()
@_FOLDER
def show(folder: Path) -> None:
    """Show the trust that is published in FOLDER.

    \b
    Example:
      pyinfra-wsl trust show public
    """
    _tell(place.newest_trust(folder))


def _tell(found: Trust) -> None:
    click.echo(f"{found.fleet}: trust {found.version}, epoch {found.epoch}")
    click.echo(f"root keys, {found.root_threshold} of them together: {', '.join(map(sshsig.fingerprint, found.roots))}")
    for key, until in found.signing.items():
        click.echo(f"signs: {sshsig.fingerprint(key)} until {until:%Y-%m-%d}")
    for one in sorted(found.revoked):
        click.echo(f"revoked: {escape(one)}")
