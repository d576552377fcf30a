"""Where test hosts are kept, and what a machine must have to build and run them."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]

CONTAINER_TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "ssh": "openssh-client",
    "unshare": "util-linux",
    "gpg": "gpg",
    "gpg-agent": "gpg-agent",
}
GUEST_TOOLS = CONTAINER_TOOLS | {"qemu-system-x86_64": "qemu-system-x86", "qemu-img": "qemu-utils", "mke2fs": "e2fsprogs"}


def store() -> Path:
    """The folder of trees, images and keys: $PYINFRA_WSL_TEST_HOSTS, or .test-hosts/ in the checkout."""
    folder = Path(os.environ.get("PYINFRA_WSL_TEST_HOSTS", CHECKOUT / ".test-hosts")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def lacking(tools: dict[str, str]) -> str | None:
    """Why test hosts cannot run here, with the command that helps; None when they can."""
    packages = sorted({package for tool, package in tools.items() if shutil.which(tool) is None})
    if packages:
        return f"test hosts need {', '.join(packages)}: apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0:
        return "test hosts mount file systems and start containers: run the tests as root"
    return None


def key() -> Path:
    """The private key that opens every test host, made at first use; its public half lies beside it."""
    path = store() / "id_ed25519"
    if not path.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test host", "-f", path], check=True)
    return path


def recipe(parts: Iterable[str]) -> str:
    """A short name for what something was built from, so that another recipe is another build."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]
