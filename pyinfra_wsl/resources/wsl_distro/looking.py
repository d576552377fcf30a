"""What is asked of a laptop about the file systems of declared distributions, and what is noted of them for the next run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyinfra_wsl.core.call import Call
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.resource import Calls
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wsl_distro import presence
from pyinfra_wsl.resources.wsl_distro.state import INSTALLED, State, data_path, home


def further(laptop: Laptop) -> Calls:
    """Return what is asked of the declared ones, in the session of their owner."""
    user = laptop.user
    return _questions(laptop.of(State), laptop.target.distros, user) if user and user.within_reach else {}


def noted(laptop: Laptop) -> Iterator[Call]:
    """Yield what is not noted yet, or not rightly, of distributions that are declared and whose file systems were seen."""
    have, names = laptop.of(State), {name.lower() for name in laptop.target.distros}
    for one in (have.distros or {}).values() if laptop.user else ():
        name = one.name.lower()
        if laptop.user and name in names and one.there and have.noted.get(name, "").lower() != one.data.lower():
            yield presence.note(laptop.user.sid, name, one.data)


def _questions(state: State, names: Iterable[str], user: User) -> dict[str, Call]:
    """Return what is asked of the file systems of some distributions: where they are registered, noted, or would be imported.

    Args:
        state: as far as it is known.
        names: of distributions, in any case.
        user: whose.

    """
    found = {name: state.find(name) for name in names}
    known = [one.data for one in found.values() if one and one.state == INSTALLED and one.folder]
    guessed = [path for name, one in found.items() if one is None for path in _guessed(state, name, user)]
    guessed += [one.data for one in found.values() if one and one.state != INSTALLED and one.folder]  # it is imported there again
    return presence.questions([*known, *guessed], [path for path in state.missed if path in known])


def _guessed(state: State, name: str, user: User) -> list[str]:
    noted = state.noted.get(name.lower())
    return [noted] if noted else [data_path(rf"{home(user)}\{name}", version) for version in (2, 1)]
