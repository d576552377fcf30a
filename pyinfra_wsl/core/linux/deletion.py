"""The end of images, containers and volumes: of what lies in Docker's folders, and of nothing that is only shown there.

A volume may be a folder of elsewhere, or a share, that is mounted below (Docker documentation, "docker volume create"). Below
folders of btrfs lie subvolumes, which rm(1) takes for other file systems: so mounts are asked for by name, and before.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from pyinfra_wsl.core.acts import Shell, refuse
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Step

# proc(5), mountinfo: the place of a mount is its fifth word, without links, and with a space as \040.
_DELETED = r"""for d in @FOLDERS@; do
  [ ! -L "$d" ] || { @LINK@; }
  m=$(B="$(readlink -m "$d" | sed 's/ /\\040/g')/" awk 'index($5, ENVIRON["B"]) == 1 { print $5; exit }' /proc/self/mountinfo)
  [ -z "$m" ] || { @MOUNTED@; }
done
for d in @FOLDERS@; do
  if mountpoint -q "$d"; then @AS@ find "$d" -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} +
  else @AS@ rm -rf "$d"; fi || { @KEPT@; }
done"""
_REMEDY = "see that nothing holds it any more (findmnt, fuser), or restart the host, then run again"

FULL = r"""full() { if mountpoint -q "$1"; then find "$1" -mindepth 1 -maxdepth 1 ! -name lost+found 2>/dev/null | grep -q .
  else [ -d "$1" ]; fi; }
"""
"""``full FOLDER``, for a look: whether there is anything to delete; a disk of its own stays, and so does its place."""


def refusals(data: Sequence[str]) -> Iterator[Failure]:
    """Say which folders are links: what they lead to may be others' too, and without them it would only be out of sight.

    Args:
        data: folders, each with the place to which it leads behind a space, where it is a link.

    """
    for one in data:
        folder, _, target = one.partition(" ")
        if target:
            yield linked(folder, target)


def linked(folder: str, target: str) -> Failure:
    """Return why nothing is deleted of a folder that is a link.

    Args:
        folder: the link.
        target: where it leads.

    """
    cause = f"{folder} is a link to {target}: what lies there is not deleted through a link"
    return Failure(cause, f"delete {target} and the link yourself, or take allow_data_loss back, then run again", "data_link")


def deleted(folders: Sequence[str], remedy: str = _REMEDY, using: str = "") -> Shell:
    """Return what deletes folders, or nothing of them: of one that is a disk of its own goes what lies in it.

    Args:
        folders: absolute paths.
        remedy: what to do where one of them cannot be deleted.
        using: words before the commands that delete, as the shell reads them.

    """
    words = {
        "FOLDERS": " ".join(map(shlex.quote, folders)),
        "LINK": refuse("link", '$d is a link to $(readlink -m "$d")'),
        "MOUNTED": refuse("mounted", "$m"),
        "KEPT": refuse("kept", "$d"),
        "AS": using,
    }
    line = _DELETED
    for name, word in words.items():
        line = line.replace(f"@{name}@", word)
    mounted = "{said} is still mounted: what it shows is not Docker's to delete; none of its data was deleted"
    means = {
        "link": Failure(
            "{said}: what lies there is not deleted through a link", "delete it yourself, then run again", "data_link"
        ),
        "mounted": Failure(mounted, "unmount it, or restart the host, then run again", "mounted"),
        "kept": Failure("{said} could not be deleted", remedy, "kept"),
    }
    return Shell(line, means)


def deletion(data: Sequence[str]) -> Step:
    """Return the step that deletes the folders of the system's daemon.

    Args:
        data: folders, each with the place to which it leads behind a space, where it is a link.

    """
    return Step(f"delete {', '.join(data)}: images, containers and volumes", (deleted(data),))
