"""Docker Engine from Docker's own repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.request import urlopen

from pyinfra.api.operation import operation

from pyinfra_wsl.core.plan import Plan
from pyinfra_wsl.edge.converge import Commands, converge, filled, given, render
from pyinfra_wsl.resources.docker_engine.plan import Want, key_source, plan
from pyinfra_wsl.resources.docker_engine.repository import DOCKER, Key, Repository
from pyinfra_wsl.resources.docker_engine.resource import RESOURCE
from pyinfra_wsl.resources.docker_engine.state import State

__all__ = ["absent", "present"]

_LARGEST_KEY = 1 << 20


@operation()
def present(
    *,
    version: str | None = None,
    hold: bool | None = None,
    repository: str = DOCKER,
    channel: Literal["stable", "test"] = "stable",
    key: str | None = None,
    key_fingerprint: str = "",
    remove_conflicting: bool = False,
    daemon: Mapping[str, Any] | None = None,
    users: Sequence[str] = (),
    rootless: bool | None = None,
    apply: Literal["when_idle", "now"] = "when_idle",
) -> Commands:
    """Install Docker Engine, configure and start it.

    + version: version to which docker-ce and docker-ce-cli are set; whatever is installed, else the newest, unless given
    + hold: whether upgrades of the host leave the packages alone; a version that is given is held
    + repository: Docker's repository or a mirror of it
    + channel: ``stable`` or ``test``
    + key: file on this machine, or address, of the repository's key; the repository's own ``gpg`` unless given
    + key_fingerprint: the fingerprint that the key must have; Docker's unless given
    + remove_conflicting: consent to remove packages in the way of Docker's, and to put other sources of its repository out of use
    + daemon: keys of daemon.json, of each user's own with `rootless`; other keys stay, one that is None is taken out
    + users: members of the group docker, who thereby can become root; others stay members
    + rootless: a daemon without root for each of `users` instead, and no daemon of the system; False takes theirs away
    + apply: what ends containers happens only when none runs (``when_idle``), or at once (``now``)

    **Example:**

    .. code:: python

        docker_engine.present(name="Docker", version="28.5.1", daemon={"log-driver": "local"}, users=["ada"])
    """
    declared = given(
        version=version, hold=hold, repository=repository, channel=channel, key=key, key_fingerprint=key_fingerprint or None,
        remove_conflicting=remove_conflicting, daemon=filled(daemon), users=filled(users), rootless=rootless, apply=apply,
    )  # fmt: skip
    yield from converge(RESOURCE, {"docker_engine": declared}, _plan)


@operation()
def absent(
    *, users: Sequence[str] = (), apply: Literal["when_idle", "now"] = "when_idle", allow_data_loss: bool = False
) -> Commands:
    """Remove Docker Engine and its repository; images, containers and volumes stay.

    + users: users whose rootless daemons are removed too
    + apply: only when no container runs (``when_idle``), or at once (``now``)
    + allow_data_loss: consent to delete images, containers and volumes

    **Example:**

    .. code:: python

        docker_engine.absent(name="No Docker")
    """
    declared = given(users=filled(users), apply=apply, allow_data_loss=allow_data_loss)
    yield from converge(RESOURCE, {"docker_engine": {"state": "absent", **declared}}, _plan)


def _plan(want: Want, state: State) -> Plan:
    key = None if want.state == "absent" else repository_key(want.repository, state, want.key)
    return plan(want, state, key, render)


def repository_key(repository: Repository, state: State, declared: str | None) -> Key | None:
    """Fetch the repository's key; None where the host has the right one already.

    Args:
        repository: what is declared of it.
        state: the host as it is.
        declared: file on this machine, or address; the repository's own ``gpg`` where None.

    """
    source = key_source(repository, state, declared)
    if source is None:
        return None
    try:
        return Key(_fetched(source), source)
    except (OSError, ValueError) as error:
        return Key(b"", source, str(error))


@cache
def _fetched(source: str) -> bytes:
    """Read the key on this machine, once for a whole fleet: the hosts are given only what was compared."""
    if source.startswith(("https://", "http://")):
        with urlopen(source, timeout=20) as answer:  # noqa: S310 - the scheme is checked, and the fingerprint decides
            data: bytes = answer.read(_LARGEST_KEY)
            return data
    return Path(source.removeprefix("file://")).expanduser().read_bytes()
