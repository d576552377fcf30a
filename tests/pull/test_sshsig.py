"""What ssh-keygen signs is verified without it; whatever else is offered is refused, each time for its own reason."""

import base64
import hashlib
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pyinfra_wsl.pull.form import sshsig
from pyinfra_wsl.pull.form.refused import FORGED, FORM, NAMESPACE, RefusedError
from pyinfra_wsl.pull.publish import keys as signing

BODY = b'{"serial":1}\n'


def text(data):
    return len(data).to_bytes(4, "big") + data


def armored(public, blob, namespace=b"n"):
    data = b"SSHSIG\x00\x00\x00\x01" + b"".join(map(text, (public, namespace, b"", b"sha512", blob)))
    return sshsig.BEGIN + base64.b64encode(data) + b"\n" + sshsig.END


def signed_data(body, namespace=b"n"):
    return b"SSHSIG" + b"".join(map(text, (namespace, b"", b"sha512", hashlib.sha512(body).digest())))


@pytest.mark.parametrize("name", ["a", "p256"])
def test_what_ssh_keygen_signs_is_verified(keys, name):
    block = signing.sign(keys / name, "n", BODY)
    one = sshsig.Signature.read(block)
    one.verify(BODY, "n")
    assert one.key == signing.public(keys / name)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", keys / f"{name}.pub"], capture_output=True, text=True, check=True).stdout
    assert sshsig.fingerprint(one.key) in shown


def test_a_key_that_only_ssh_agent_holds_signs_by_its_public_half(keys, tmp_path):
    (tmp_path / "held.pub").write_bytes((keys / "a.pub").read_bytes())
    script = f"eval $(ssh-agent) >/dev/null; trap 'kill $SSH_AGENT_PID' 0; ssh-add -q {keys / 'a'}; exec_python"
    code = (
        "from pathlib import Path; from pyinfra_wsl.pull.publish import keys; import sys; "
        f"sys.stdout.buffer.write(keys.sign(Path({str(tmp_path / 'held.pub')!r}), 'n', {BODY!r}))"
    )
    done = subprocess.run(
        ["sh", "-c", script.replace("exec_python", '"$0" -c "$1"'), sys.executable, code], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    sshsig.Signature.read(done.stdout).verify(BODY, "n")


@pytest.mark.parametrize("at", range(len(BODY)))
def test_a_changed_byte_of_what_is_signed_is_seen(keys, at):
    block = sshsig.Signature.read(signing.sign(keys / "a", "n", BODY)) if at == 0 else _once(keys)
    changed = bytes(one ^ (1 if place == at else 0) for place, one in enumerate(BODY))
    with pytest.raises(RefusedError) as refused:
        block.verify(changed, "n")
    assert refused.value.code == FORGED


_KEPT = []


def _once(keys):
    if not _KEPT:
        _KEPT.append(sshsig.Signature.read(signing.sign(keys / "a", "n", BODY)))
    return _KEPT[0]


def test_a_changed_byte_anywhere_in_a_signature_is_seen(keys):
    """Every byte of the signature's own data is changed, one after the other: none is verified, and none ends in a traceback."""
    data = base64.b64decode(signing.sign(keys / "a", "n", BODY).removeprefix(sshsig.BEGIN).removesuffix(sshsig.END))
    mine, seen = signing.public(keys / "a"), set()
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1
        block = sshsig.BEGIN + base64.b64encode(bytes(changed)) + b"\n" + sshsig.END
        try:
            one = sshsig.Signature.read(block)
            one.verify(BODY, "n")
        except RefusedError as error:
            seen.add(error.code)
        else:
            assert one.key != mine, at
    assert seen == {FORGED, FORM, NAMESPACE}


def test_a_signature_for_something_else_is_none(keys):
    with pytest.raises(RefusedError) as refused:
        _once(keys).verify(BODY, "m")
    assert refused.value.code == NAMESPACE


@pytest.mark.parametrize(
    "block", [b"", sshsig.BEGIN + sshsig.END, sshsig.BEGIN + b"!!!\n" + sshsig.END, sshsig.BEGIN + b"U1NI\n" + sshsig.END]
)
def test_what_is_no_signature_is_refused(block):
    with pytest.raises(RefusedError) as refused:
        sshsig.Signature.read(block)
    assert refused.value.code == FORM


def hardware(kind, key, flags):
    """Sign as a FIDO key does (PROTOCOL.u2f), with a key of this process in its place."""
    message = hashlib.sha256(b"ssh:").digest() + bytes([flags]) + (7).to_bytes(4, "big")
    message += hashlib.sha256(signed_data(BODY)).digest()
    if kind == b"sk-ssh-ed25519@openssh.com":
        point, made = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), key.sign(message)
        public = text(kind) + text(point) + text(b"ssh:")
    else:
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        pair = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        made = b"".join(text(one.to_bytes(33, "big")) for one in pair)
        public = text(kind) + text(b"nistp256") + text(point) + text(b"ssh:")
    return armored(public, text(kind) + text(made) + bytes([flags]) + (7).to_bytes(4, "big"))


HARDWARE = [
    (b"sk-ssh-ed25519@openssh.com", Ed25519PrivateKey.generate),
    (b"sk-ecdsa-sha2-nistp256@openssh.com", lambda: ec.generate_private_key(ec.SECP256R1())),
]


@pytest.mark.parametrize(("kind", "make"), HARDWARE)
def test_a_key_in_hardware_counts_once_it_was_touched(kind, make):
    key = make()
    sshsig.Signature.read(hardware(kind, key, 1)).verify(BODY, "n")
    with pytest.raises(RefusedError):
        sshsig.Signature.read(hardware(kind, key, 0)).verify(BODY, "n")
    with pytest.raises(RefusedError):
        sshsig.Signature.read(hardware(kind, key, 1)).verify(BODY + b" ", "n")


def test_a_key_of_another_kind_is_said_to_be_none(tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", tmp_path / "rsa"], check=True)
    with pytest.raises(Exception, match="no public key that can sign here"):
        signing.public(tmp_path / "rsa")
    with pytest.raises(Exception, match="did not sign"):
        signing.public(tmp_path / "missing")
