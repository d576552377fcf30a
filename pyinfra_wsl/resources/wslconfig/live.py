"""What the WSL VM that runs has, read inside it, against what ``.wslconfig`` says: written is not live.

It is read where a distribution is looked into anyway, or in one that runs where none is declared, in the same request; no VM is
started for it. The kernel keeps some of its
memory for itself: with 8 GiB about 7.76 GiB are left in ``MemTotal`` (proc(5): "total usable RAM"; how much, from knowledge). The
networking mode that runs is told by ``wslinfo`` (src/linux/init/wslinfo.cpp), and need not be the one that was asked for: WSL
falls back with a warning (src/windows/service/exe/WslCoreVm.cpp).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call, CallError
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.formats.ini.keys import Slot, Value
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows.user import CMD
from pyinfra_wsl.core.windows.wsl_exe import inside

_FILES = ("/proc/meminfo", "/proc/version", "/sys/devices/system/cpu/online")
_MARK = "----"
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


@lru_cache(maxsize=8)
def probe_running(exe: str) -> Mapping[str, Call]:
    """Return what is asked of all that run, in one call: nobody knows yet who they are, and nobody else is started.

    cmd.exe looks ``wsl.exe`` up in the package's folder: in a line without quotes nothing is read twice, and WSL gives no
    distribution a name with a character that means anything to it (LxssUserSession.cpp, ``^[a-zA-Z0-9._-]{1,256}$``).
    """
    asked = f"wsl.exe -d %i -u root -e cat {' '.join(_FILES)} & wsl.exe -d %i -u root -e wslinfo --networking-mode"
    line = f"for /f %i in ('wsl.exe --list --running --quiet') do @echo {_MARK} & {asked}"
    environment = {"WSL_UTF8": "1", "PATH": exe.rpartition("\\")[0]}
    return {"running": call.run(CMD, "/d", "/v:off", "/s", "/c", f"{line} ", environment=environment, timeout=90)}


def read(answers: Mapping[str, Mapping[str, Answer]], running: Answer | None = None) -> Live | None:
    """Read what the distributions told; None where none did, or what they told is WSL 1's.

    Args:
        answers: to `probe`, by the names of those that were looked into, of which only one was asked.
        running: to `probe_running`; None where that was not asked.

    """
    told = next((one for one in answers.values() if "vm" in one and "mode" in one), None)
    if told is not None:
        return _read(_said(told["vm"]), _said(told["mode"]).strip())
    parts = [part.strip() for part in _said(running).split(_MARK)[1:]] if running is not None else []
    # In WSL 1 the files tell of the laptop: where the mode is not told, nobody knows of what they tell.
    return next((_read(part, mode) for part in parts if (mode := part.rpartition("\n")[2].strip()) in _MODES), None)


def _read(text: str, mode: str) -> Live | None:
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
