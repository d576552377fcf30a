"""Debian root trees for containers: built once by mmdebstrap, never written to afterwards.

mmdebstrap rather than debootstrap: the same tree in 17 s instead of 44 s (bookworm, two cores).
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hosts.place import key, recipe, store

MIRROR = "http://deb.debian.org/debian"
RELEASES = {"bullseye": "11", "bookworm": "12", "trixie": "13"}
PACKAGES = [
    "systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "udev", "kmod", "procps", "iproute2",
    "openssh-server", "sudo", "ca-certificates", "gpg", "python3",
]  # fmt: skip
HERE = Path(__file__).resolve().parent


def tree(suite: str) -> Path:
    """The root tree of a Debian suite, built when there is none of the present recipe."""
    made_from = [suite, MIRROR, *PACKAGES, (HERE / "furnish.sh").read_text(), key().with_suffix(".pub").read_text()]
    path = store() / f"{suite}-{recipe(made_from)}"
    with building(path):
        if not path.exists():
            _build(suite, path)
    return path


def _build(suite: str, path: Path) -> None:
    partial = path.with_name(f"{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    log = path.with_name(f"{path.name}.log")
    command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", "--skip=cleanup/apt/lists",
               f"--customize-hook={HERE / 'furnish.sh'} \"$1\"", suite, partial, MIRROR]  # fmt: skip
    with log.open("wb") as output:
        built = subprocess.run(command, stdout=output, stderr=output, env=os.environ | {"LOGIN_KEY": f"{key()}.pub"}, check=False)
    if built.returncode:
        raise RuntimeError(f"no root tree of Debian {suite}; mmdebstrap's own words are in {log}")
    partial.rename(path)


@contextmanager
def building(path: Path) -> Iterator[None]:
    """One build of a path at a time, also between test processes."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
