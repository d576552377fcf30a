"""Keys that sign: in a file, in ssh-agent, or in hardware; OpenSSH holds them, and this program never sees one."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull.form import sshsig
from pyinfra_wsl.pull.form.refused import RefusedError

_SECONDS = 300.0  # for a passphrase, or a touch of a key in hardware
_SAID = 300
_LARGEST = 64 * 1024


def public(key: Path) -> str:
    """Return the public half of a key, as `sshsig.key_of` has it.

    Args:
        key: a private key with its ``.pub`` beside it, or a public key whose private half is in ssh-agent.

    Raises:
        StepError: there is none, or none that can sign here.

    """
    beside = key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub")
    try:
        text = beside.read_bytes()[:_LARGEST].decode("utf-8", "replace")
    except FileNotFoundError:
        text = _keygen("-y", "-f", str(key)) if beside != key else ""
    except OSError as error:
        raise StepError(f"{beside} cannot be read: {error.strerror}", "name a key of ssh-keygen's") from None
    try:
        return sshsig.key_of(next(iter(text.splitlines()), ""))
    except RefusedError as error:
        raise StepError(f"{beside}: {error.cause}", "make one with: ssh-keygen -t ed25519 -f KEY", "key") from None


def sign(key: Path, namespace: str, body: bytes) -> bytes:
    """Return a signature block.

    Args:
        key: as of `public`.
        namespace: for what it is made.
        body: what is signed.

    Raises:
        StepError: ssh-keygen did not sign, or not with that key.

    """
    with tempfile.TemporaryDirectory(prefix="pyinfra-wsl-") as name:
        message = Path(name) / "body"
        message.write_bytes(body)
        _keygen("-Y", "sign", "-n", namespace, "-f", str(key), str(message))
        block = message.with_name("body.sig").read_bytes()
    made = sshsig.Signature.read(block)
    made.verify(body, namespace)
    if made.key != public(key):
        raise StepError(f"ssh-keygen signed with another key than {key}", "name the key whose .pub lies beside it", "key")
    return block


def _keygen(*words: str) -> str:
    """Call ssh-keygen, which asks at the terminal for a passphrase, or for a touch."""
    try:
        done = subprocess.run(["ssh-keygen", *words], check=False, timeout=_SECONDS, capture_output=True)
    except FileNotFoundError:
        raise StepError("ssh-keygen is not here", "install OpenSSH's client", "ssh-keygen") from None
    except subprocess.TimeoutExpired:
        raise StepError("ssh-keygen did not end", "touch the key, or answer its question, and run again", "ssh-keygen") from None
    if done.returncode:
        said = escape(" ".join(done.stderr.decode("utf-8", "replace").split()), _SAID)
        raise StepError(
            f"ssh-keygen did not sign: {said}", "look whether the key is there, readable by you alone, and in ssh-agent", "key"
        )
    return done.stdout.decode("utf-8", "replace")
