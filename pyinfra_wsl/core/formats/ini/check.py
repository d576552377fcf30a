"""Settings of a fleet file, checked against the table of keys: every error at once, each with the right form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyinfra_wsl.core import show
from pyinfra_wsl.core.formats.ini.keys import Slot, Value
from pyinfra_wsl.core.formats.ini.parse import File, unknown
from pyinfra_wsl.core.formats.ini.values import RefusedError, declared
from pyinfra_wsl.core.problem import Problem

OPTIONS: dict[str, tuple[str, ...]] = {"mode": ("merge", "replace"), "apply": ("now", "when_idle", "next_start")}
"""What stands beside the sections in a fleet file, the default: ``merge``, ``when_idle``."""


Mode = Literal["merge", "replace"]
"""Whether other keys, comments and order of a file are kept, or the whole file is ours."""

Apply = Literal["now", "when_idle", "next_start"]
"""When what is written may become live."""


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared of one file.

    Args:
        values: by section and key, as WSL understands them.
        mode: how it is written.
        apply: when it may become live.

    """

    values: Mapping[Slot, Value] = field(default_factory=dict)
    mode: Mode = "merge"
    apply: Apply = "when_idle"


def want(settings: Mapping[str, Any], file: File) -> Want:
    """Read a declaration in which `check` finds nothing wrong: sections, ``mode``, ``apply``."""
    return Want(wanted(settings, file), settings.get("mode") or "merge", settings.get("apply") or "when_idle")


def check(settings: Mapping[str, object], file: File) -> list[Problem]:
    """Return everything that is wrong with settings, in their order.

    Args:
        settings: sections with keys and values, and ``mode`` and ``apply``, as the fleet file has them.
        file: for which file they are.

    """
    return [problem for name, content in settings.items() for problem in _check_one(name, content, file)] + _check_aliases(
        settings, file
    )


def _problem(path: tuple[str, ...], message: str, right_form: str) -> Problem:
    """Many messages say themselves what is read; then the right form would only repeat it."""
    return Problem(path, message, f"write {right_form}" if right_form and right_form not in message else "")


def _check_one(name: str, content: object, file: File) -> Iterator[Problem]:
    if name in OPTIONS:
        if content not in OPTIONS[name]:
            yield _problem((name,), f"{show.value(content)} is not a choice", " or ".join(OPTIONS[name]))
    elif name not in file.table.sections:
        yield _problem((name,), *_no_section(name, file))
    elif not isinstance(content, Mapping):
        yield _problem((name,), f"[{name}] has keys with values", f"{{{next(_names(name, file))}: …}}")
    else:
        for key_name, value in content.items():
            yield from _check_key(name, str(key_name), value, file)


def _names(section: str, file: File) -> Iterator[str]:
    return (key.name for key in file.table if key.section == section)


def _no_section(name: str, file: File) -> tuple[str, str]:
    if named := file.table.named(name):
        return f"{name} stands in no section", f"{named[0].section}: {{{named[0].name}: …}}"
    if name in file.other_table.sections:
        return f"[{name}] is a section of {file.other}, not of {file.name}: {file.where}", ""
    near = file.table.nearest_section(name)
    return f"{file.name} has no section [{show.name(name)}]", near or "one of " + ", ".join(file.table.sections)


def _check_key(section: str, name: str, value: object, file: File) -> Iterator[Problem]:
    path = (section, name)
    key = file.table.find(f"{section}.{name}")
    if key is None:
        yield _problem(path, unknown(f"{section}.{name}", file), _nearest(section, name, file))
        return
    if key.name != name:
        yield _problem(path, f"{name} is spelled {key.name}", key.name)
    try:
        declared(key, value, windows=file.windows)
    except RefusedError as refused:
        fatal = "; WSL would not start" if key.type == "mac" else ""
        yield _problem(path, refused.problem + fatal, refused.right_form)


def _nearest(section: str, name: str, file: File) -> str:
    near = file.table.nearest(f"{section}.{name}")
    if near is None or (not file.table.named(name) and file.other_table.named(name)):
        return ""
    return near.name if near.section == section else near.full


def _check_aliases(settings: Mapping[str, object], file: File) -> list[Problem]:
    problems = []
    for key in file.table:
        section, name = key.slot
        if key.alias_of and _has(settings, key.section, key.name) and _has(settings, section, name):
            message = f"{key.full} and {key.alias_of} are one setting with two names"
            problems.append(_problem((key.section, key.name), message, f"only {key.alias_of}"))
    return problems


def _has(settings: Mapping[str, object], section: str, name: str) -> bool:
    content = settings.get(section)
    return isinstance(content, Mapping) and name in content


def wanted(settings: Mapping[str, object], file: File) -> dict[Slot, Value]:
    """Return the settings as values by section and key; they must have passed `check`.

    Raises:
        RefusedError: for a value that is not one.
        KeyError: for a key that is not one.

    """
    found: dict[Slot, Value] = {}
    for name, content in settings.items():
        if name not in OPTIONS and isinstance(content, Mapping):
            for key_name, value in content.items():
                key = file.table.keys[f"{name}.{key_name}".lower()]
                found[key.slot] = declared(key, value, windows=file.windows)
    return found


def keys(settings: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield section, key and value of each setting of a declaration."""
    for section, content in settings.items():
        if section not in OPTIONS:
            for name, value in content.items():
                yield section, name, value
