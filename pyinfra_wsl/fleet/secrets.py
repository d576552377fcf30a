"""Secrets that stand in a fleet file, where none belongs."""

from __future__ import annotations

import re
from typing import Any

_SECRET = re.compile(r"pass(word|wd|phrase)|secret|token|api_?key|private_?key|credential(?!s?_?(helper|store))", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")


def is_secret(key: str, value: Any) -> bool:
    """Whether a key's name or a value's text says that a secret stands in the file."""
    if key == "password_from":
        return False
    return bool(_SECRET.search(key)) or (isinstance(value, str) and bool(_PRIVATE_KEY.search(value)))
