"""What lies at an address: by an ``index.json`` that somebody keeps there, or by the lists of folders that the server makes.

As nginx 1.22 makes them (``autoindex_format json``) and Caddy 2.6 (``file_server browse``, asked for ``application/json``): the
answers in the tests are theirs. All of it is input from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pyinfra_wsl.core import heard
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull.fetch import AwayError, FetchError, NotThereError, Place
from pyinfra_wsl.pull.form.fields import is_name

INDEX = "index.json"
LARGEST = 32 * 2**20
"""Bytes of a list: of some 400,000 documents."""
_MOST = 2**21  # values in it: a server tells eight of each file
_ENOUGH = 8  # folders one after the other of which none comes: then it is the server, and no laptop's own matter
_LIST = "docs/pull.md says how a server lists what was handed back"
One = tuple[tuple[str, str], Callable[[int], bytes]]
"""Of a document the laptop and the file, and a function that fetches it, given how many bytes are taken."""


def documents(place: Place) -> Iterator[One]:
    """Yield the documents at an address; for a laptop's folder that cannot be listed, one without a name, whose reading says why.

    Args:
        place: the address.

    Raises:
        StepError: what lies there cannot be told at all, or the server does not answer any more.

    """
    try:
        found = _read(place, INDEX)
    except NotThereError:
        yield from _walked(place)
        return
    if not isinstance(found, list):
        raise StepError(f"{place.shown}: {INDEX} is no list of names", "let it list names like LT-1/2026-….json", "form")
    for one in dict.fromkeys(one for one in found if isinstance(one, str)):
        host, _, file = one.partition("/")
        if is_name(host) and is_document(file):
            yield _one(place, host, file)


def is_document(name: str) -> bool:
    """Whether a file is called as a document is."""
    return is_name(name) and name.endswith(".json")


def _walked(place: Place) -> Iterator[One]:
    try:
        hosts = [name for name, folder in _entries(place, "") if folder and is_name(name)]
    except NotThereError:
        raise StepError(f"{place.shown} has neither {INDEX} nor a list of its own", _LIST, "not_there") from None
    failed, listed = 0, False
    for host in hosts:
        try:
            files = [name for name, folder in _entries(place, f"{host}/") if not folder and is_document(name)]
            failed, listed = 0, True
        except StepError as error:
            failed = failed + 1 if isinstance(error, AwayError) or not listed else 0
            if failed == _ENOUGH:
                raise
            yield (host, ""), failing(error.cause, error.remedy, error.code)
            continue
        for file in files:
            yield _one(place, host, file)


def _entries(place: Place, path: str) -> list[tuple[str, bool]]:
    """Return the names in a folder, each once however often it is listed, and whether it is one itself."""
    found = _read(place, path)
    if not isinstance(found, list) or not all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in found):
        raise StepError(f"{place.shown}: what it answers is no list of files", _LIST, "form")
    names = ((one["name"].rstrip("/"), one.get("type") == "directory" or one.get("is_dir") is True) for one in found)
    return list(dict.fromkeys(names))


def _read(place: Place, path: str) -> Any:
    try:
        return heard.parse(place.get(path, LARGEST), LARGEST, most=_MOST)
    except heard.HeardError as error:
        words = f"{place.shown}: {path or 'what it answers'} is no JSON that lists files ({error})"
        raise StepError(words, _LIST, "form") from None


def _one(place: Place, host: str, file: str) -> One:
    return (host, file), lambda largest: place.get(f"{host}/{file}", largest)


def failing(cause: str, remedy: str, code: str) -> Callable[..., bytes]:
    """Return what is yielded for a laptop whose folder cannot be listed: reading it raises FetchError."""

    def fail(_largest: int = 0) -> bytes:
        raise FetchError(cause, remedy, code)

    return fail
