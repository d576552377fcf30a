"""One hash over the slices of all laptops, from which each can prove its own without seeing another (RFC 6962, section 2.1).

So a manifest is as small for 20,000 laptops as for one, and a laptop fetches its own slice and some hashes beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from pyinfra_wsl.pull.form.refused import CUT, FORM, RefusedError

_LEAF, _NODE = b"\x00", b"\x01"
_DEEPEST = 40
LEFT, RIGHT = "l", "r"
Proof = list[str]


def name_of(fleet: str, host: str) -> str:
    """Return under which name a laptop's slice lies: a hash, so that a list of the folder names nobody."""
    return hashlib.sha256(f"{fleet}\n{host.casefold()}".encode()).hexdigest()


def listed(names: Iterable[str]) -> bytes:
    """Return all names as they are published: by them a laptop tells whether it was left out, or its slice is withheld."""
    return b"".join(bytes.fromhex(name) for name in sorted(names))


def lists(data: bytes, name: str) -> bool:
    """Whether a list, as of `listed`, holds a name."""
    size = hashlib.sha256().digest_size
    return bytes.fromhex(name) in {data[at : at + size] for at in range(0, len(data), size)}


def leaf(name: str, body: bytes) -> bytes:
    """Return the hash of one slice under its name."""
    return hashlib.sha256(_LEAF + bytes.fromhex(name) + hashlib.sha256(body).digest()).digest()


def grow(leaves: Mapping[str, bytes]) -> tuple[str, dict[str, Proof]]:
    """Return the root over some leaves, and for each of them the hashes that lead to it.

    Args:
        leaves: the hash of each slice, by its name.

    """
    names = sorted(leaves)
    proofs: dict[str, Proof] = {name: [] for name in names}
    level: list[tuple[bytes, list[str]]] = [(leaves[name], [name]) for name in names]
    while len(level) > 1:
        level = [_pair(level[at : at + 2], proofs) for at in range(0, len(level), 2)]
    return (level[0][0] if level else hashlib.sha256(_LEAF).digest()).hex(), proofs


def _pair(pair: Sequence[tuple[bytes, list[str]]], proofs: Mapping[str, Proof]) -> tuple[bytes, list[str]]:
    if len(pair) == 1:
        return pair[0]
    (left, mine), (right, theirs) = pair
    for name in mine:
        proofs[name].append(RIGHT + right.hex())
    for name in theirs:
        proofs[name].append(LEFT + left.hex())
    return hashlib.sha256(_NODE + left + right).digest(), [*mine, *theirs]


def prove(root: str, name: str, body: bytes, proof: Sequence[str]) -> None:
    """Raise a RefusedError unless a slice is the one that the root is of.

    Args:
        root: from a manifest that was verified.
        name: as of `name_of`.
        body: the slice.
        proof: what came with it.

    """
    found = leaf(name, body)
    if len(proof) > _DEEPEST:
        raise RefusedError("the proof of the slice is too long", "publish it anew", FORM)
    for one in proof:
        try:
            beside = bytes.fromhex(one[1:])
        except ValueError as error:
            raise RefusedError("the proof of the slice is none", "publish it anew", FORM) from error
        if len(beside) != hashlib.sha256().digest_size or one[:1] not in (LEFT, RIGHT):
            raise RefusedError("the proof of the slice is none", "publish it anew", FORM)
        found = hashlib.sha256(_NODE + (beside + found if one[:1] == LEFT else found + beside)).digest()
    if found.hex() != root:
        raise RefusedError(
            "the laptop's slice is not the one that was signed: it is cut, changed, or of another serial", "pull again", CUT
        )
