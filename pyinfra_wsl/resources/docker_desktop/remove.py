"""Docker Desktop taken away: its data stay unless their loss is declared."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.talk import Later, Run, Talk
from pyinfra_wsl.core.windows import reach
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.wsl_exe import INBOX
from pyinfra_wsl.resources.docker_desktop import waiting
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.removing import uninstall
from pyinfra_wsl.resources.docker_desktop.state import State, stopped_key
from pyinfra_wsl.resources.docker_desktop.want import Want
from pyinfra_wsl.resources.wsl import state as wsl

_LOSS = "its remover may delete images, containers and volumes, as declared; what lies in a person's profile may stay"
"""Docker, "Uninstall Docker Desktop": it destroys data. Of which accounts it does not say; for all users the person is not the
one who starts it."""


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        want: what is declared.
        laptop: the laptop as it is.

    """
    have, sentence = laptop.of(State), "remove Docker Desktop"
    away = reach.reach(laptop, sentence)
    if have.installed is False:
        return Plan(noop="Docker Desktop is not installed")
    if (refused := _refusal(want, have)) is not None:
        return held_up((have.installed is None and away) or refused)
    if any(one.scope == "user" for one in have.installations) and away is not None:
        return held_up(away)
    others = [sid for sid in have.running_for if laptop.user is None or sid != laptop.user.sid]
    if others and want.policy != "now":
        who = ", ".join(laptop.windows.desktops.get(sid) or sid for sid in others)
        return held_up(Deferred(sentence, "docker desktop idle", f"Docker Desktop runs for {who}"))
    busy = waiting.busy(laptop, sentence, want.policy) if waiting.runs(laptop) else None
    if busy is not None:
        return held_up(busy)
    note = _LOSS if want.allow_data_loss else "its data stay"
    versions = ", ".join(one.version for one in have.installations)
    return Plan((Step(f"{sentence} {versions}", _Removal(want, laptop).talk, note),))


def _refusal(want: Want, have: State) -> Failure | None:
    if have.installed is None:
        return Failure("it is not known whether Docker Desktop is installed", "connect as an administrator of the laptop")
    if not have.running_known:  # its remover ends what runs of it, and the containers with it
        return Failure("it is not known for whom Docker Desktop runs", "connect as an administrator of the laptop")
    msi = next((one for one in have.installations if one.kind == "msi"), None)
    if want.allow_data_loss or msi is None:
        return None
    cause = f"Docker Desktop {msi.version} was installed by an MSI, of whose removal nothing says that its data stay"
    return Failure(cause, "save what is needed of its images and volumes, then declare allow_data_loss: true", "msi_data")


@dataclass(frozen=True, slots=True)
class _Removal:
    want: Want
    laptop: Laptop

    def talk(self, run: Run) -> Talk[None]:
        """Stop it, and let its own program remove it; where that does not come about, it is started again."""
        have, user = self.laptop.of(State), self.laptop.user
        owner = Owner(user, self.laptop.of(wsl.State).exe or INBOX, self.laptop.windows) if user is not None else None
        app = App(owner, have.folder, have.version) if owner is not None and waiting.runs(self.laptop) else None
        if app is not None:
            yield from app.stop(run, idle=self.want.policy == "when_idle")
        if owner is not None:  # also a run that is cut off while it goes leaves nothing that is to be started again
            yield Later([call.registry_remove(stopped_key(owner.user), tree=True)])
        try:
            for one in have.installations:
                yield from uninstall(run, one, owner, self.laptop.windows, keep=not self.want.allow_data_loss)
        except StepError:
            if app is not None:
                yield from app.start_after_failure(run)
            raise


def forecast(laptop: Laptop, _want: Want) -> Laptop:
    """Return the laptop after `plan`."""
    return laptop.having(replace(laptop.of(State), installations=(), running_for=()))
