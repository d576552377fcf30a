"""How WSL reads numbers, sizes and addresses out of text (src/shared/inc/stringshared.h, src/shared/configfile/configfile.cpp).

Written anew and on purpose without our own reader in ``core``, as `pyinfra_wsl.lab.wsl.configfile` is.
"""

from __future__ import annotations

import ipaddress
import re

BOOLS = {"1": True, "true": True, "0": False, "false": False}
_SIZE = re.compile(r"[ \t\n\v\f\r]*([+-]?)([0-9]+)(B|[KMGT]B?)?")
_SHIFTS = {"": 0, "B": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_INT = re.compile(r"[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))")
_STOI = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
_MAC = re.compile(r"[0-9a-fA-F]{2}([:-])[0-9a-fA-F]{2}(?:\1[0-9a-fA-F]{2}){4}")
_LARGEST = (1 << 64) - 1
_INT_MAX = (1 << 31) - 1
PORTS = range(1, 1 << 16)


def boolean(value: str) -> bool | None:
    """Read ``true``, ``false``, ``1`` or ``0`` in any case; None for anything else."""
    return BOOLS.get(value.lower())


def size(value: str) -> int | None:
    """Read bytes such as ``64GB``: strtoull, upper-case units, no space, no decimals; a zero is written ``0`` alone."""
    match = _SIZE.fullmatch(value)
    if not match:
        return None
    number = min(int(match[2]), _LARGEST)
    number = -number & _LARGEST if match[1] == "-" and number < _LARGEST else number
    if not number and not re.match(r"0(?![0-9])", value):
        return None
    return number << _SHIFTS[(match[3] or "")[:1]] & _LARGEST


def integer(value: str, *, saturates: bool) -> int | None:
    """Read a number as strtol with base 0.

    Args:
        value: the text.
        saturates: a number that is too large becomes the largest, as on Windows, where a long has 32 bits; else it is invalid.

    """
    match = _INT.fullmatch(value)
    if not match:
        return None
    number = int(match[2], 16) if match[2] else int(match[3] or match[4], 8 if match[3] else 10)
    number = -number if match[1] == "-" else number
    if -_INT_MAX - 1 <= number <= _INT_MAX:
        return number
    return max(-_INT_MAX - 1, min(_INT_MAX, number)) if saturates else None


def is_mac(value: str) -> bool:
    """Whether a text is a MAC address: six bytes between ``:`` or ``-``, always the same."""
    return bool(_MAC.fullmatch(value))


def is_ipv4(value: str) -> bool:
    """Whether a text is an IPv4 address of four numbers (inet_pton)."""
    try:
        return bool(ipaddress.IPv4Address(value))
    except ValueError:
        return False


def port(value: str) -> int | None:
    """Read a port as stoi does: what follows the digits is not looked at."""
    match = _STOI.match(value)
    return int(match[1]) if match and int(match[1]) in PORTS else None
