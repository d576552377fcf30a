"""How problems of a file are told: as lines for people, or as annotations that GitHub shows beside the lines of a change.

Form of annotations and what is escaped in them: GitHub, "Workflow commands for GitHub Actions", and ``escapeData`` and
``escapeProperty`` of actions/toolkit, packages/core/src/command.ts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

FORMATS = ("text", "github")
_PLACE = re.compile(r"(?P<file>.+?):(?:(?P<line>[0-9]+):)? (?P<said>.*)", re.DOTALL)
_NOTE = "note: "
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells problems.

    Args:
        github: whether as annotations, which GitHub reads from standard output.

    """

    github: bool = False

    @classmethod
    def of(cls, form: str | None) -> Teller:
        """Return the one for a form; where none is given, GitHub Actions gets its own (it sets ``GITHUB_ACTIONS`` to true)."""
        return cls((form or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")) == "github")

    def errors(self, problems: Iterable[str]) -> None:
        """Tell what is wrong, each as ``FILE:LINE: problem``."""
        self._tell("error", problems)

    def notes(self, notes: Iterable[str]) -> None:
        """Tell what is only to be noted, in the same form."""
        self._tell("notice", notes)

    def _tell(self, kind: str, problems: Iterable[str]) -> None:
        for one in problems:
            click.echo(annotation(kind, one) if self.github else one, err=not self.github)


def annotation(kind: str, problem: str) -> str:
    """Return the annotation for one problem.

    Args:
        kind: ``error`` or ``notice``.
        problem: ``FILE:LINE: what is wrong``, or without the line.

    """
    found = _PLACE.fullmatch(problem)
    if found is None:
        return f"::{kind}::{_escaped(problem, _DATA)}"
    place = {"file": _in_repository(found["file"]), **({"line": found["line"]} if found["line"] else {})}
    where = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in place.items())
    return f"::{kind} {where}::{_escaped(found['said'].removeprefix(_NOTE), _DATA)}"


def _in_repository(file: str) -> str:
    """Return a file's path as GitHub knows it: from the repository's folder on, wherever the command was called."""
    root = os.environ.get("GITHUB_WORKSPACE")
    path = Path(file).absolute()
    return path.relative_to(root).as_posix() if root and path.is_relative_to(root) else file


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(one, one) for one in text)
