"""What a key of ``.wslconfig`` or ``wsl.conf`` is, and how keys are found by name: case counts as little as it does for WSL."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Type = Literal["bool", "int", "umask", "size", "path", "string", "enum", "ports", "words", "ipv4", "mac"]
"""``ports`` and ``words`` are comma separated lists; ``umask`` is an int that is written in octal."""

Value = bool | int | str | tuple[int, ...] | tuple[str, ...]
"""A value as WSL understands it: sizes in bytes, enums in their canonical spelling."""

Slot = tuple[str, str]
"""Section and key, in the table's spelling."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Args:
        section: its section.
        name: its name.
        type: how WSL reads its value.
        doc: what it does, for a person.
        default: its value where the file has none; None where that is computed or depends on something.
        otherwise: in words, what it is then.
        words: the words of an enum.
        unit: of an int.
        example: of an int whose default is none, or none to show.
        pattern: what a fleet file may say, beyond the type.
        min_wsl: the first WSL that knows it.
        min_build: the first Windows build for which it is documented.
        policy: the policy value that blocks it.
        needs: when it counts at all.
        alias_of: ``section.key`` of the key whose slot it shares.
        wsl2_only: whether distributions of WSL 1 ignore it.
        refused: what WSL sets where it refuses the value: a slot and the value that it gets.
        deprecated: whether it should be written no more.

    """

    section: str
    name: str
    type: Type
    doc: str
    default: Value | None = None
    otherwise: str = ""
    words: tuple[str, ...] = ()
    unit: str = ""
    example: int = 0
    pattern: str = ""
    min_wsl: str = ""
    min_build: int = 0
    policy: str = ""
    needs: str = ""
    alias_of: str = ""
    wsl2_only: bool = False
    refused: tuple[Slot, Value] | None = None
    deprecated: bool = False

    @property
    def full(self) -> str:
        """Return ``section.key``."""
        return f"{self.section}.{self.name}"

    @property
    def slot(self) -> Slot:
        """Where its value is kept: an alias has its target's slot."""
        section, _, name = (self.alias_of or self.full).partition(".")
        return section, name


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one file, by lower-case ``section.key``."""

    keys: Mapping[str, Key]

    def __iter__(self) -> Iterator[Key]:
        """Go through the keys in the table's order."""
        return iter(self.keys.values())

    def find(self, full: str) -> Key | None:
        """Return the key of a name such as ``wsl2.memory``."""
        return self.keys.get(full.lower())

    def of_slot(self, slot: Slot) -> Key:
        """Return the key that owns a slot."""
        return self.keys[f"{slot[0]}.{slot[1]}".lower()]

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections, in the table's order."""
        return tuple(dict.fromkeys(key.section for key in self))

    def named(self, name: str) -> list[Key]:
        """Return the keys of that name in any section, aliases last."""
        return sorted((key for key in self if key.name.lower() == name.lower()), key=lambda key: key.alias_of)

    def nearest(self, full: str) -> Key | None:
        """Return the key that was probably meant: the same name elsewhere, else the most similar one."""
        section, _, name = full.rpartition(".")
        if elsewhere := self.named(name):
            return elsewhere[0]
        names = {key.name.lower(): key for key in self if not key.alias_of and key.section.lower() == section.lower()}
        names = names or {key.name.lower(): key for key in self if not key.alias_of}
        close = difflib.get_close_matches(name.lower(), names, 1, 0.7)
        return names[close[0]] if close else None

    def nearest_section(self, section: str) -> str:
        """Return the section that was probably meant; empty for none."""
        names = {one.lower(): one for one in self.sections}
        close = difflib.get_close_matches(section.lower(), names, 1, 0.6)
        return names[close[0]] if close else ""


def table(*keys: Key) -> Table:
    """Make a table of its rows."""
    return Table({key.full.lower(): key for key in keys})
