"""JSON Schemas of what a fleet file says of ``.wslconfig`` and ``wsl.conf``, made of the tables of keys (draft 2020-12)."""

from __future__ import annotations

from typing import Any

from pyinfra_wsl.core.formats.ini.files import WSL_CONF, WSLCONFIG
from pyinfra_wsl.core.formats.ini.keys import Key
from pyinfra_wsl.core.formats.ini.parse import File
from pyinfra_wsl.core.formats.ini.values import FORMS, INT_MAX, INT_MIN, PATTERNS, spelled, text, text_pattern

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def of_wslconfig() -> dict[str, Any]:
    """Return the schema of ``wslconfig:``."""
    doc = (
        "What the user's .wslconfig says: settings of the WSL 2 virtual machine, for all their distributions. Sections and keys "
        "are Microsoft's; the values are those that WSL itself reads. An absent key is left as the user has it."
    )
    live = "wsl --shutdown, which stops all running distributions of the user"
    return _schema(doc, WSLCONFIG, live, "no distribution of the user runs")


def of_wsl_conf() -> dict[str, Any]:
    """Return the schema of a distribution's ``wsl_conf:``."""
    doc = (
        "What /etc/wsl.conf of a distribution says: settings of that one distribution. Sections and keys are Microsoft's; the "
        "values are those that WSL itself reads. An absent key is left as it is."
    )
    live = "wsl --terminate NAME, which stops the distribution"
    return _schema(doc, WSL_CONF, live, "the distribution did not run before")


def _schema(doc: str, file: File, live: str, idle: str) -> dict[str, Any]:
    sections = {section: _section(section, file) for section in file.table.sections}
    options = {
        "mode": {
            "description": "merge (default): only the declared keys are ours, other lines, comments and order stay. "
            "replace: the whole file is ours. The old file is kept as a backup in both.",
            "enum": ["merge", "replace"],
            "default": "merge",
        },
        "apply": {
            "description": f"When a change may become live, by {live}. now: at once. when_idle (default): only while {idle}, "
            "else deferred. next_start: never by us; it counts from the next start on.",
            "enum": ["now", "when_idle", "next_start"],
            "default": "when_idle",
        },
    }
    resource = {"description": doc, "type": "object", "additionalProperties": False, "properties": {**sections, **options}}
    return {
        "$schema": _DRAFT,
        "$id": f"{file.name.lstrip('.').replace('.', '_')}.json",
        "title": file.name,
        **_removable(resource),
    }


def _removable(schema: dict[str, Any]) -> dict[str, Any]:
    """Admit null for a value and all below it: in a fleet file it removes what was inherited."""
    found = dict(schema)
    if "type" in schema:
        found["type"] = [schema["type"], "null"]
    if "enum" in schema:
        found["enum"] = [*schema["enum"], None]
    if "anyOf" in schema:
        found["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    if "properties" in schema:
        found["properties"] = {name: _removable(below) for name, below in schema["properties"].items()}
    return found


def _section(section: str, file: File) -> dict[str, Any]:
    keys = [key for key in file.table if key.section == section]
    return {
        "description": f"Section [{section}] of {file.name}.",
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: _property(key, file) for key in keys},
    }


def _property(key: Key, file: File) -> dict[str, Any]:
    found: dict[str, Any] = {"description": describe(key), **_type(key, file)}
    if key.default is not None:
        plain = isinstance(key.default, bool) or key.type == "int"
        found["default"] = key.default if plain else text(key, key.default)
    if key.deprecated:
        found["deprecated"] = True
    return found


def describe(key: Key) -> str:
    """Return what a key does, its form, default and limits, as a person reads it."""
    parts = [key.doc]
    if key.type not in ("bool", "string", "int", "enum"):
        parts.append(f"Write {FORMS[key.type]}.")
    if key.unit:
        parts.append({"ms": "In milliseconds."}.get(key.unit, f"In {key.unit}."))
    if key.otherwise:
        parts.append(f"Default: {key.otherwise}.")
    if key.needs:
        parts.append(f"Counts only if {key.needs}.")
    if key.wsl2_only:
        parts.append("WSL 2 only.")
    if key.min_build:
        parts.append(f"Windows build {key.min_build} or later.")
    if key.min_wsl:
        parts.append(f"WSL {key.min_wsl} or later.")
    if key.policy:
        parts.append(f"Can be blocked by the policy {key.policy}.")
    return " ".join(parts)


def _type(key: Key, file: File) -> dict[str, Any]:
    plain = {"type": "string", "pattern": text_pattern(key, windows=file.windows)}
    special: dict[str, dict[str, Any]] = {
        "bool": {"type": "boolean"},
        "int": _integer(INT_MIN, INT_MAX),
        "enum": {"enum": spellings(key)},
        "size": {"anyOf": [plain, _integer(0, 2**64 - 1)], "examples": ["8GB", "512MB"]},
        "umask": {"anyOf": [{"type": "string", "pattern": PATTERNS["umask"]}, _integer(0, 0o777)], "examples": ["0022"]},
        "ports": {"type": "array", "items": _integer(1, 65535), "examples": [[3000, 9000]]},
        "words": {"type": "array", "items": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}, "examples": [["nbd"]]},
    }
    return special.get(key.type, plain)


def _integer(minimum: int, maximum: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": minimum, "maximum": maximum}


def spellings(key: Key) -> list[str]:
    """Return the spellings of an enum's words that a fleet file may use; WSL itself takes any case."""
    found = dict.fromkeys(word for one in key.words for word in (one.lower(), spelled(one), one))
    return list(found)
