"""dism.exe: list and change optional features.

Commands, exit codes and errors: Microsoft, "DISM Operating System Package Servicing Command-Line Options" and "Enable or
Disable Windows Features Using DISM". The layout of the output and the German and Chinese words are from knowledge of Windows,
not verified here; ``/English`` is what a tool asks for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.features import Feature, State
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported

RESTART = 3010
NOT_ELEVATED = 740
PARENT_DISABLED = 50
UNKNOWN_FEATURE = 0x800F080C
NO_SOURCE = 0x800F081F
DISK_FULL = 0x80070070
WINDOWS_UPDATE = "https://windowsupdate.microsoft.com/"
"""A laptop whose internet holds this address can fetch removed features."""
ROOM = 50 << 20
"""Bytes that a feature takes on the disk."""

_STATES: dict[str, dict[State, str]] = {
    "de": {
        "Enabled": "Aktiviert",
        "Disabled": "Deaktiviert",
        "Enable Pending": "Aktivierung ausstehend",
        "Disable Pending": "Deaktivierung ausstehend",
        "Disabled with Payload Removed": "Deaktiviert mit entfernter Nutzlast",
    },
    "zh": {
        "Enabled": "已启用",
        "Disabled": "已禁用",
        "Enable Pending": "启用挂起",
        "Disable Pending": "禁用挂起",
        "Disabled with Payload Removed": "已禁用但已删除负载",
    },
}


async def dism(inv: Invocation) -> int:
    """Carry out one command on the running Windows."""
    options = _Options(inv.arguments)
    tongue = "en-US" if options.has("/english") else inv.machine.culture
    if not inv.elevated:  # nothing is printed before it
        words = "Elevated permissions are required to run DISM.\nUse an elevated command prompt to complete these tasks."
        await inv.out(f"\nError: {NOT_ELEVATED}\n\n{words}\n\n")
        return NOT_ELEVATED
    if not options.has("/quiet"):
        await inv.out("\nDeployment Image Servicing and Management tool\nVersion: 10.0.26100.5074\n\n")
    if not options.has("/quiet"):
        await inv.out(f"Image Version: 10.0.{inv.machine.build}.{inv.machine.ubr}\n\n")
    commands: dict[str, Callable[[Invocation, _Options, str], Awaitable[int]]] = {
        "/get-features": _list,
        "/get-featureinfo": _info,
        "/enable-feature": _enable,
        "/disable-feature": _disable,
    }
    return await commands[options.command](inv, options, tongue)


class _Options:
    """The command line: one command, feature names, switches; compared without case."""

    def __init__(self, arguments: list[str]) -> None:
        self.names = [word.partition(":")[2] for word in arguments if word.lower().startswith("/featurename:")]
        words = [word.lower() for word in arguments if not word.lower().startswith("/featurename:")]
        commands = [word for word in words if word.startswith(("/get-", "/enable-", "/disable-"))]
        known = {"/online", "/english", "/norestart", "/quiet", "/all", "/format:table", "/format:list", "/limitaccess"}
        unknown = [word for word in words if word not in known and word not in commands]
        if unknown or len(commands) != 1 or "/online" not in words:
            raise Unsupported(" ".join(unknown or arguments))
        self.command = commands[0]
        if self.command not in ("/get-features", "/get-featureinfo", "/enable-feature", "/disable-feature"):
            raise Unsupported(self.command)
        self._words = set(words)

    def has(self, word: str) -> bool:
        return word in self._words


def _signed(code: int) -> int:
    return code - (1 << 32) if code >= 1 << 31 else code


async def _fail(inv: Invocation, code: int, words: str) -> int:
    shown = f"0x{code:08x}" if code > 0xFFFF else str(code)
    await inv.out(f"\nError: {shown}\n\n{words}\n\nThe DISM log file can be found at C:\\Windows\\Logs\\DISM\\dism.log\n")
    return _signed(code)


def _word(state: State, tongue: str) -> str:
    return _STATES.get(text.language(tongue), {}).get(state, state)


async def _list(inv: Invocation, options: _Options, tongue: str) -> int:
    features = sorted(inv.machine.features.table.values(), key=lambda item: item.name.lower())
    await inv.out(
        f"Features listing for package : Microsoft-Windows-Foundation-Package~31bf3856ad364e35~{_arch(inv)}~~10.0.1\n\n"
    )
    if options.has("/format:table"):
        rows = [("Feature Name", "State"), *((item.name, _word(item.state, tongue)) for item in features)]
        wide, narrow = (max(len(row[column]) for row in rows) for column in (0, 1))
        rule = f"{'-' * wide} | {'-' * narrow}\n"
        lines = [f"{name:{wide}} | {state}\n" for name, state in rows]
        await inv.out("\n" + rule + lines[0] + rule + "".join(lines[1:]) + "\n")
    else:
        await inv.out("".join(f"Feature Name : {item.name}\nState : {_word(item.state, tongue)}\n\n" for item in features))
    await inv.out(text.message(tongue, 0) + "\n")
    return 0


def _arch(inv: Invocation) -> str:
    return inv.machine.architecture.lower()


async def _info(inv: Invocation, options: _Options, tongue: str) -> int:
    features = await _named(inv, options)
    if isinstance(features, int):
        return features
    for item in features:
        await inv.out(
            f"Feature Information:\n\nFeature Name : {item.name}\nDisplay Name : {item.display}\nDescription : {item.display}\n"
            f"Restart Required : Possible\nState : {_word(item.state, tongue)}\n\n"
            f"Custom Properties:\n\n(No custom properties found)\n\n{text.message(tongue, 0)}\n"
        )
    return 0


async def _named(inv: Invocation, options: _Options) -> list[Feature] | int:
    found = []
    for name in options.names:
        feature = inv.machine.features.get(name)
        if feature is None:
            return await _fail(
                inv, UNKNOWN_FEATURE, f"Feature name {name} is unknown.\nA Windows feature name was not recognized."
            )
        found.append(feature)
    if not found:
        raise Unsupported("no /FeatureName")
    return found


async def _enable(inv: Invocation, options: _Options, tongue: str) -> int:
    named = await _named(inv, options)
    if isinstance(named, int):
        return named
    features = inv.machine.features
    above = [parent for item in named for parent in features.parents(item) if parent not in named]
    off = [parent.name for parent in above if not features.in_force(parent) and parent.state != "Enable Pending"]
    if off and not options.has("/all"):
        words = f"The operation is complete but {named[0].name} feature was not enabled.\n"
        words += f"Ensure that the following parent feature(s) are enabled first.\n{chr(10).join(off)}"
        return await _fail(inv, PARENT_DISABLED, words)
    if any(item.state == "Disabled with Payload Removed" for item in named) and WINDOWS_UPDATE not in inv.machine.internet:
        return await _fail(inv, NO_SOURCE, "The source files could not be found.")
    if inv.machine.files.free_bytes < ROOM * len(named):
        return await _fail(inv, DISK_FULL, text.message(tongue, 112))
    # With /All the children of a container such as Microsoft-Hyper-V-All come too: that is what such a feature is for.
    below = [child for item in named for child in features.children(item)] if options.has("/all") else []
    await _progress(inv, options, "Enabling feature(s)")
    restart = [features.enable(inv.machine.registry, item) for item in _unique((*above, *named, *below))]
    inv.machine.files.free_bytes -= ROOM * len(named)
    return await _finish(inv, options, tongue, restart=any(restart))


def _unique(features: tuple[Feature, ...]) -> list[Feature]:
    return list({item.name: item for item in features}.values())


async def _disable(inv: Invocation, options: _Options, tongue: str) -> int:
    named = await _named(inv, options)
    if isinstance(named, int):
        return named
    features = inv.machine.features
    await _progress(inv, options, "Disabling feature(s)")
    below = tuple(child for item in named for child in features.children(item))
    restart = [features.disable(inv.machine.registry, item) for item in _unique((*named, *below))]
    return await _finish(inv, options, tongue, restart=any(restart))


async def _progress(inv: Invocation, options: _Options, words: str) -> None:
    if not options.has("/quiet"):
        await inv.out(f"{words}\n")
    for percent in (1.0, 23.4, 59.6, 84.9, 100.0):
        await inv.sleep(4)
        if not options.has("/quiet"):
            filled = "=" * int(percent / 100 * 58)
            bar = f"[{filled:58}]"
            label = f"{percent:.1f}%"
            await inv.out(f"\r{bar[:27]}{label}{bar[27 + len(label) :]} ".encode("ascii"))
    if not options.has("/quiet"):
        await inv.out("\n")


async def _finish(inv: Invocation, options: _Options, tongue: str, *, restart: bool) -> int:
    if not options.has("/quiet"):
        await inv.out(text.message(tongue, 0) + "\n")
    if not restart:
        return 0
    if not options.has("/norestart"):
        raise Unsupported("a restart is needed and /NoRestart is not given: DISM would ask, or restart at once with /Quiet")
    return RESTART


PROGRAMS = {"dism.exe": dism}
