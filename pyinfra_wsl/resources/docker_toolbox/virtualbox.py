r"""VirtualBox taken away, where that is declared: others use it too, so it goes only when nobody has a virtual machine in it.

It is an MSI whose product code differs by version (VirtualBox' manual, "Installing on Windows hosts"; docker-archive/toolbox,
``windows/Toolbox.iss``: ``msiexec /qn /i virtualbox.msi /norestart``), found by its name among what is installed. Machines of a
person who has moved ``.VirtualBox`` (``VBOX_USER_HOME``) are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows import reach
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import value_of
from pyinfra_wsl.core.windows.user import SYSTEM32
from pyinfra_wsl.resources.docker_toolbox import machines, waiting
from pyinfra_wsl.resources.docker_toolbox.places import UNINSTALL, VIRTUALBOX
from pyinfra_wsl.resources.docker_toolbox.state import State, probe_people
from pyinfra_wsl.resources.docker_toolbox.uninstall import need_idle
from pyinfra_wsl.resources.docker_toolbox.want import Want

_MSIEXEC = rf"{SYSTEM32}\msiexec.exe"
_CODE = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_NAMES = re.compile(r"Oracle (VM )?VirtualBox \d[\d.]*", re.IGNORECASE)

Registered = Mapping[str, tuple[str, ...] | None]


def plan(_want: Want, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        laptop: the laptop as it is.

    """
    have = laptop.of(State)
    sentence = f"remove VirtualBox {have.virtualbox or ''}".rstrip()
    if have.virtualbox is None:
        return held_up(Failure("it is not known whether VirtualBox is installed", "connect as an administrator of the laptop"))
    if not have.virtualbox:
        return Plan(noop="VirtualBox is not installed")
    # A machine that runs comes first: where it may be lost, it is gone once it does not run any more.
    hindrance = _nobody(laptop, sentence) or waiting.busy(laptop, sentence, have.running, whole=True)
    hindrance = hindrance or used(laptop, have.registered)
    if hindrance is not None:
        return held_up(hindrance)
    return Plan((Step(sentence, _Removal(laptop).talk, "nobody has a virtual machine in it"),))


def _nobody(laptop: Laptop, sentence: str) -> Deferred | Failure | None:
    return reach.reach(laptop, sentence) if laptop.user is None else None


def used(laptop: Laptop, registered: Registered) -> Failure | None:
    """Return that somebody has virtual machines in VirtualBox, or that this is not known of everybody; None where nobody has."""
    windows = laptop.windows
    unseen = [*windows.unfit, *(sid for sid in windows.profiles if registered.get(sid) is None)]
    who = [f"{', '.join(names)} of {_called(sid, laptop)}" for sid, names in registered.items() if names]
    remedy = "look what they are, remove them in VirtualBox with their person, or take virtualbox: absent out"
    if who:
        return Failure(f"VirtualBox stays: it has the virtual machines {'; '.join(who)}", remedy, "in_use")
    if unseen or not windows.profiles_known:
        whom = ", ".join(_called(sid, laptop) for sid in unseen) or "the people of this laptop"
        return Failure(f"VirtualBox stays: it is not known whether {whom} have virtual machines in it", remedy, "unknown")
    return None


def _called(sid: str, laptop: Laptop) -> str:
    if laptop.user is not None and sid == laptop.user.sid:
        return laptop.user.account
    return laptop.windows.desktops.get(sid) or laptop.windows.profiles.get(sid, sid).rpartition("\\")[2]


@dataclass(frozen=True, slots=True)
class _Removal:
    laptop: Laptop

    def talk(self, run: Run) -> Talk[None]:
        """Look once more who needs it, and let Windows Installer remove it."""
        del run
        asked = probe_people(self.laptop)
        listed, *files = yield from ask(call.registry_read(UNINSTALL, depth=1), *asked.values(), keep_going=True)
        found = {name.removeprefix("vms_"): machines.registered(one) for name, one in zip(asked, files, strict=True)}
        if (failure := used(self.laptop, found)) is not None:
            raise StepError(failure.cause, failure.remedy, failure.code)
        code = _product(listed)
        yield from need_idle(self.laptop, "remove VirtualBox", whole=True)
        command = call.run(_MSIEXEC, "/x", code, "/qn", "/norestart", timeout=1800)
        answer, left = yield from ask(command, call.registry_read(VIRTUALBOX), keep_going=True, progress="removing VirtualBox")
        if not left.ok or left.exists:
            said = answer.message if not answer.ok else f"msiexec.exe ended with {Output.of(answer).exit_code}"
            raise StepError(f"VirtualBox is still there: {said}", "remove it in Windows' settings, then run again", "uninstall")


def _product(listed: Answer) -> str:
    keys: Mapping[str, Any] = listed.value.get("keys") or {} if listed.exists else {}
    read = {name: Answer(True, key) for name, key in keys.items() if isinstance(key, Mapping)}
    named = {name: str(value_of(key, "DisplayName") or "") for name, key in read.items()}
    found = [name for name, words in named.items() if _CODE.fullmatch(name) and _NAMES.fullmatch(words)]
    if len(found) != 1:
        many = "none" if not found else f"{len(found)}"
        cause = f"VirtualBox is installed, and of {many} of the installed programs Windows says that it is that"
        raise StepError(cause, "remove it in Windows' settings, then run again", "product")
    return found[0]


def forecast(laptop: Laptop, _want: Want) -> Laptop:
    """Return the laptop after `plan`."""
    return laptop.having(replace(laptop.of(State), virtualbox="", registered={}))
