"""Values out of a JSON object of a signed file: what is not of the right kind is refused, with its name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pyinfra_wsl.core import heard
from pyinfra_wsl.pull.form.refused import FORM, RefusedError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
_HASH = re.compile(r"[0-9a-f]{64}")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Fields:
    """A JSON object, read by the names of its values.

    Args:
        data: its bytes.
        what: what it is, for what is said of it.

    Raises:
        RefusedError: it is no object.

    """

    def __init__(self, data: bytes | Mapping[str, Any], what: str) -> None:
        """Read it."""
        self._what = what
        try:
            found = heard.parse(data) if isinstance(data, bytes) else data
        except heard.HeardError as error:
            raise RefusedError(f"{what} is no JSON ({error})", "publish it anew", FORM) from error
        if not isinstance(found, Mapping):
            raise RefusedError(f"{what} is no object", "publish it anew", FORM)
        self.values = found

    def wrong(self, name: str) -> RefusedError:
        """Return that one of the values is not as it must be."""
        return RefusedError(
            f"{self._what} has no usable {name}", "publish it anew, with the version that is on the laptops", FORM
        )

    def _of(self, name: str, kind: type | tuple[type, ...]) -> Any:
        value = self.values.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.wrong(name)
        return value

    def number(self, name: str, least: int = 0, most: int | None = None) -> int:
        """Return a whole number."""
        value: int = self._of(name, int)
        if value < least or (most is not None and value > most):
            raise self.wrong(name)
        return value

    def text(self, name: str) -> str:
        """Return a text."""
        value: str = self._of(name, str)
        return value

    def name(self, name: str) -> str:
        """Return a name of letters, digits, ``.``, ``_`` and ``-``."""
        if not _NAME.fullmatch(value := self.text(name)):
            raise self.wrong(name)
        return value

    def digest(self, name: str) -> str:
        """Return a SHA-256 in hexadecimal digits."""
        if not _HASH.fullmatch(value := self.text(name)):
            raise self.wrong(name)
        return value

    def time(self, name: str) -> datetime:
        """Return a time (UTC)."""
        try:
            return parse_time(self.text(name))
        except ValueError as error:
            raise self.wrong(name) from error

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self._of(name, list)
        if not all(isinstance(one, str) for one in found):
            raise self.wrong(name)
        return tuple(found)

    def object(self, name: str) -> Fields:
        """Return an object within it."""
        return Fields(self._of(name, dict), f"{self._what}'s {name}")

    def objects(self, name: str) -> list[Fields]:
        """Return a list of objects within it."""
        return [Fields(one, f"{self._what}'s {name}") for one in self._of(name, list)]


def parse_time(text: str) -> datetime:
    """Return a time (UTC) as `time_text` writes it; raises ValueError for any other text."""
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)


def time_text(when: datetime) -> str:
    """Return a time as it stands in what is published: ``2026-11-27T13:00:00Z``."""
    return when.astimezone(UTC).strftime(_TIME)


def body(values: Mapping[str, Any]) -> bytes:
    """Return an object as it is signed: the same values give the same bytes."""
    return json.dumps(values, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def is_name(text: str) -> bool:
    """Whether a text may name a fleet."""
    return _NAME.fullmatch(text) is not None
