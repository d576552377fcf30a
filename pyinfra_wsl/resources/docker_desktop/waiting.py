"""Whether Docker Desktop may be stopped now, and what it waits for itself: one question for all that needs it."""

from __future__ import annotations

from dataclasses import replace

from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows import reach, work
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.docker_desktop import changes
from pyinfra_wsl.resources.docker_desktop.places import ORGS
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Policy, Want
from pyinfra_wsl.resources.wsl import state as wsl


def runs(laptop: Laptop) -> bool:
    """Whether it runs for the person whose laptop it is."""
    return laptop.user is not None and laptop.user.sid in laptop.of(State).running_for


def restarts(laptop: Laptop) -> bool:
    """Whether it does not run because a run of ours that was cut off had stopped it."""
    return laptop.of(State).stopped_by_us and not runs(laptop)


def silent(laptop: Laptop) -> bool:
    """Whether it runs for the person, and was asked for its engine without an answer."""
    return runs(laptop) and laptop.of(State).server == ""


def clicks(laptop: Laptop) -> bool:
    """Whether it runs and can run no container yet, since its window waits until the person accepts the agreement."""
    have = laptop.of(State)
    return silent(laptop) and have.settings is not None and not have.settings.unreadable and not changes.accepted(have)


def policy(laptop: Laptop, want: Want) -> Policy:
    """Return when it may be stopped: one whose window waits for a click that somebody has consented to runs nothing yet."""
    return "now" if want.licence is not None and clicks(laptop) else want.policy


def sign_in(laptop: Laptop, want: Want | None = None) -> Deferred | None:
    """Return the sign-in for which it waits before any engine starts, where the laptop demands one; None where it does not.

    Who is signed in stands in no file that we know of: an engine that answers is how it shows (Docker, "Enforce sign-in";
    "Settings Management": the mere presence of ``admin-settings.json`` demands it).

    Args:
        laptop: the laptop as it is.
        want: what is declared for it, and will be demanded then.

    """
    have, account = laptop.of(State), laptop.user.account if laptop.user else "its user"
    files = {name: have.shared.get(name) for name in ("registry", "admin-settings")}
    listed = (have.orgs if want is None or want.orgs is None else want.orgs) or ()
    named = files["registry"].values.get(ORGS) if files["registry"] else None
    orgs = [str(one) for one in listed or (named if isinstance(named, list) else ())]
    admin = bool(files["admin-settings"] and files["admin-settings"].exists) or bool(want and want.admin_settings)
    if not (orgs or admin):
        return None
    by = f"a member of {' or '.join(orgs)} ({ORGS})" if orgs else "a member of the organisation (admin-settings.json)"
    reason = f"Docker Desktop starts no engine until {account} signs in there as {by}; let them, then run again"
    return Deferred("the engine of Docker Desktop", "sign-in", reason)


def person(laptop: Laptop) -> Deferred | None:
    """Return what the person has to do in its window before it goes on, as far as can be seen; None for nothing."""
    if not silent(laptop):
        return None
    if clicks(laptop) and laptop.user is not None:
        reason = f"its window waits until {laptop.user.account} accepts the Docker Subscription Service Agreement"
        return Deferred("the engine of Docker Desktop", "licence", reason)
    return sign_in(laptop)


def busy(laptop: Laptop, sentence: str, policy: Policy) -> Deferred | None:
    """Return why it may not be stopped now; it would overwrite a file that is changed while it runs.

    Args:
        laptop: the laptop as it is.
        sentence: the change that is wanted.
        policy: when it may be stopped.

    """
    away = reach.reach(laptop, sentence)
    if isinstance(away, Deferred):
        return away
    if laptop.user is None or not runs(laptop):
        return None
    under_way = (one for one in laptop.of(wsl.State).work or () if one.transfer and one.of(laptop.user.sid))
    if moves := next((one.transfer for one in under_way if one.about(work.DOCKER_DISTRO)), ""):
        return Deferred(sentence, "docker desktop idle", f"{moves} is under way")
    if policy == "when_idle":
        return _in_use(laptop, sentence)
    reason = f"Docker Desktop runs for {laptop.user.account}, and declared is to wait until it does not"
    return Deferred(sentence, "docker desktop idle", reason) if policy == "next_start" else None


def _in_use(laptop: Laptop, sentence: str) -> Deferred | None:
    containers = laptop.of(State).containers
    if containers == 0:
        return None
    if containers is None and (waits := person(laptop)) is not None:
        return replace(waits, sentence=sentence)
    reason = "Docker Desktop runs, and it is not known whether containers do"
    if containers:
        many = f"{containers} containers run" if containers > 1 else "a container runs"
        reason = f"{many}, which a restart of Docker Desktop would stop"
    return Deferred(sentence, "docker desktop idle", reason)
