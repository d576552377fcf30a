"""Docker's repository on a host: the key, compared by its fingerprint before it is written, and the file that names it.

Docker documentation, "Install using the apt repository"; sources.list(5), DEB822-STYLE FORMAT. Docker's fingerprints are
those that its documentation printed for Debian and Ubuntu ("Docker Release (CE deb)") and for Fedora and RHEL.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from pyinfra_wsl.core.acts import Packages, Shell, write
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats.openpgp import fingerprints
from pyinfra_wsl.core.linux.host import ARCHITECTURES, same
from pyinfra_wsl.core.plan import Render, Step
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.resources.docker_engine import asking, listed
from pyinfra_wsl.resources.docker_engine.release import Release
from pyinfra_wsl.resources.docker_engine.state import APT_KEY, REPO_FILE, RPM_KEY, SOURCES_FILE, State

DOCKER = "https://download.docker.com/linux"

_FINGERPRINTS = {
    "apt": "9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
    "dnf": "060A61C51B558A7F742B77AAC52FEB6B621E9F35",
}


@dataclass(frozen=True, slots=True)
class Repository:
    """What is declared of the repository.

    Args:
        address: Docker's, or a mirror's.
        channel: ``stable`` or ``test``.
        fingerprint: of the one key that it may have; Docker's own where empty.

    """

    address: str = DOCKER
    channel: str = "stable"
    fingerprint: str = ""

    @classmethod
    def of(cls, declared: Values) -> Repository:
        """Read it from the declaration of a resource that takes packages from it."""
        address = declared.get("repository", DOCKER).rstrip("/")
        return cls(address, declared.get("channel", "stable"), declared.get("key_fingerprint", ""))

    def at(self, release: Release) -> str:
        """Return where it has what is for a distribution."""
        return f"{self.address}/{release.folder}"

    def wanted(self, state: State) -> str:
        """Return the fingerprint that the key must have on this host."""
        return self.fingerprint.replace(" ", "").upper() or _FINGERPRINTS[state.os.packages or "apt"]


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was fetched: its bytes, or why there are none; and from where."""

    data: bytes = b""
    source: str = ""
    problem: str = ""


def key_problem(repository: Repository, state: State, key: Key | None) -> Failure | None:
    """Compare the key; nothing is written unless it has the one wanted fingerprint and no other."""
    wanted = repository.wanted(state)
    if state.key == (wanted,):
        return None
    if key is None or key.problem:
        why = key.problem if key else "nobody fetched it"
        return Failure(
            f"no key for Docker's repository from {key.source if key else '?'}: {why}", "give docker_engine.key: a file", "key"
        )
    try:
        found = fingerprints(key.data)
    except ValueError as error:
        return Failure(
            f"the key from {key.source} cannot be read: {error}", "give the address or file of the repository's key", "key"
        )
    if found == (wanted,):
        return None
    return Failure(
        f"the key from {key.source} has the fingerprint {', '.join(found)}, not {wanted}; nothing was written",
        "ask the owner of the repository; declare key_fingerprint only after comparing it with theirs",
        "key",
    )


def needs(repository: Repository, state: State) -> Iterator[Step]:
    """Plan what a host needs before it can ask the repository."""
    if state.os.packages == "apt" and repository.address.startswith("https:") and "ca-certificates" not in state.packages:
        yield Step("install ca-certificates", (Packages("apt", ("ca-certificates",)),))


def ask(repository: Repository, release: Release, state: State) -> Shell:
    """Return a script that fails unless the repository answers the host."""
    if state.os.packages == "apt":
        return asking.apt(repository.at(release), release.suite)
    return asking.dnf(_dnf_address(repository, release), state.machine)


def changes(repository: Repository, release: Release, state: State, key: Key | None, render: Render) -> Iterator[Step]:
    """Plan key and file, and that nothing else names the repository."""
    place, file = (APT_KEY, SOURCES_FILE) if state.os.packages == "apt" else (RPM_KEY, REPO_FILE)
    if state.key != (repository.wanted(state),) and key is not None:
        yield Step(
            f"trust the key {repository.wanted(state)[-16:]} for Docker's packages alone", (_write_key(place, key.data),), place
        )
    yield from listed.changes(state, repository.at(release))  # before ours is there: apt does nothing with two keys for one
    text = _text(repository, release, state, place, render)
    if not same(state.sources, text):
        yield Step(f"use Docker's repository {repository.at(release)}", (listed.replaced(file, text, state.beside),), file)


def forget(state: State) -> Step:
    """Return the step that takes key and file away; what others have put into the file stays."""
    file = REPO_FILE if state.os.packages == "dnf" else SOURCES_FILE
    edit = (listed.replaced(file, "", state.beside),) if state.beside else ()
    gone = " ".join(one for one in (SOURCES_FILE, APT_KEY, REPO_FILE, RPM_KEY) if not (edit and one == file))
    return Step("forget Docker's repository and its key", (*edit, Shell(f"rm -f {gone}")))


def _write_key(place: str, data: bytes) -> Shell:
    # A key that is not armored is no text; Signed-By reads armor from files that end in .asc.
    if data.startswith(b"-----BEGIN"):
        return write(place, data.decode("ascii", "replace"))
    return write(place, _armored(data))


def _armored(data: bytes) -> str:
    text = base64.b64encode(data).decode()
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{lines}\n-----END PGP PUBLIC KEY BLOCK-----\n"


def _text(repository: Repository, release: Release, state: State, key: str, render: Render) -> str:
    if state.os.packages == "dnf":
        uri = _dnf_address(repository, release)
        return render("docker_engine.repo.j2", uri=uri, channel=repository.channel, key=key)
    architecture = state.origin.architecture or ARCHITECTURES.get(state.machine, state.machine)
    return render(
        "docker_engine.sources.j2",
        uri=repository.at(release),
        suite=release.suite,
        channel=repository.channel,
        architecture=architecture,
        key=key,
    )


def _dnf_address(repository: Repository, release: Release) -> str:
    """Return the address with the release in it: ``$releasever`` is 9.6 where a host is held at a minor release."""
    return f"{repository.at(release)}/{release.suite}/$basearch/{repository.channel}"
