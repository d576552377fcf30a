"""Debian's own Docker Engine, taken out of its packages: nothing of it is changed, and nothing else is fetched."""

import gzip
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hosts.place import recipe, store
from hosts.trees import MIRROR, building

PACKAGES = ["docker.io", "rootlesskit"]
EXTRA = {"trixie": ["docker-cli"]}  # a package of its own since Debian 13
PLACES = ["usr/bin", "usr/sbin", "usr/share/docker.io/contrib"]


@dataclass(frozen=True)
class Engine:
    """The programs of a suite's engine, and dockerd's version."""

    folder: Path
    version: str

    def files(self, *names: str) -> dict[str, Path]:
        """Return where Docker's packages have each program, and where it lies here."""
        found = {name: [self.folder / place / name for place in PLACES] for name in names}
        return {f"usr/bin/{name}": next(path for path in paths if path.exists()).resolve() for name, paths in found.items()}

    def unit(self, name: str) -> str:
        """Return Debian's own unit, with dockerd where Docker's packages have it."""
        paths = [self.folder / place / "systemd/system" / name for place in ("lib", "usr/lib")]
        return next(path for path in paths if path.exists()).read_text().replace("/usr/sbin/dockerd", "/usr/bin/dockerd")


def engine(suite: str) -> Engine:
    """Return the engine of a Debian suite, fetched when it is not here yet."""
    names = [*PACKAGES, *EXTRA.get(suite, [])]
    path = store() / f"engine-{suite}-{recipe([suite, MIRROR, *names])}"
    with building(path):
        if not path.exists():
            _fetch(suite, names, path)
    with gzip.open(path / "usr/share/doc/docker.io/changelog.Debian.gz", "rt") as changes:
        newest = changes.readline()
    found = re.search(r"\((\d+(?:\.\d+)+)", newest)
    assert found, newest
    return Engine(path, found[1])


def _fetch(suite: str, names: list[str], path: Path) -> None:
    partial, log = path.with_name(f"{path.name}.partial"), path.with_name(f"{path.name}.log")
    shutil.rmtree(partial, ignore_errors=True)
    command = ["mmdebstrap", "--variant=extract", f"--include={','.join(names)}", suite, partial, MIRROR]
    with log.open("wb") as output:
        fetched = subprocess.run(command, stdout=output, stderr=output, check=False)
    if fetched.returncode:
        raise RuntimeError(f"Docker Engine of Debian {suite} could not be fetched; mmdebstrap's own words are in {log}")
    partial.rename(path)
