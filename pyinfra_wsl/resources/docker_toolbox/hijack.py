"""The variables by which Docker Toolbox hijacks the command line: taken away first, so that docker works at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.plan import Deferred, Plan, Step
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows import reach
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.docker_toolbox import variables
from pyinfra_wsl.resources.docker_toolbox.places import ENVIRONMENT, Whose
from pyinfra_wsl.resources.docker_toolbox.state import State
from pyinfra_wsl.resources.docker_toolbox.variables import Found
from pyinfra_wsl.resources.docker_toolbox.want import Want

_NOTE = "what runs keeps its variables; what is started after the next logon does not have them"


def plan(_want: Want, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        laptop: the laptop as it is.

    """
    have, away = laptop.of(State), reach.reach(laptop, "remove variables of Docker Toolbox")
    if "machine" not in have.variables:
        cause = "the variables of the laptop could not be read"
        return Plan(failures=(Failure(cause, "connect as an administrator of the laptop", "environment"),))
    steps = [_step(whose, found.ours, laptop) for whose, found in have.variables.items() if found.ours]
    deferred: tuple[Deferred, ...] = ()
    if isinstance(away, Failure):
        return Plan(failures=(away,))
    if away is not None:
        steps = [_step("machine", have.variables["machine"].ours, laptop)] if have.variables["machine"].ours else []
        deferred = () if have.variables.get("user", Found(("unknown",))).ours == () else (away,)
    elif "user" not in have.variables:
        cause = f"the variables of {_of('user', laptop)} could not be read"
        return Plan(failures=(Failure(cause, "log that person on, then run again", "environment"),))
    return Plan(tuple(steps), deferred, warnings=tuple(_warnings(laptop)), noop="no variable of Docker Toolbox is set")


def _step(whose: Whose, names: tuple[str, ...], laptop: Laptop) -> Step:
    return Step(f"remove {', '.join(names)} of {_of(whose, laptop)}", _Removal(whose, names, laptop).talk, _NOTE)


def _of(whose: Whose, laptop: Laptop) -> str:
    return laptop.user.account if whose == "user" and laptop.user is not None else "the laptop"


def _warnings(laptop: Laptop) -> Iterator[str]:
    for whose, found in laptop.of(State).variables.items():
        if found.theirs:
            names, stay = ", ".join(found.theirs), "stays" if len(found.theirs) == 1 else "stay"
            yield f"{names} of {_of(whose, laptop)} {stay}: what they say is not of Docker Toolbox, and docker follows it"


@dataclass(frozen=True, slots=True)
class _Removal:
    whose: Whose
    names: tuple[str, ...]
    laptop: Laptop

    def talk(self, run: Run) -> Talk[None]:
        """Remove them, those of a person with their own rights, and look whether they are gone."""
        user = self.laptop.user
        key = rf"{user.hive}\Environment" if self.whose == "user" and user is not None else ENVIRONMENT
        removed = [call.registry_remove(key, name) for name in self.names]
        *done, after = yield from _asked(run, user if self.whose == "user" else None, [*removed, call.registry_read(key)])
        failed = next((one for one in done if not one.ok), None)
        left = [name for name in self.names if name in variables.texts(after)]
        if failed or left or not after.ok:
            said = failed.message if failed else after.message if not after.ok else f"{', '.join(left)} are still there"
            cause = f"variables of {_of(self.whose, self.laptop)} could not be removed: {said}"
            raise StepError(cause, "connect as an administrator of the laptop", "environment")


def _asked(run: Run, user: User | None, calls: list[Call]) -> Talk[list[Answer]]:
    if user is None:
        return list((yield from ask(*calls, keep_going=True)))
    return list((yield from user.ask(run, *calls, keep_going=True)))


def forecast(laptop: Laptop, _want: Want) -> Laptop:
    """Return the laptop after `plan`."""
    have = laptop.of(State)
    left = {whose: replace(found, ours=()) for whose, found in have.variables.items()}
    return laptop.having(replace(have, variables=left))
