"""What WSL says of a line of ``.wslconfig`` or ``/etc/wsl.conf``: in any language it names key, file and line the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pyinfra_wsl.core.formats.ini.keys import Table
from pyinfra_wsl.core.formats.ini.wsl_conf_keys import KEYS as WSL_CONF
from pyinfra_wsl.core.formats.ini.wslconfig_keys import KEYS as WSLCONFIG
from pyinfra_wsl.errors import sentences
from pyinfra_wsl.errors.answer import Finding
from pyinfra_wsl.errors.normalise import squeeze
from pyinfra_wsl.errors.sentences import Sentence

UNKNOWN_KEY = "MessageConfigUnknownKey"
VALUES = {
    "MessageConfigInvalidBoolean": ("no truth value", "write true or false"),
    "MessageConfigInvalidInteger": ("no whole number", "write a whole number without a unit"),
    "MessageInvalidNumberString": ("no size", "write a whole number and its unit, as 8GB"),
    "MessageConfigInvalidIp": ("no address", "write an IPv4 address, as 10.255.255.254"),
    "MessageConfigMacAddress": ("no MAC address", "write six pairs of hexadecimal digits, as 00-15-5d-01-02-03"),
    "MessageConfigInvalidEnum": ("none of the words that WSL knows", "write one of the words that the message lists"),
}
LINES = {
    "MessageConfigInvalidSection": ("the name of a section is broken", "write it as [wsl2], in a line of its own"),
    "MessageConfigInvalidKey": ("the name of a key is broken", "write key=value, the key of letters and digits"),
    "MessageConfigExpected": ("something is missing in the line", "write [section] or key=value, and close each quote mark"),
    "MessageConfigInvalidEscape": (
        "a single backslash stands in a value", "double each backslash of a Windows path: C:\\\\folder\\\\file",
    ),
    "MessageConfigKeyDuplicated": ("the key stands there twice, and the first one counts", "remove one of the two lines"),
}  # fmt: skip
POLICY = "MessageSettingOverriddenByPolicy"
BY_TYPE = {
    "bool": VALUES["MessageConfigInvalidBoolean"], "int": VALUES["MessageConfigInvalidInteger"],
    "size": VALUES["MessageInvalidNumberString"], "ipv4": VALUES["MessageConfigInvalidIp"],
    "mac": VALUES["MessageConfigMacAddress"], "enum": VALUES["MessageConfigInvalidEnum"],
    "ports": ("no list of ports", "write whole numbers with commas between them"),
    "path": ("no path that can be used", "write a whole Windows path, each backslash of it twice"),
}  # fmt: skip
"""What a key's value should be, where the words of the message are not known: no release has all translations."""
MESSAGES = (UNKNOWN_KEY, POLICY, *VALUES, *LINES)
"""WSL's messages about a line of settings: localization/strings/en-US/Resources.resw."""

REMOVED = frozenset({"wsl2.pagereporting", "experimental.usewindowsdnscache", "automount.crossdistro", "wsl2.virtio9p"})
"""Keys that an earlier WSL had: release notes of microsoft/WSL."""
_LATER = {"wsl2.kernelmodules": "take a path there"}
"""What a key could not yet do in an earlier WSL: microsoft/WSL #12912."""

_AT = re.compile(r"(?P<file>\.wslconfig|/etc/wsl\.conf)(?:['\"”“»« ]{0,2}:? ?(?P<line>\d{1,6}))?", re.IGNORECASE | re.ASCII)
_BEGIN = re.compile(r"(?=(?<![\w.\\/])wsl: )")
_QUOTES = "'\"`´‘’‚‛“”„‟«»‹›「」『』"
_QUOTED = re.compile(rf"[{_QUOTES}] ?([^{_QUOTES}]{{1,200}}?) ?(?=[{_QUOTES}])")
_DOTTED = re.compile(r"(?<![\w.\\/-])[A-Za-z][A-Za-z0-9]{1,30}\.[A-Za-z][A-Za-z0-9]{0,60}(?![\w\\/-])", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}", re.ASCII)
_PATH = re.compile(r".*[\\/].*\w")
_AROUND = 300
_MOST = 20


class File(NamedTuple):
    """One of the two files."""

    area: str
    name: str
    table: Table
    declared: str
    other: str
    other_table: Table


_FILES = {
    ".wslconfig": File("wslconfig", ".wslconfig", WSLCONFIG, "wslconfig", "/etc/wsl.conf", WSL_CONF),
    "/etc/wsl.conf": File("wsl_conf", "/etc/wsl.conf", WSL_CONF, "wsl_distros.wsl_conf", ".wslconfig", WSLCONFIG),
}


def find(texts: Sequence[str], messages: Iterable[Sentence]) -> list[Finding]:
    """Return what is wrong in settings, of the first form of a text that tells anything.

    Args:
        texts: the text, each form of it as one line.
        messages: WSL's messages about settings, in all languages.

    """
    wanted = list(messages)
    for text in texts:
        found = [one for at, around in _places(text) if (one := _finding(at, around, wanted)) is not None]
        if found:
            return list(dict.fromkeys(found))[:_MOST]
    return []


def _places(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield each place of a file that a text names, with the sentence around it.

    Some translations have key, file and line in another order than WSL fills them in (tr-TR): there the line is not known.
    """
    for part in _BEGIN.split(text):
        places = list(_AT.finditer(part))[:_MOST]
        places = [at for at in places if at["line"]] or places
        for number, at in enumerate(places):
            start = places[number - 1].end() if number else 0
            end = at.end() if number + 1 < len(places) else len(part)
            yield at, part[max(start, at.start() - _AROUND) : min(end, at.end() + _AROUND)]


def _finding(at: re.Match[str], around: str, messages: Iterable[Sentence]) -> Finding | None:
    file = _FILES[at["file"].lower()]
    letters = squeeze(around)
    kind = next((one.name for one in messages if sentences.stands_in(letters, one)), "")
    quoted = [one.strip() for one in _QUOTED.findall(around.replace(at["file"], " "))]
    key = _key(quoted, around.replace(at["file"], " "))
    if kind == POLICY:
        return _of_policy(file, key)
    where = f"line {at['line']} of {file.name}" if at["line"] else file.name
    if kind in LINES:
        cause, remedy = LINES[kind]
        return Finding(key or kind, file.area, f"{cause}: {where}", remedy, (file.declared,))
    if not key or not (kind or (at["line"] and _is_key(key))):
        return None
    if kind in VALUES or (not kind and file.table.find(key)):
        return _wrong_value(file, key, where, kind, a_path=any(map(_PATH.fullmatch, quoted)))
    return _unknown_key(file, key, where)


def _of_policy(file: File, key: str) -> Finding:
    """Tell which policy takes a setting back, where the text names the setting."""
    known = file.table.find(key)
    policy = known.policy if known else ""
    cause = f"a policy of the company takes the setting back{f': {key}' if key else ''}"
    remedy = f"ask who owns the policy{f' {policy}' if policy else ''} (Group Policy or Intune), or remove the line"
    return Finding(key or POLICY, "policy", cause, remedy, (f"wsl_policy.{policy}" if policy else "wsl_policy",))


def _key(quoted: Sequence[str], around: str) -> str:
    """Return the key that a sentence names; empty where it names none."""
    dotted = [one for one in [*quoted, *_DOTTED.findall(around)] if _DOTTED.fullmatch(one)]
    plain = (one for one in quoted if _PLAIN.fullmatch(one))
    return next((one for one in dotted if _is_key(one)), "") or next(iter([*dotted, *plain]), "")


def _is_key(name: str) -> bool:
    return any(table.find(name) or table.named(name) for table in (WSLCONFIG, WSL_CONF))


def _wrong_value(file: File, key: str, where: str, kind: str, *, a_path: bool) -> Finding:
    known = file.table.find(key)
    declared = (f"{file.declared}.{known.full}",) if known else (file.declared,)
    if a_path and (later := _LATER.get(key.lower())):
        cause = f"this version of WSL does not {later} yet: {key}, {where}"
        return Finding(key, file.area, cause, "update WSL: declare a newer wsl.package", ("wsl.package", *declared))
    by_type = BY_TYPE.get(known.type if known else "", ("not what the key takes", "correct the value"))
    cause, remedy = VALUES.get(kind, by_type)
    return Finding(key, file.area, f"the value is {cause}: {key}, {where}", remedy, declared)


def _unknown_key(file: File, key: str, where: str) -> Finding:
    cause, remedy, declared = _why_unknown(file, key)
    return Finding(key, file.area, f"{cause}: {key}, {where}", remedy, (declared,))


def _why_unknown(file: File, key: str) -> tuple[str, str, str]:
    """Return cause, remedy and the key of a fleet file, of a key that WSL does not know there."""
    if key.lower() in REMOVED:
        return "WSL removed that key", f"remove {key} from {file.name}: WSL no longer has it", file.declared
    if file.table.find(key):
        remedy = "update WSL, whose newer versions know it, or remove the line (declare a newer wsl.package)"
        return "the installed version of WSL does not know that key yet", remedy, "wsl.package"
    section, _, name = key.rpartition(".")
    other = _FILES[file.other]
    here, there = file.table.named(name), other.table.named(name)
    if there and (other.table.find(key) or not here):
        cause = f"that key belongs into {other.name}, not into {file.name}"
        known = other.table.find(key) or there[0]
        return cause, f"move it into {other.name}, section [{known.section}]", f"{other.declared}.{known.full}"
    if here:
        missing = f"above it stands no section: [{here[0].section}] is missing or commented out"
        cause = f"that key is one of section [{here[0].section}]" if section else missing
        return cause, f"write it below a line [{here[0].section}]", f"{file.declared}.{here[0].full}"
    if meant := file.table.nearest(key):
        return (
            "WSL has no such key",
            f"write {meant.full} if that is meant, else remove the line",
            f"{file.declared}.{meant.full}",
        )
    return "WSL has no such key", "remove the line, or update WSL if the key is newer than it", file.declared
