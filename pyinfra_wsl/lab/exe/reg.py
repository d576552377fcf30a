"""reg.exe: query, add, delete, load, unload (Microsoft: "reg query" …; the spacing of the output from knowledge of Windows)."""

from __future__ import annotations

from typing import Any

from pyinfra_wsl.lab.machine import hives, text
from pyinfra_wsl.lab.machine.hives import HiveError
from pyinfra_wsl.lab.machine.node import FileError
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported
from pyinfra_wsl.lab.machine.registry import LONG_NAMES, RegistryDeniedError, rooted, split

TYPES = {
    "String": "REG_SZ",
    "ExpandString": "REG_EXPAND_SZ",
    "Binary": "REG_BINARY",
    "DWord": "REG_DWORD",
    "MultiString": "REG_MULTI_SZ",
    "QWord": "REG_QWORD",
    "None": "REG_NONE",
}
KINDS = {name: kind for kind, name in TYPES.items()}
DEFAULT = {"en": "(Default)", "de": "(Standard)", "zh": "(默认)"}
NOT_SET = {"en": "(value not set)", "de": "(Wert nicht gesetzt)", "zh": "(数值未设置)"}
FOUND = {
    "en": "End of search: {} match(es) found.",
    "de": "Ende der Suche: {} Übereinstimmung(en) gefunden.",
    "zh": "搜索结束: 找到 {} 匹配。",
}
NO_NUMBER = "ERROR: Invalid syntax. Specify valid numeric value for '/d'.\nType \"REG ADD /?\" for usage.\n"
NOT_FOUND = "ERROR: The system was unable to find the specified registry key or value.\n"


async def reg(inv: Invocation) -> int:
    """Carry out one operation on one key."""
    if len(inv.arguments) < 2:
        raise Unsupported(" ".join(inv.arguments))
    verb, key, *rest = inv.arguments
    if verb.lower() in {"load", "unload"}:
        return await _hive(inv, verb.lower(), key, rest)
    operations = {"query": _query, "add": _add, "delete": _delete}
    if verb.lower() not in operations:
        raise Unsupported(verb)
    try:
        path = rooted(key, inv.account)
    except KeyError:
        await inv.err("ERROR: Invalid key name.\n")
        return 1
    try:
        options = _options(rest, ("/v", "/f")) if verb.lower() == "query" else _options(rest)
        return await operations[verb.lower()](inv, path, options)
    except RegistryDeniedError:
        await inv.err(f"ERROR: {text.message(inv.machine.culture, 5)}\n")
        return 1


async def _hive(inv: Invocation, verb: str, key: str, rest: list[str]) -> int:
    """Load a file as a key of its own below HKLM or HKU, or unload it: for who may back up and restore, which is elevated."""
    try:
        root, names = split(key)
    except KeyError:
        root, names = "", []
    if len(names) != 1 or root not in {"HKLM", "HKU"} or len(rest) != (verb == "load"):
        await inv.err("ERROR: Invalid key name.\n")
        return 1
    if root == "HKLM":
        raise Unsupported(f"{verb} below HKLM")
    try:
        if not inv.elevated:
            raise HiveError(1314)
        if verb == "load":
            hives.load(inv.machine.registry, inv.machine.files, names[0], inv.path(rest[0]), inv.token)
        else:
            hives.unload(inv.machine.registry, inv.machine.files, names[0])
    except (HiveError, FileError) as problem:
        await inv.err(f"ERROR: {text.message(inv.machine.culture, problem.code)}\n")
        return 1
    return await _done(inv)


def _options(words: list[str], values: tuple[str, ...] = ("/v", "/t", "/d")) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        name = rest.pop(0).lower()
        if name in values and rest:
            found[name] = rest.pop(0)
        elif name in ("/s", "/f", "/ve", "/va", "/reg:64", *(("/d", "/e") if "/f" in values else ())):
            found[name] = ""
        else:
            raise Unsupported(name)
    return found


async def _query(inv: Invocation, path: str, options: dict[str, str]) -> int:
    registry = inv.machine.registry
    if not registry.exists(path, inv.token):
        await inv.err(NOT_FOUND)
        return 1
    if "/f" in options:
        return await _search(inv, path, options)
    name = "" if "/ve" in options else options.get("/v")
    if "/s" in options and name is not None:
        raise Unsupported("/s with /v")
    if name is not None:
        found = {key: one for key, one in registry.values(path, inv.token).items() if key.lower() == name.lower()}
        if not found and not name:  # an unnamed value that is not set is no failure
            found = {"": ("String", NOT_SET[text.language(inv.machine.culture)])}
        if not found:
            await inv.err(NOT_FOUND)
            return 1
        await inv.out(f"\n{_long(path)}\n{_rows(inv, found)}\n")
        return 0
    for below in registry.walk(path, inv.token) if "/s" in options else [path]:
        await _print(inv, below, listed="/s" not in options)
    return 0


async def _search(inv: Invocation, path: str, options: dict[str, str]) -> int:
    """Look for data that is exactly that, in any case; it says how often, and ends with 1 where that is never."""
    if set(options) != {"/s", "/d", "/e", "/f"}:
        raise Unsupported("a search other than /s /d /e /f DATA")
    registry, many = inv.machine.registry, 0
    for below in registry.walk(path, inv.token):
        values = registry.values(below, inv.token)
        hits = {name: one for name, one in values.items() if _shown(*one).lower() == options["/f"].lower()}
        many += len(hits)
        if hits:
            await inv.out(f"\n{_long(below)}\n{_rows(inv, hits)}")
    await inv.out(f"\n{FOUND[text.language(inv.machine.culture)].format(many)}\n")
    return 0 if many else 1


async def _print(inv: Invocation, path: str, *, listed: bool) -> None:
    registry = inv.machine.registry
    values = registry.values(path, inv.token)
    subkeys = "".join(f"{_long(path)}\\{name}\n" for name in registry.keys(path, inv.token)) if listed else ""
    if values:
        await inv.out(f"\n{_long(path)}\n{_rows(inv, values)}\n{subkeys}")
    elif subkeys or not listed:
        await inv.out(f"\n{subkeys}" if listed else "")


def _long(path: str) -> str:
    hive, names = split(path)
    return "\\".join([LONG_NAMES[hive], *names])


def _rows(inv: Invocation, values: dict[str, tuple[str, Any]]) -> str:
    default = DEFAULT[text.language(inv.machine.culture)]
    return "".join(f"    {name or default}    {TYPES[kind]}    {_shown(kind, data)}\n" for name, (kind, data) in values.items())


def _shown(kind: str, data: Any) -> str:
    if isinstance(data, (bytes, bytearray)):
        return data.hex().upper()
    if kind in ("DWord", "QWord"):
        return f"0x{data:x}"
    return "\\0".join(data) if kind == "MultiString" else str(data)


async def _add(inv: Invocation, path: str, options: dict[str, str]) -> int:
    registry = inv.machine.registry
    if "/v" not in options and "/ve" not in options:
        registry.create(path, inv.token)
        return await _done(inv)
    name, of_type = options.get("/v", ""), options.get("/t", "REG_SZ").upper()
    if of_type not in KINDS:
        raise Unsupported(of_type)
    if "/f" not in options and name in registry.values(path, inv.token):
        raise Unsupported("an existing value without /f asks a question")
    try:
        data = _data(KINDS[of_type], options.get("/d", ""))
    except ValueError:
        await inv.err(NO_NUMBER)
        return 1
    registry.set(path, name, KINDS[of_type], data, inv.token)
    return await _done(inv)


def _data(kind: str, words: str) -> Any:
    if kind in ("DWord", "QWord"):
        number = int(words or "0", 16 if words.lower().startswith("0x") else 10)
        if not 0 <= number < 1 << (32 if kind == "DWord" else 64):
            raise ValueError(words)
        return number
    if kind in ("Binary", "None"):
        return bytes.fromhex(words)
    return words.split("\\0") if kind == "MultiString" else words


async def _delete(inv: Invocation, path: str, options: dict[str, str]) -> int:
    registry = inv.machine.registry
    if "/f" not in options or "/va" in options:
        raise Unsupported("reg delete without /f, or with /va")
    name = "" if "/ve" in options else options.get("/v")
    removed = registry.remove_tree(path, inv.token) if name is None else registry.remove_value(path, name, inv.token)
    if not removed:
        await inv.err(NOT_FOUND)
        return 1
    return await _done(inv)


async def _done(inv: Invocation) -> int:
    await inv.out(f"{text.message(inv.machine.culture, 0)}\n")
    return 0


PROGRAMS = {"reg.exe": reg}
