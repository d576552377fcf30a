"""The WSL version that a user's new distributions get: ``wsl.default_version`` of the fleet file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.core.windows import reach
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import State
from pyinfra_wsl.resources.wsl_distro.talk import look, read
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy


def _want(values: Values) -> int:
    return int(values["wsl"]["default_version"])


DEFAULT_VERSION = WindowsResource[int, State](
    name=RESOURCE.name,
    words=RESOURCE.words,
    system="windows",
    whose="user",
    state=State,
    want=_want,
    read=RESOURCE.read,
    needs=RESOURCE.needs,
    forecast=lambda laptop, version: laptop.having(replace(laptop.of(State), default_version=version)),
)
"""A part of the distributions' resource that is declared with WSL itself."""


def plan(version: int, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        version: 1 or 2.
        laptop: the laptop as it is.

    """
    have, user, exe = laptop.of(State).default_version, laptop.user, laptop.of(wsl.State).exe
    if have == version:
        return Plan(noop=f"the default version is {version}")
    sentence = f"default version of WSL: {have or 'unknown'} → {version}"
    hindrance = reach.reach(laptop, sentence) or _hindrance(version, laptop, sentence)
    if hindrance or user is None or exe is None:
        return held_up(hindrance)
    change = _DefaultVersion(version, Owner(user, exe, laptop.windows))
    return Plan((Step(sentence, change.talk, "for distributions that are added from now on"),))


def _hindrance(version: int, laptop: Laptop, sentence: str) -> Deferred | Failure | None:
    have = laptop.of(wsl.State)
    if laptop.of(wsl_policy.State).allows(wsl_policy.ALLOW_WSL) is False:
        return wsl_policy.locked()
    waits = reboot.blocks(laptop)
    if have.exe is None:
        held = laptop.outlook.to_wsl()
        if held is not None and not held.waits:
            return held.failure
        if waits:
            return Deferred(sentence, "reboot", waits)
        return Failure(have.problem or "WSL is not installed", "declare wsl.package with an installer", "no_wsl")
    if version == 1:
        return _without_wsl1(laptop, sentence, waits)
    return None


def _without_wsl1(laptop: Laptop, sentence: str, waits: str | None) -> Deferred | Failure | None:
    """WSL 1 needs its driver, which the feature brings: wsl.exe refuses 1 as the default without it (WslClient.cpp)."""
    if laptop.of(wsl_policy.State).allows(wsl_policy.ALLOW_WSL1) is False:
        return Failure(f"AllowWSL1 is 0 in {wsl_policy.KEY}", "declare 2, or ask who owns the policy", "policy")
    if laptop.of(windows_feature.State).enabled(windows_feature.WSL) is not False:
        return None
    if waits:
        return Deferred(sentence, "reboot", waits)
    return Failure(
        f"WSL 1 needs feature {windows_feature.WSL}",
        "declare it enabled under windows_features",
        "WSL_E_WSL1_NOT_SUPPORTED",
    )


@dataclass(frozen=True, slots=True)
class _DefaultVersion:
    version: int
    owner: Owner

    def talk(self, run: Run) -> Talk[None]:
        """Set it, and look in the same request whether the registry has it."""
        set_it = self.owner.command("--set-default-version", str(self.version), timeout=120.0)
        round_ = yield from self.owner.ask(run, set_it, after=[look(self.owner)])
        self.owner.need(round_.answers[0], "the default version could not be set")
        found = read(self.owner, round_.after[0]).default_version
        if found != self.version:
            cause = f"wsl.exe reported success, and the default version is {found or 'not known'}, not {self.version}"
            raise StepError(cause, "run again", "default_version")
