r"""Backslashes that are no escapes of YAML's: ``"C:\Users"``, which hand-written files are full of.

A parser ends at the first of them. Here they are doubled as its scanner meets them, in one pass, so that all are told at once and
the rest of the file is looked at as it was meant.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.reader import Reader
from yaml.scanner import Scanner

from pyinfra_wsl.fleet.nodes import MOST_DEEP

_MOST = 500
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.){0,1000})')
_MOST_SCANNED = 1_000_000
"""Characters that are scanned for them: this scanner is Python's, and slower than the one that reads the file."""


class _Scanner(Reader, Scanner):
    """PyYAML's scanner, which takes a backslash that is no escape for itself."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        self.doubled: dict[int, str] = {}
        self.left = _MOST

    def fetch_flow_collection_start(self, token: Any) -> None:
        """Begin a list or mapping in brackets; too many in one another end the scan, since each token looks at all of them."""
        if self.flow_level > MOST_DEEP:
            raise yaml.scanner.ScannerError(problem="too deep")
        super().fetch_flow_collection_start(token)

    def scan_flow_scalar(self, style: str) -> Any:
        """Scan a text in quotes, once more for each backslash in it that had to be doubled."""
        start = (self.index, self.pointer, self.line, self.column)
        found = _QUOTED.match(self.buffer, self.pointer)
        while True:
            try:
                return super().scan_flow_scalar(style)
            except (yaml.MarkedYAMLError, ValueError, OverflowError) as error:  # of a number of no character
                behind = _behind(error)
                if not behind or not self.left:
                    raise
                self.left -= 1
                self.doubled.setdefault(self.line + 1, found[1] if found else "")
                at = self.pointer - behind
                self.buffer = f"{self.buffer[:at]}\\{self.buffer[at:]}"
                self.index, self.pointer, self.line, self.column = start


def _behind(error: Exception) -> int:
    """Return how far behind a wrong escape's backslash the scanner stands; 0 for another mistake."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return 2
    return 1 if "unknown escape" in str(error.problem) else 2 if "escape sequence of" in str(error.problem) else 0


def doubled(text: str) -> tuple[str, dict[int, str]]:
    """Return a text with each wrong backslash doubled; and what is written in quotes around the first of each line, by line.

    Those that stand behind a bound are left as they are.
    """
    scanner = _Scanner(text)
    try:
        while scanner.check_token() and scanner.index < _MOST_SCANNED:
            scanner.get_token()  # type: ignore[no-untyped-call]
    except (yaml.YAMLError, ValueError, OverflowError):
        pass  # another mistake, of which the parser tells in its turn
    return scanner.buffer[:-1], scanner.doubled
