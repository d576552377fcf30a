"""Settings of a fleet file, checked against the table of keys: every error at once, each with the right form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyinfra_wsl.core.formats.ini.keys import Slot, Value
from pyinfra_wsl.core.formats.ini.parse import File, unknown
from pyinfra_wsl.core.formats.ini.values import RefusedError, declared

OPTIONS: dict[str, tuple[str, ...]] = {"mode": ("merge", "replace"), "apply": ("now", "when_idle", "next_start")}
"""What stands beside the sections in a fleet file, the default: ``merge``, ``when_idle``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one setting.

    Args:
        path: where, as keys from the noun's own object: ``("wsl2", "memory")``.
        message: what is wrong.
        right_form: what to write instead; empty where nothing can be said.
        warning: whether the settings can be used nevertheless.

    """

    path: tuple[str, ...]
    message: str
    right_form: str = ""
    warning: bool = False


def check(settings: Mapping[str, object], file: File) -> list[Problem]:
    """Return everything that is wrong with settings, in their order.

    Args:
        settings: sections with keys and values, and ``mode`` and ``apply``, as the fleet file has them.
        file: for which file they are.

    """
    return [problem for name, content in settings.items() for problem in _check_one(name, content, file)] + _check_aliases(
        settings, file
    )


def _check_one(name: str, content: object, file: File) -> Iterator[Problem]:
    if name in OPTIONS:
        if content not in OPTIONS[name]:
            yield Problem((name,), f"'{content}' is not a choice", " or ".join(OPTIONS[name]))
    elif name not in file.table.sections:
        yield Problem((name,), *_no_section(name, file))
    elif not isinstance(content, Mapping):
        yield Problem((name,), f"[{name}] has keys with values", f"{{{next(_names(name, file))}: …}}")
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
    return f"{file.name} has no section [{name}]", near or "one of " + ", ".join(file.table.sections)


def _check_key(section: str, name: str, value: object, file: File) -> Iterator[Problem]:
    path = (section, name)
    key = file.table.find(f"{section}.{name}")
    if key is None:
        yield Problem(path, unknown(f"{section}.{name}", file), _nearest(section, name, file))
        return
    if key.name != name:
        yield Problem(path, f"{name} is spelled {key.name}", key.name)
    try:
        declared(key, value, windows=file.windows)
    except RefusedError as refused:
        fatal = "; WSL would not start" if key.type == "mac" else ""
        yield Problem(path, refused.problem + fatal, refused.right_form)
        return
    if key.deprecated:
        yield Problem(path, key.doc, key.alias_of, warning=True)


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
            problems.append(Problem((key.section, key.name), message, f"only {key.alias_of}"))
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
