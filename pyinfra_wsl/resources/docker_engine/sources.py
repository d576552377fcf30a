"""What a host's package manager is told to read, taken apart: which lines of which files name Docker's repository, and which not.

sources.list(5): one line for each source, or stanzas of fields (DEB822), whose ``Enabled: no`` and whose comments count for
nothing; dnf.conf(5), "REPO OPTIONS". apt keeps what a repository says of itself in ``/var/lib/apt/lists``, in a file whose name
is made of its address (apt-pkg, ``URItoFileName``): a mirror by another name is known by that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pyinfra_wsl.resources.docker_engine.release import FOLDERS

_NO = frozenset({"no", "false", "without", "off", "disable", "0"})
"""apt-pkg, ``StringToBool``; dnf knows fewer words."""
_CHANNELS = frozenset({"stable", "test", "nightly", "edge"})
_FOLDER = re.compile(rf"/(?:{'|'.join(FOLDERS)})(?:/|$)")
_ONE_LINE = re.compile(r"\s*deb(?:-src)?\s+(?:\[(?P<options>[^]]*)\]\s*)?(?P<rest>\S.*)")
_HOST = re.compile(r"(?:^|//|@)download\.docker\.com(?:[:/]|$)")


@dataclass(frozen=True, slots=True)
class Source:
    """Lines of a file that name a repository, and that the package manager reads.

    Args:
        path: the file.
        first: number of their first line.
        last: number of their last line.
        address: what they name, without a password.
        docker: whether it is Docker's, or a mirror of it.
        signed: by which key, as it is written; empty where it is not said, ``a key in it`` where the key itself stands there.
        shared: whether the same lines name a repository of others too.
        sha256: of the file as it was read: whoever edits it by these numbers makes sure first.

    """

    path: str
    first: int
    last: int
    address: str
    docker: bool = False
    signed: str = ""
    shared: bool = False
    sha256: str = ""

    def within(self, address: str) -> bool:
        """Whether what they name is an address, or lies below it."""
        return f"{self.address.rstrip('/')}/".startswith(f"{address.rstrip('/')}/")

    @property
    def place(self) -> str:
        """Name file and line."""
        return f"{self.path}:{self.first}"


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that belong together: a line, a stanza or a section; and what of it counts."""

    first: int
    last: int
    addresses: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    signed: str = ""
    enabled: bool = True
    name: str = ""

    def of_docker(self, served: Collection[str]) -> tuple[str, ...]:
        """Return the addresses of Docker's repository in it."""
        return tuple(address for address in self.addresses if self._one(address, served))

    def _one(self, address: str, served: Collection[str]) -> bool:
        if _HOST.search(address) or self.name.startswith("docker-ce"):
            return True
        if "/linux/" in address and _FOLDER.search(address) and (set(self.channels) or {address.rpartition("/")[2]}) <= _CHANNELS:
            return True
        return any(list_name(address, suite) in served for suite in self.suites)


def bare(address: str) -> str:
    """Return an address without the account and password that may stand in it."""
    return re.sub(r"//[^@/]*@", "//", address)


def list_name(address: str, suite: str) -> str:
    """Return how the names of apt's files begin in which a repository says what it is.

    Args:
        address: of the repository.
        suite: its suite.

    """
    place = re.sub(r"^[a-z+]+:/*(?:[^@/]*@)?", "", address.rstrip("/"))
    escaped = re.sub(r"[\\|{}\[\]<>\"^~_=!@#$%&*]", lambda one: f"%{ord(one[0]):02x}", f"{place}/dists/{suite}")
    return escaped.replace("/", "_")


def active(path: str, text: str, served: Collection[str], sha256: str = "") -> Iterator[Source]:
    """Yield what of a file names a repository and is read.

    Args:
        path: of the file; its ending says of what kind it is.
        text: what stands in it.
        served: beginnings of the names of apt's files of repositories that say that they are Docker's.
        sha256: of the file.

    """
    for block in _blocks(path, text):
        if block.enabled and block.addresses:
            dockers = block.of_docker(served)
            signed = "a key in it" if "BEGIN PGP" in block.signed else block.signed
            shared = 0 < len(dockers) < len(block.addresses)
            address = bare((dockers or block.addresses)[0])
            yield Source(path, block.first, block.last, address, bool(dockers), signed, shared, sha256)


def split(path: str, text: str, served: Collection[str], key: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Divide one of our own files: the text of what names Docker's repository, and from where to where everything else goes.

    Args:
        path: of the file.
        text: what stands in it.
        served: as for `active`.
        key: the file of the key by which we let Docker's repository be trusted: what it signs is Docker's too.

    """
    lines = text.splitlines()
    ours, rest = list[str](), list[tuple[int, int]]()
    for block in _blocks(path, text):
        if block.of_docker(served) or (key and block.signed.endswith(key)):
            ours.append("\n".join(lines[block.first - 1 : block.last]))
        elif any(line.strip() for line in lines[block.first - 1 : block.last]):
            rest.append((block.first, block.last))
    return "\n\n".join(ours), tuple(rest)


def _blocks(path: str, text: str) -> Iterator[_Block]:
    lines = text.splitlines()
    if path.endswith(".sources"):
        yield from _stanzas(lines)
    elif path.endswith(".repo"):
        yield from _sections(lines)
    else:
        yield from (_one_line(number, line) for number, line in enumerate(lines, 1))


def _one_line(number: int, line: str) -> _Block:
    found = _ONE_LINE.match(line.partition("#")[0])
    if found is None:
        return _Block(number, number)
    address, *words = found["rest"].split()
    signed = re.search(r"signed-by=(\S+)", found["options"] or "", re.IGNORECASE)
    return _Block(number, number, (address,), tuple(words[:1]), tuple(words[1:]), signed[1] if signed else "")


def _stanzas(lines: Sequence[str]) -> Iterator[_Block]:
    first = 1
    for number, line in enumerate([*lines, ""], 1):
        if not line.strip():
            if number > first:
                yield _stanza(first, lines[first - 1 : number - 1])
            first = number + 1


def _stanza(first: int, lines: Sequence[str]) -> _Block:
    fields, name = dict[str, list[str]](), ""
    for line in lines:
        if line.startswith("#"):
            continue
        if not line[0].isspace():
            name, _, line = line.partition(":")  # noqa: PLW2901 - the rest of the line is the field's first
        fields.setdefault(name.strip().lower(), []).append(line.strip())
    words = {key: tuple(" ".join(value).split()) for key, value in fields.items()}
    addresses = words.get("uris", ()) if "types" in words else ()
    enabled = " ".join(words.get("enabled", ())).lower() not in _NO
    signed = " ".join(words.get("signed-by", ()))
    last = first + len(lines) - 1
    return _Block(first, last, addresses, words.get("suites", ()), words.get("components", ()), signed, enabled)


def _sections(lines: Sequence[str]) -> Iterator[_Block]:
    """Yield sections, each with the comments right above it, and what lies between them."""
    done = 0
    for start in (number for number, line in enumerate(lines) if line.startswith("[")):
        first = start
        while first > done and lines[first - 1][:1] in ("#", ";"):
            first -= 1
        if first > done:
            yield _Block(done + 1, first)
        done = start + 1
        for number in range(start + 1, len(lines)):
            if lines[number].startswith("["):
                break
            if lines[number].strip() and lines[number][0] not in "#;":
                done = number + 1
        yield _section(first + 1, lines[start:done], done)
    if done < len(lines):
        yield _Block(done + 1, len(lines))


def _section(first: int, lines: Sequence[str], last: int) -> _Block:
    fields, name = dict[str, list[str]](), ""
    for line in lines[1:]:
        if not line.strip() or line[0] in "#;":
            continue
        if not line[0].isspace() and "=" in line:
            name, _, line = line.partition("=")  # noqa: PLW2901 - the rest of the line is the option's first
        fields.setdefault(name.strip().lower(), []).append(line.strip())
    words = {key: tuple(" ".join(value).replace(",", " ").split()) for key, value in fields.items()}
    addresses = (*words.get("baseurl", ()), *words.get("mirrorlist", ()), *words.get("metalink", ()))
    enabled = " ".join(words.get("enabled", ())).lower() not in _NO
    section = lines[0].strip().strip("[]")
    signed = " ".join(words.get("gpgkey", ()))
    return _Block(first, last, addresses, signed=signed, enabled=enabled, name=section)
