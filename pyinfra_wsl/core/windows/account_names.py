r"""What Windows tells of whose SID is whose: names of accounts by SID, as far as a laptop knows them without asking its domain.

Sources, of which each may be missing:

- who owns an ``explorer.exe``, and we ourselves: what LSA says now (``Win32_Process.GetOwner``, Microsoft's reference);
- accounts of the laptop itself: ``Win32_UserAccount`` with ``LocalAccount = True``, which "returns only local user accounts from
  a domain joined computer" (Microsoft, about_WQL); without that condition it lists the whole domain;
- who was last at the logon screen: ``Authentication\LogonUI`` (``LastLoggedOnUserSID`` beside ``LastLoggedOnSAMUser`` and
  ``LastLoggedOnUser``) and its ``SessionData\N`` (``LoggedOn…``): not documented by Microsoft, read so by forensic tools
  (RegRipper);
- ``IdentityStore\Cache\SID\IdentityCache\SID``: ``UserName`` is the UPN, ``SAMName`` the short name; not documented, read so by
  inventory agents (GLPI) and scripts for Intune;
- ``Group Policy\DataStore\SID\0``: ``szName``, the short name of whom policies were applied to; not documented, *not verified*.

The last three are what once was: they may be older than a rename, so that contradicting names are no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call

_CURRENT = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion"
_LOGON = rf"{_CURRENT}\Authentication\LogonUI"
_IDENTITIES = r"HKLM\SOFTWARE\Microsoft\IdentityStore\Cache"
_POLICIES = rf"{_CURRENT}\Group Policy\DataStore"
_PERSON = re.compile(r"S-1-(?:5-21|12-1)(?:-\d{1,10}){1,8}", re.IGNORECASE)
_LONGEST = 400  # characters: a UPN has at most 113 in Entra ID, a name in a domain 256


def probe() -> dict[str, Call]:
    """Return what has to be asked of the machine; each call reads a few values for each person."""
    return {
        "local_accounts": call.cim_get("Win32_UserAccount", ["Name", "SID"], where="LocalAccount=TRUE"),
        "logon": call.registry_read(_LOGON),
        "logon_sessions": call.registry_read(rf"{_LOGON}\SessionData", depth=1),
        "identities": call.registry_read(_IDENTITIES, depth=3),
        "policies": call.registry_read(_POLICIES, depth=2),
    }


def is_person(sid: object) -> bool:
    """Whether it is the SID of an account of a laptop, of a domain (S-1-5-21) or of Entra ID (S-1-12-1): no service has those."""
    return isinstance(sid, str) and _PERSON.fullmatch(sid) is not None


def local(answer: Answer | None) -> dict[str, str] | None:
    """Return the names of the laptop's own accounts by SID; None while unknown: Windows always has some."""
    objects = answer.value.get("objects") if answer and answer.ok else None
    found = {
        one["SID"].upper(): one["Name"]
        for one in (objects if isinstance(objects, list) else [])
        if isinstance(one, dict) and is_person(one.get("SID")) and _text(one.get("Name"))
    }
    return found or None


def cached(answers: Mapping[str, Answer]) -> dict[str, tuple[str, ...]]:
    r"""Return the names by SID that Windows has written down: ``DOMAIN\name``, ``name``, ``name@domain``.

    Args:
        answers: by the names of `probe`; what is missing tells nothing.

    """
    found: dict[str, dict[str, None]] = {}
    for sid, name in _written(answers):
        if is_person(sid) and _text(name):
            found.setdefault(sid.upper(), {})[name] = None
    return {sid: tuple(names) for sid, names in found.items()}


def _text(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name) <= _LONGEST and not name.endswith(("\\", "@"))


def _written(answers: Mapping[str, Answer]) -> Iterator[tuple[Any, Any]]:
    for key in (_root(answers.get("logon")), *_below(_root(answers.get("logon_sessions"))).values()):
        for word in ("LastLoggedOn", "LoggedOn"):
            if sid := value(key, f"{word}UserSID"):
                yield sid, value(key, f"{word}SAMUser")
                yield sid, value(key, f"{word}User")
    for sid, key in _below(_root(answers.get("identities"))).items():
        own = _child(_child(key, "IdentityCache"), sid)
        yield sid, value(own, "SAMName")
        yield sid, value(own, "UserName")
    for sid, key in _below(_root(answers.get("policies"))).items():
        yield sid, value(_child(key, "0"), "szName")


def _root(answer: Answer | None) -> Mapping[str, Any]:
    return answer.value if answer and answer.exists else {}


def _below(key: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    keys = key.get("keys")
    return {name: one for name, one in keys.items() if isinstance(one, dict)} if isinstance(keys, dict) else {}


def _child(key: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    below = _below(key)
    if name in below:
        return below[name]
    return next((one for called, one in below.items() if called.lower() == name.lower()), {})


def value(key: Mapping[str, Any] | None, name: str) -> Any:
    """Return the data of a value of a key that was read, by its name in any case; None where there is none."""
    values = key.get("values") if key else None
    if not isinstance(values, dict):
        return None
    if isinstance(one := values.get(name), dict):
        return one.get("data")
    wanted = name.lower()
    for called, one in values.items():
        if called.lower() == wanted and isinstance(one, dict):
            return one.get("data")
    return None
