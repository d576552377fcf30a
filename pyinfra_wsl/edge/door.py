"""The door of an operation: a declaration is held to the same rules as a fleet file, then it is believed."""

from __future__ import annotations

import marshal
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as File
from typing import Any

from pyinfra import logger

from pyinfra_wsl import form, registry, sources
from pyinfra_wsl.core import source
from pyinfra_wsl.core.control import control
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.problem import Path, Problem, failures
from pyinfra_wsl.core.resource import Resource, Values

_DEEPEST = 32
"""How many mappings and lists may stand in one another; no schema has a fourth of it."""
_LARGEST = 1 << 63
"""A number from here on has no place anywhere."""


class RefusedError(Exception):
    """A declaration is wrong.

    Args:
        failures: all that is wrong with it.

    """

    def __init__(self, failures: tuple[Failure, ...]) -> None:
        """Keep the failures; the text is all of them."""
        super().__init__("; ".join(failure.said for failure in failures))
        self.failures = failures


class NoName:
    """What a user gave where a name belongs: it can stand as a key, and is refused at the door."""

    def __init__(self, given: object) -> None:
        """Keep its kind."""
        self.kind = type(given).__name__


def name(given: object) -> Any:
    """Return what a user gave for a name so that it can be a key, whatever it is."""
    return given if isinstance(given, str) else NoName(given)


def beside(settings: object, **more: Any) -> Any:
    """Return settings with further arguments beside them, as a fleet file has them; what are none is refused at the door."""
    return {**settings, **more} if isinstance(settings, Mapping) else settings


def each(values: object, key: str) -> Any:
    """Return values by names as values of one key of these names; what is no mapping is refused at the door."""
    return {name(one): {key: value} for one, value in values.items()} if isinstance(values, Mapping) else values


def enter(resource: Resource[Any, Any], declared: Mapping[str, Any]) -> tuple[Values, Any]:
    """Return what a user hands to an operation as a fleet file would hold it, and what its resource reads from it.

    Args:
        resource: whose rules it is held to.
        declared: the values of a host in which it is declared; a key of the fleet file whose value is None is not given.

    Raises:
        RefusedError: its form is wrong, else what its resource needs, excludes or contradicts, else a file that it names.
        RegistryError: a resource of another distribution cannot be asked.

    """
    here = os.getcwd()  # noqa: PTH109 - a path of its own for each operation of each host is not for nothing
    if (written := spelled(declared)) is None:
        return _believed(resource, _checked(resource, declared), here)
    read = _checked_once(resource, written)
    _refuse_files(read, here)
    return _believed_once(resource, written, here)


def plain(declared: Mapping[str, Any]) -> Any:
    """Return what a user hands to an operation as mappings, lists, text and numbers, without None."""
    return _Reader().plain(declared, ())


def spelled(declared: Any) -> bytes | None:
    """Return a declaration as bytes that are the same for the same one, by which it is known again; None where it has none.

    Nearly all hosts of a fleet declare the same. Python's own format tells 1, 1.0 and True apart, unlike a comparison, and takes
    plain values alone; its version 2 is the last that does not write how often a text is used elsewhere.
    """
    try:
        return marshal.dumps(declared, 2)
    except ValueError:
        return None


def unspelled(written: bytes) -> Any:
    """Return what `spelled` was given."""
    return marshal.loads(written)  # noqa: S302 - it was written here, in this process


@dataclass(frozen=True, slots=True)
class _Checked:
    """What a declaration is on a fleet file's terms, what is wrong with it but for its files, and where it names some."""

    values: Values
    problems: tuple[Problem, ...]
    sources: tuple[sources.Named, ...] = ()


def _checked(resource: Resource[Any, Any], declared: Mapping[str, Any]) -> _Checked:
    read = _Reader()
    values = read.plain(declared, ())
    found = read.problems or list(source.secrets(values)) or list(form.of_values(values))
    found = found or list(registry.ask(resource, "check", values))
    return _Checked(values, tuple(found), () if found else tuple(sources.named(values)))


@lru_cache(maxsize=1024)
def _checked_once(resource: Resource[Any, Any], written: bytes) -> _Checked:
    return _checked(resource, unspelled(written))


def _believed(resource: Resource[Any, Any], read: _Checked, here: str) -> tuple[Values, Any]:
    """Return the values with the whole paths of their files, as a fleet file has them, and what the resource reads from it."""
    _refuse_files(read, here)
    for _path, holder, key in read.sources:
        holder[key] = sources.locate(holder[key], File(here))
    return read.values, _want(resource, read.values)


@lru_cache(maxsize=1024)
def _believed_once(resource: Resource[Any, Any], written: bytes, here: str) -> tuple[Values, Any]:
    return _believed(resource, _checked(resource, unspelled(written)), here)


def _refuse_files(read: _Checked, here: str) -> None:
    """Refuse what is wrong, also with files that are named: these may have changed since they were looked at last."""
    found = read.problems or (tuple(sources.wrong(read.sources, _folder(here))) if read.sources else ())
    if found:
        raise RefusedError(failures(found))


@lru_cache(maxsize=64)
def _folder(here: str) -> File:
    return File(here)


def _want(resource: Resource[Any, Any], values: Values) -> Any:
    try:
        return resource.want(values)
    except KeyError as missing:
        failure = Failure(f"{resource.words}: {missing} is missing", "give the operation this argument", "declaration")
        raise RefusedError((failure,)) from missing
    except Exception as error:
        # Its text may hold what was declared, as an address with a secret in it.
        logger.debug("reading what is declared of %s", resource.name, exc_info=True)
        cause = f"{resource.words}: nothing can be made of what is declared ({type(error).__name__})"
        raise RefusedError((Failure(cause, "correct it, then run again", "declaration"),)) from error


def _takes_out(path: Path) -> bool:
    """Whether None at a place takes a key out of what the host has; an item of a list is no key."""
    return any(path[: len(one)] == one != path for one in registry.unset()) and all(isinstance(one, str) for one in path)


class _Reader:
    """Reads what a user hands to an operation, and notes what no fleet file could hold."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def plain(self, value: Any, path: Path) -> Any:
        if len(path) > _DEEPEST:
            self._note(path[:3], "is nested too deep", "write it as the documentation has it")
            return None
        if isinstance(value, Mapping):
            # What is not given at all is None where a declaration begins; below it only a user writes it.
            items = [(self._key(one, path), one, below) for one, below in value.items() if path or below is not None]
            return {key: self.plain(below, (*path, key)) for key, _, below in items}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.plain(one, (*path, number)) for number, one in enumerate(value)]
        return self._single(os.fspath(value) if isinstance(value, os.PathLike) else value, path)

    def _key(self, given: Any, path: Path) -> str:
        if isinstance(given, str):
            self._control(given, path, one_line=True)
            return str(self._single(given, path))
        kind = given.kind if isinstance(given, NoName) else type(given).__name__
        self._note(path, f"a name is of the kind {kind}", "write text")
        return str(given) if isinstance(given, bool | int) else kind

    def _single(self, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            if not value.isascii() and any("\ud800" <= one <= "\udfff" for one in value):
                self._note(path, "holds half of a character", "write whole characters")
                return ""
            self._control(value, path, one_line=form.one_line(path))
        elif isinstance(value, float) and not math.isfinite(value):
            self._note(path, f"is {value}", "write a number")
        elif isinstance(value, int) and abs(value) >= _LARGEST:
            self._note(path, "is a number that is too large", "write a smaller one")
            return 0
        elif value is None and not _takes_out(path):
            self._note(path, "has no value", "write one, or leave it out")
        elif value is not None and not isinstance(value, int | float):
            kind = type(value).__name__
            self._note(path, f"is of the kind {kind}, which cannot be declared", "write text, a number, or true or false")
            return None
        return value

    def _control(self, text: str, path: Path, *, one_line: bool) -> None:
        if wrong := control(text, one_line=one_line):
            message, _, remedy = wrong.partition("; ")
            self._note(path, message, remedy)

    def _note(self, path: Path, message: str, remedy: str) -> None:
        if (problem := Problem(path, message, remedy)) not in self.problems:
            self.problems.append(problem)
