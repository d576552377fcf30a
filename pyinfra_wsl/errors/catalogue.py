"""All by which a text is explained: the table that runs tell of too, WSL's messages in its languages, and Windows'.

Data in ``data/``: ``wsl-texts.json`` and ``windows-texts.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from pyinfra_wsl.errors.sentences import Sentence, sentence
from pyinfra_wsl.errors.settings import MESSAGES
from pyinfra_wsl.known import table
from pyinfra_wsl.known.table import Entry


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is known.

    Args:
        entries: the table.
        numbers: the number of each name, as an HRESULT or NTSTATUS.
        sentences: what WSL and Windows say; those of Windows are named by the error.
        settings: what WSL says of a line of settings.

    """

    entries: tuple[Entry, ...]
    numbers: Mapping[str, int]
    sentences: tuple[Sentence, ...]
    settings: tuple[Sentence, ...]


@cache
def load() -> Catalogue:
    """Return the catalogue, which is read once."""
    wsl = [(name, text) for name, by in _texts("wsl") for told in by.values() for text in told]
    texts = [(name, text) for name, text in wsl if name not in MESSAGES]
    texts += [(name, text) for name, told in _texts("windows") for text in told]
    settings = tuple(sentence(name, text, 2) for name, text in wsl if name in MESSAGES)
    return Catalogue(table.load(), table.numbers(), tuple(sentence(name, text) for name, text in texts), settings)


def _texts(whose: str) -> list[tuple[str, Any]]:
    file = resources.files("pyinfra_wsl.errors") / "data" / f"{whose}-texts.json"
    return list(json.loads(file.read_text("utf-8"))["texts"].items())
