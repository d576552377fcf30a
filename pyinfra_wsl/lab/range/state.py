"""The lab's state folder: who serves, at which ports, with which keys."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOCKET_LIMIT = 100
"""Bytes that the path of a unix socket may have, a little less than Linux' 108 (unix(7))."""


@dataclass(frozen=True, slots=True)
class State:
    """The files of one lab, below one folder."""

    folder: Path

    @property
    def summary(self) -> Path:
        """``lab.json``: what clients need to know; there only while the lab is up."""
        return self.folder / "lab.json"

    @property
    def order(self) -> Path:
        """``order.json``: which laptops shall be served."""
        return self.folder / "order.json"

    @property
    def log(self) -> Path:
        """``log``: what went wrong in the lab itself."""
        return self.folder / "log"

    @property
    def key(self) -> Path:
        """``id_ed25519``: the key with which one signs in."""
        return self.folder / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """``known_hosts``: the laptops' own keys, as OpenSSH has them."""
        return self.folder / "known_hosts"

    @property
    def authority(self) -> Path:
        """``ca.pem``: what signs the laptops' certificates for WinRM."""
        return self.folder / "ca.pem"

    @property
    def client_certificate(self) -> Path:
        """``client.pem``: a certificate with its key, with which one signs in over WinRM where a laptop takes one."""
        return self.folder / "client.pem"

    @property
    def socket(self) -> Path:
        """The unix socket of the daemon; elsewhere if the folder's path is too long for one."""
        near = self.folder.resolve() / "control"
        if len(os.fsencode(near)) <= SOCKET_LIMIT:
            return near
        digest = hashlib.sha256(os.fsencode(near)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"pyinfra-wsl-lab-{digest}"

    def read(self) -> dict[str, Any] | None:
        """Return what ``lab.json`` says, None where no lab runs."""
        try:
            found: dict[str, Any] = json.loads(self.summary.read_text())
            os.kill(int(found["pid"]), 0)
        except (OSError, ValueError, KeyError):
            return None
        return found


def addresses(lab: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return by name the host data with which an inventory reaches the laptops: of SSH, and of WinRM where one listens for it.

    Those of WinRM count for laptops whose ``connection.transport`` is psrp in the fleet file.

    Args:
        lab: what `State.read` returned.

    """
    return {name: {**_ssh(one), **_winrm(one.get("winrm") or {})} for name, one in lab["laptops"].items()}


def _ssh(laptop: Mapping[str, Any]) -> dict[str, Any]:
    return {"ssh_hostname": laptop["host"], "ssh_port": laptop["port"]}


def _winrm(told: Mapping[str, Any]) -> dict[str, Any]:
    scheme = "https" if told.get("https") else "http"
    if not told.get(scheme):
        return {}
    known = {"hostname": told["host"], "port": told[scheme], "scheme": scheme, "user": told["user"], "password": told["password"]}
    return {f"psrp_{key}": value for key, value in (known | ({"ca": told["ca"]} if scheme == "https" else {})).items()}
