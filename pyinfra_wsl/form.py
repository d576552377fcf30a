"""The form of what a host declares: the schemas of all resources in one, and what is wrong with a declaration, in words.

``schemas/fleet.json`` lists the keys of this project's own resources, made by `complete`, so that editors complete them; what
other distributions bring is added when the file is read.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import referencing

from pyinfra_wsl import data, registry
from pyinfra_wsl.core import nearest
from pyinfra_wsl.core.form import Form, Written
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.core.resource import Resource, Values
from pyinfra_wsl.core.schema import dialect


@cache
def schemas() -> Mapping[str, dict[str, Any]]:
    """Return every schema by its name, those of other distributions' resources too."""
    brought = {one.name: dict(one.schema) for one in registry.found() if one.schema is not None}
    found = {**data.schemas(), **brought}
    return found | {"fleet": complete(found["fleet"], registry.found())}


def complete(fleet: Mapping[str, Any], resources: Iterable[Resource[Any, Any]]) -> dict[str, Any]:
    """Return the schema of the fleet file with the keys of resources, for groups and hosts alike.

    Args:
        fleet: the schema, with or without these keys.
        resources: the resources whose keys it shall have.

    """
    found: dict[str, Any] = copy.deepcopy(dict(fleet))
    for resource in resources:
        for kind in ("values", "host") if resource.key else ():
            found["$defs"][kind]["properties"].setdefault(resource.key, {"$ref": f"{schema_name(resource)}.json"})
    return found


def schema_name(resource: Resource[Any, Any]) -> str:
    """Return the name of the schema of a resource's key: the key's own where there is one, as for many things by their names."""
    return resource.key if resource.key in data.schemas() else resource.name


@cache
def validator(name: str) -> Any:
    """Return a validator for a schema by its name, or by its name and a place in it; references to others are followed."""
    specification = referencing.jsonschema.DRAFT202012
    known: referencing.Registry[Any] = referencing.Registry().with_resources(
        (f"{stem}.json", specification.create_resource(_without_dialect(one))) for stem, one in schemas().items()
    )
    stem, _, place = name.partition("#")
    return dialect()({"$ref": f"{stem}.json{f'#{place}' if place else ''}"}, registry=known)


def _without_dialect(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that does not name its dialect, for which jsonschema would leave ours."""
    return {key: value for key, value in schema.items() if key != "$schema"}


@cache
def _places() -> tuple[tuple[str, ...], ...]:
    known = schemas()
    return tuple(nearest.places(known["fleet"]["$defs"]["values"], lambda reference: known[reference.removesuffix(".json")]))


@cache
def _of_file() -> Form:
    return Form(validator("fleet"), _places(), lambda path: 1 if path[:1] == ("defaults",) else 2)


@cache
def _of_values() -> Form:
    return Form(validator("fleet#/$defs/values"), _places(), lambda _path: 0)


def of_file(document: Any, written: Written, better: Iterable[Problem] = ()) -> Iterator[Problem]:
    """Yield what is wrong with a fleet file's form; inherited values are not looked at, so nothing is demanded of a part.

    Args:
        document: its values without nulls, of any form.
        written: as it writes numbers and truth values.
        better: problems that are told in the place of what the schema says of the same values.

    """
    of_hosts = (one.below(*place) for place, values in _parts(document) for one in _said_better(values))
    yield from _of_file().problems(document, written, (*better, *of_hosts))


_MANY_LINES = ("wsl_conf", "daemon", "settings", "command")
"""Below these TAB and newline may stand in a text: WSL and Docker read them, and programs take them."""


def one_line(path: Path) -> bool:
    """Whether a text at a path is of one line; what stands below the keys of other distributions' resources is their matter."""
    return not any(part in _MANY_LINES or part in _foreign() for part in path)


@cache
def _foreign() -> frozenset[str]:
    """Return the keys of the resources of other distributions."""
    return frozenset(one.key for one in registry.found()) - {one.key for one in registry.own()}


def of_values(values: Values) -> tuple[Problem, ...]:
    """Return what is wrong with a host's values: their form, else what its resources need, exclude or contradict.

    Args:
        values: what is declared, of any form; without inheritance.

    """
    return _of_json(json.dumps(values, sort_keys=False))


@lru_cache(maxsize=1024)
def _of_json(text: str) -> tuple[Problem, ...]:
    """Many hosts declare the same: it is checked once."""
    values = json.loads(text)
    return tuple(_of_values().problems(values, {}, _said_better(values)))


def _said_better(values: Any) -> Iterator[Problem]:
    for resource in registry.found() if isinstance(values, Mapping) else ():
        yield from registry.ask(resource, "form", values)


def _parts(document: Any) -> Iterator[tuple[Path, Any]]:
    """Yield the parts of a fleet file that hold values of hosts, each with its place."""
    if not isinstance(document, Mapping):
        return
    yield ("defaults",), document.get("defaults")
    for kind in ("groups", "hosts"):
        below = document.get(kind)
        yield from (((kind, name), one) for name, one in below.items()) if isinstance(below, Mapping) else ()
