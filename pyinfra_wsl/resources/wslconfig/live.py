"""What the WSL VM that runs has, read inside it, against what ``.wslconfig`` says: written is not live.

It is read where a distribution is looked into anyway, in the same request; no VM is started for it. The kernel keeps some of its
memory for itself: with 8 GiB about 7.76 GiB are left in ``MemTotal`` (proc(5): "total usable RAM"; how much, from knowledge). The
networking mode that runs is told by ``wslinfo`` (src/linux/init/wslinfo.cpp), and need not be the one that was asked for: WSL
falls back with a warning (src/windows/service/exe/WslCoreVm.cpp).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pyinfra_wsl.core.call import Answer, Call, CallError
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.formats.ini.keys import Slot, Value
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows.wsl_exe import inside

_FILES = ("/proc/meminfo", "/proc/version", "/sys/devices/system/cpu/online")
_MOST = 1 << 16  # characters that are read
_SIZE = re.compile(r"^(MemTotal|SwapTotal): +(\d{1,15}) kB$", re.MULTILINE)
_KERNEL = re.compile(r"^Linux version (\S{1,100}) ", re.MULTILINE)
_ONLINE = re.compile(r"^\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*$", re.MULTILINE)
_MODES = {"nat": "Nat", "bridged": "Bridged", "mirrored": "Mirrored", "consomme": "VirtioProxy", "virtioproxy": "VirtioProxy",
          "none": "None"}  # fmt: skip
_LEAST = 256 << 20  # bytes of memory that any VM gets
_KEPT = 192 << 20  # bytes that the kernel keeps at most besides its share
_SHARE = 24  # of its memory, the part that the kernel keeps at most
_ROUNDED = 1 << 20  # bytes by which a swap differs: its first page is a header


@dataclass(frozen=True, slots=True)
class Live:
    """What a running VM has; None is unknown.

    Args:
        memory: bytes that Linux can use.
        swap: bytes.
        processors: how many.
        networking: the mode, as ``.wslconfig`` spells it.
        kernel: the release, as ``uname -r`` has it.

    """

    memory: int | None = None
    swap: int | None = None
    processors: int | None = None
    networking: str | None = None
    kernel: str | None = None


@lru_cache(maxsize=256)
def probe(exe: str, distro: str) -> Mapping[str, Call]:
    """Return what is asked inside a distribution that is looked into."""
    return {"vm": inside(exe, distro, "cat", *_FILES), "mode": inside(exe, distro, "wslinfo", "--networking-mode")}


def read(answers: Mapping[str, Mapping[str, Answer]]) -> Live | None:
    """Read what the distributions told, of which only one was asked; None where none was, or what it told is WSL 1's."""
    told = next((one for one in answers.values() if "vm" in one and "mode" in one), None)
    if told is None:
        return None
    text, mode = _said(told["vm"]), _said(told["mode"]).strip()
    if mode == "wsl1":
        return None
    sizes = {name: int(kilobytes) << 10 for name, kilobytes in _SIZE.findall(text)}
    kernel, online = _KERNEL.search(text), _ONLINE.search(text)
    live = Live(
        memory=sizes.get("MemTotal"),
        swap=sizes.get("SwapTotal"),
        processors=_processors(online[0]) if online else None,
        networking=_MODES.get(mode),
        kernel=escape(kernel[1]) if kernel else None,
    )
    return None if live == Live() else live


def _said(answer: Answer) -> str:
    try:
        return Output.of(answer).stdout.decode("utf-8", "replace")[:_MOST]
    except CallError:
        return ""


def _processors(online: str) -> int | None:
    """Return how many a list of the kernel names, which has them rising; None of any other."""
    last, found = -1, 0
    for part in online.split(","):
        low, _, high = part.partition("-")
        first, end = int(low), int(high or low)
        if not last < first <= end:
            return None
        last, found = end, found + end - first + 1
    return found


def differences(live: Live, written: Mapping[Slot, Value], memory: int | None, kernel: str | None) -> Iterator[str]:
    """Say what of a running VM is not as ``.wslconfig`` says now, or as it is where that says nothing.

    Args:
        live: what runs.
        written: the values in force in the file, by section and key; without defaults.
        memory: bytes of the laptop's memory; None while unknown.
        kernel: version of the kernel that the package brings; None while unknown.

    """
    yield from _memory(live, written.get(("wsl2", "memory")), memory)
    processors = written.get(("wsl2", "processors"))
    if isinstance(processors, int) and processors > 0 and live.processors not in (None, processors):
        yield f"[wsl2] processors: {processors} is written, {live.processors} run"
    if written.get(("wsl2", "safeMode")) is True:  # it turns off the rest
        return
    swap = written.get(("wsl2", "swap"))
    if isinstance(swap, int) and swap < 1 << 63 and live.swap is not None and abs(swap - live.swap) > _ROUNDED:
        yield f"[wsl2] swap: {_size(swap)} is written, {_size(live.swap)} runs"
    mode = written.get(("wsl2", "networkingMode"))
    if mode is not None and live.networking is not None and mode != live.networking:
        yield f"[wsl2] networkingMode: {mode} is written, {live.networking} runs"
    own = written.get(("wsl2", "kernel"))
    if not own and kernel and live.kernel and kernel.split("-")[0] != live.kernel.split("-")[0]:
        yield f"kernel: the package brings {kernel}, {live.kernel} runs"


def _memory(live: Live, written: Value | None, laptop: int | None) -> Iterator[str]:
    wanted = written if isinstance(written, int) and written > 0 else laptop // 2 if laptop else None
    if wanted is None or live.memory is None:
        return
    wanted = min(max(wanted, _LEAST), laptop or wanted)
    if not wanted - wanted // _SHARE - _KEPT <= live.memory <= wanted:
        words = "is written" if isinstance(written, int) and written > 0 else "is half of the laptop's, and nothing is written"
        yield f"[wsl2] memory: {_size(wanted)} {words}, {_size(live.memory)} can be used in what runs"


def _size(size: int) -> str:
    return f"{size / (1 << 30):.1f} GB" if size >= 1 << 30 else f"{size >> 20} MB"
