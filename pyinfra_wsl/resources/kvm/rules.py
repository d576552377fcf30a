"""Who has the last word on the group and mode of ``/dev/kvm`` at its appearance: files of udev's other than ours.

udev(7): files are read in the order of their names, whatever their folder, and one hides those of its name in later folders; the
last ``MODE=`` counts, and nothing after a ``MODE:=``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.resources.kvm.modprobe import Source, sources

RULE_FILE = "/etc/udev/rules.d/99-pyinfra-wsl-kvm.rules"
SCRIPT = r"""rules() { for d in /etc /run /usr/local/lib /usr/lib /lib; do
  grep -HnE '^[^#]*KERNEL=="([^"]*[|])?kvm([|][^"]*)?"' $d/udev/rules.d/*.rules 2>/dev/null; done
  for f in /etc/udev/rules.d/*.rules /run/udev/rules.d/*.rules; do [ -e "$f" ] && [ ! -s "$f" ] && echo "$f:1:#"; done; true; }
part rules rules
"""
"""An empty file, or a link to /dev/null, hides others too."""

_SET = re.compile(r'\b(MODE|GROUP)\s*(:?=)(?!=)\s*"([^"]*)"')


def overruled(lines: Sequence[str], mode: str) -> Failure | None:
    """Return why the declared group and mode would not last; None where our file has the last word.

    Args:
        lines: what `SCRIPT` printed.
        mode: the declared one, four octal digits.

    """
    wanted, own = {"MODE": mode.lstrip("0"), "GROUP": "kvm"}, RULE_FILE.rpartition("/")[2]
    for one in sources(lines):
        for name, sign, value in _SET.findall(one.text):
            have = value.lstrip("0") if name == "MODE" else value
            if have != wanted[name] and one.path != RULE_FILE and (one.name > own or sign == ":="):
                return _failure(one, f'{name}{sign}"{value}"')
    return None


def _failure(one: Source, said: str) -> Failure:
    return Failure(
        f"{one.place} has the last word on /dev/kvm at each start of the host: {said}",
        "take that away there, or declare device_mode as it says; then run again",
        "overruled",
    )
