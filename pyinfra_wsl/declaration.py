"""Whether a resource of another distribution is declared so that the machinery can use it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import jsonschema

from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.resource import Resource
from pyinfra_wsl.core.windows.outlook import CONSENT
from pyinfra_wsl.core.windows.resource import WindowsResource

RESERVED = frozenset({
    "address", "before", "connection", "defaults", "fleet", "groups", "hosts", "hosts_from", "only", "os", "paths", "result",
    "rollout", "site", "skip", "snapshot_ttl", "strict", "time_zone", "user", "windows", CONSENT,
})  # fmt: skip
"""Names that mean something else in a fleet file or in a look."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SYSTEMS = {"windows": WindowsResource, "linux": LinuxResource}
_FUNCTIONS = {
    "all": ("want", "form", "check", "complete", "settings", "sources", "show", "state"),
    "windows": (
        "read", "machine", "profile", "people", "session", "further", "noted", "inside", "targets", "paths", "distros", "also",
        "kept", "expected", "forecast", "foresee",
    ),
    "linux": ("script", "read", "asks"),
}  # fmt: skip


def fault(resource: Any, others: Collection[Resource[Any, Any]]) -> str:
    """Return why a resource cannot be used beside others; empty where it can.

    Args:
        resource: what an entry point names.
        others: the resources that are there already.

    """
    return next(_faults(resource, others), "")


def _faults(resource: Any, others: Collection[Resource[Any, Any]]) -> Iterator[str]:
    if not isinstance(resource, Resource):
        yield "it is no Resource"
        return
    yield from _names(resource, others)
    if not isinstance(resource, _SYSTEMS.get(str(resource.system), ())):
        yield f"its system is {resource.system!r}, and it is a {type(resource).__name__}"
    functions = (*_FUNCTIONS["all"], *_FUNCTIONS.get(str(resource.system), ()))
    yield from (f"its {name} cannot be called" for name in functions if not callable(getattr(resource, name, None)))
    yield from _state(resource.state, others)
    for name in ("needs", "waits"):
        if not _are_names(getattr(resource, name)):
            yield f"its {name} are no frozenset of names"
    if resource.name in resource.needs:
        yield "it needs itself"
    if resource.key:
        yield from _schema(resource.schema)


def _names(resource: Resource[Any, Any], others: Collection[Resource[Any, Any]]) -> Iterator[str]:
    taken = {"name": {one.name for one in others}, "key": {one.key for one in others if one.key}}
    for what, value in (("name", resource.name), ("key", resource.key or "none")):
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            yield f"its {what} is {value!r}; write lower-case letters, digits and _"
        elif value in RESERVED:
            yield f"its {what} is {value}, which means something else"
        elif value in taken[what]:
            yield f"another resource has the {what} {value} already"
    if not isinstance(resource.words, str) or not resource.words:
        yield "it has no words"


def _state(state: Callable[[], Any], others: Collection[Resource[Any, Any]]) -> Iterator[str]:
    if any(one.state is state for one in others):
        yield "its state is another resource's type"
    try:
        state()
    except Exception as error:  # noqa: BLE001 - it is somebody else's, and may do anything
        yield f"its state cannot be made of nothing, as long as all is unknown ({type(error).__name__}: {error})"


def _are_names(value: Any) -> bool:
    return isinstance(value, frozenset) and all(isinstance(one, str) for one in value)


def _schema(schema: Any) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        yield "it has a key and no schema"
        return
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        tried: list[Any] = [{}, [], "", 0, None, True, {"a": {"a": []}}]
        for value in tried:  # finds references to nothing
            list(validator.iter_errors(value))
        for pattern in _patterns(schema):
            re.compile(pattern)
    except Exception as error:  # noqa: BLE001 - jsonschema raises of its own, referencing, re and Python alike
        yield f"its schema is none: {str(error).partition(chr(10))[0]}"


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        if isinstance(schema.get("patternProperties"), Mapping):
            yield from schema["patternProperties"]
    below = schema.values() if isinstance(schema, Mapping) else schema if isinstance(schema, list | tuple) else ()
    for one in below:
        yield from _patterns(one)
