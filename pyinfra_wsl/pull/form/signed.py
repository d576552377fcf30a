"""A signed file: signatures, and behind them the very bytes that they are of. Nothing of it is parsed before it is verified."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pyinfra_wsl.pull.form import sshsig
from pyinfra_wsl.pull.form.refused import EXPIRED, FORGED, FORM, NAMESPACE, REVOKED, TOO_FEW, UNKNOWN, RefusedError

LARGEST = 64 * 1024
"""Bytes of a signed file: a manifest has less than two thousand, however many laptops there are."""
_MOST = 16  # signatures
_LONGEST = 4096  # bytes of one
_WORST = (NAMESPACE, FORGED, REVOKED, EXPIRED, UNKNOWN, FORM)
_ASK = "ask who publishes it, and keep the laptop off the network if they do not know"
_WHY = {
    UNKNOWN: ("it is signed by a key that is not trusted here", _ASK),
    REVOKED: ("it is signed by a key that was revoked", _ASK),
    EXPIRED: ("it is signed by a key whose time is over", "publish it anew with a key that is valid: pyinfra-wsl trust rotate"),
}


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed file.

    Args:
        signatures: the blocks before the body.
        body: the bytes that they are of.

    """

    signatures: tuple[bytes, ...]
    body: bytes

    @classmethod
    def read(cls, data: bytes) -> Signed:
        """Part a file; raises RefusedError where it is none, or too long."""
        if len(data) > LARGEST:
            raise RefusedError(f"it is longer than {LARGEST >> 10} KiB", "look what stands at that address", FORM)
        blocks: list[bytes] = []
        rest = data
        while rest.startswith(sshsig.BEGIN) and len(blocks) < _MOST:
            end = rest.find(sshsig.END, 0, _LONGEST)
            if end < 0:
                break
            end += len(sshsig.END)
            blocks.append(rest[:end])
            rest = rest[end:]
        if not blocks or rest.startswith(sshsig.BEGIN):
            raise RefusedError("it is not signed", "look what stands at that address: a proxy may answer in its place", FORM)
        return cls(tuple(blocks), rest)

    @property
    def data(self) -> bytes:
        """The whole file."""
        return b"".join(self.signatures) + self.body


@dataclass(frozen=True, slots=True)
class Signers:
    """Who has signed.

    Args:
        keys: whose signatures fit.
        wrong: why others do not.

    """

    keys: frozenset[str]
    wrong: tuple[RefusedError, ...]

    @classmethod
    def of(cls, signed: Signed, namespace: str) -> Signers:
        """Verify each signature of a file."""
        keys, wrong = set(), []
        for block in signed.signatures:
            try:
                one = sshsig.Signature.read(block)
                one.verify(signed.body, namespace)
                keys.add(one.key)
            except RefusedError as error:
                wrong.append(error)
        return cls(frozenset(keys), tuple(wrong))

    def need(
        self,
        trusted: Collection[str],
        threshold: int,
        *,
        revoked: Collection[str] = (),
        expired: Collection[str] = (),
    ) -> None:
        """Raise a RefusedError that says the worst of why, unless enough have signed who may.

        Args:
            trusted: the keys of those who may.
            threshold: how many of them.
            revoked: fingerprints of keys that count no more.
            expired: keys among the trusted whose time is over.

        """
        good = {one for one in self.keys if one in trusted and one not in expired and sshsig.fingerprint(one) not in revoked}
        if len(good) >= threshold:
            return
        found = [*self.wrong, *(_why(one, expired, revoked) for one in sorted(self.keys - good))]
        if not found:
            words = f"it has {len(good)} of the {threshold} signatures that it needs"
            raise RefusedError(words, "let the others sign it too", TOO_FEW)
        raise min(found, key=lambda one: _WORST.index(one.code))


def _why(key: str, expired: Collection[str], revoked: Collection[str]) -> RefusedError:
    code = REVOKED if sshsig.fingerprint(key) in revoked else EXPIRED if key in expired else UNKNOWN
    cause, remedy = _WHY[code]
    return RefusedError(f"{cause} ({sshsig.fingerprint(key)})", remedy, code)


def join(signatures: Iterable[bytes], body: bytes) -> bytes:
    """Return a signed file; raises ValueError where a body would pass for a signature."""
    if body.startswith(sshsig.BEGIN):
        raise ValueError("a body may not begin like a signature")
    return b"".join(signatures) + body
