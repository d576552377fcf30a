"""What a fleet file declares of its rollout, as `model.Rollout`; and the hosts of an inventory as its laptops."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pyinfra_wsl import fleet
from pyinfra_wsl.core import show
from pyinfra_wsl.core.formats import quantities
from pyinfra_wsl.core.windows import zone as zones
from pyinfra_wsl.fleet import ranges
from pyinfra_wsl.rollout.model import Gate, Laptop, Retry, Ring, Rollout, Window
from pyinfra_wsl.testing.inventory import InventoryError, fleets

NONE = Rollout((Ring("rest"),))
"""What holds where nothing is declared: one ring of all."""
UNSEEN = Rollout((Ring("rest", gate=Gate(verify=False)),))
"""The same of an inventory without a fleet file, of which only the deploy file knows what is meant: nothing can be looked up."""


def declared(path: str) -> Rollout:
    """Return what the fleet files of an inventory declare; `NONE` where nothing is.

    The inventory is read unless `testing.inventory.begun` has read it in this process.

    Args:
        path: as `testing.inventory.begun` takes it.

    Raises:
        FileNotFoundError: there is no such inventory.
        InventoryError: it cannot be used, or two fleet files of it declare a rollout.

    """
    having = [one for one in fleets(path) if one.rollout]
    if len({one.path.resolve() for one in having}) > 1:
        named = " and ".join(show.name(str(one.path)) for one in having)
        raise InventoryError(f"{path}: {named} declare a rollout each. Next: keep one of them")
    return of(having[0]) if having else NONE


def of(found: fleet.Fleet) -> Rollout:
    """Return what a fleet declares; `NONE` where nothing is."""
    return read(found.rollout, found.folder)


def read(section: Mapping[str, Any] | None, folder: Path = Path()) -> Rollout:
    """Return what a section ``rollout`` means, with which nothing is wrong (`fleet.Fleet.rollout`).

    Args:
        section: without nulls; None where there is none.
        folder: from which a program that is to be told is named.

    """
    if not section:
        return NONE
    gate = section.get("gate", {})
    rings = tuple(_ring(one, gate) for one in section.get("rings", ()))
    return Rollout(
        rings or (Ring("rest", gate=_gate(gate)),),
        tuple(map(_window, section.get("windows", ()))),
        _retry(section.get("retry", {})),
        section.get("per_site"),
        section.get("shard", NONE.shard),
        _command(section.get("notify", {}).get("command"), folder),
        section.get("seed", NONE.seed),
    )


def laptops(hosts: Iterable[tuple[str, Collection[str], Mapping[str, Any]]]) -> list[Laptop]:
    """Return hosts as a rollout must know them.

    Args:
        hosts: of each its name, its groups and its host data, of which ``site`` and ``time_zone`` count.

    Raises:
        InventoryError: a site is no text, or a time zone is not known; a line for each.

    """
    found: list[Laptop] = []
    wrong: list[str] = []
    for name, groups, data in hosts:
        site, zone = data.get("site"), data.get("time_zone")
        wrong += _wrong(name, site, zone)
        found.append(Laptop(name, tuple(groups), site, zone))
    if wrong:
        raise InventoryError("\n".join(wrong))
    return found


def _wrong(name: str, site: Any, zone: Any) -> Iterable[str]:
    if site is not None and not isinstance(site, str):
        yield f"{name}: site: {show.value(site)} is no text. Next: name the site in quotes"
    try:
        if zone is not None:
            zones.find(zone if isinstance(zone, str) else repr(zone))
    except zones.ZoneError as error:
        yield f"{name}: time_zone: {error.message}. Next: {error.remedy}"


def _ring(said: Mapping[str, Any], of_all: Mapping[str, Any]) -> Ring:
    hosts = tuple(name for written in said.get("hosts", ()) for name in ranges.names(written))
    percent = said.get("percent")
    return Ring(
        said["name"],
        tuple(said.get("groups", ())),
        hosts,
        None if percent is None else float(quantities.percent(percent)),
        said.get("size"),
        _gate({**of_all, **said.get("gate", {})}),
    )


def _gate(said: Mapping[str, Any]) -> Gate:
    plain = Gate()
    return Gate(
        float(quantities.share(said["converged"]) / 100) if "converged" in said else plain.share,
        said.get("verify", plain.verify),
        said.get("new_failures", "stop") == "stop",
        said.get("approve", plain.approve),
        quantities.span(said["wait"]) if "wait" in said else plain.wait,
    )


def _window(said: Mapping[str, Any]) -> Window:
    days = quantities.days(said.get("days", "daily"))
    return Window(days, quantities.of_day(said["from"]), quantities.ending(said["to"]))


def _retry(said: Mapping[str, Any]) -> Retry:
    spans: dict[str, timedelta] = {name: quantities.span(one) for name, one in said.items()}
    if "first" in spans and "longest" not in spans:
        spans["longest"] = max(spans["first"], Retry().longest)
    return Retry(**spans)


def _command(words: Iterable[str] | None, folder: Path) -> tuple[str, ...] | None:
    if words is None:
        return None
    program, *arguments = words
    return (str(folder.resolve() / program) if "/" in program else program, *arguments)
