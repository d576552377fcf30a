"""JSON Schema as its standard has it: patterns of ECMA 262, and faults in the order of what is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError

from pyinfra_wsl.core.pattern import holds

_MOST_SOUND = 5000
_LONGEST_SOUND = 5000  # characters


def dialect() -> Any:
    """Return a class of validators that take patterns as the standard has them, and tell in the order of what they look at.

    What holds to a schema of its own is not looked at again: the machines of a fleet declare much the same.
    """
    sound: set[tuple[str, str]] = set()
    follow = jsonschema.Draft202012Validator.VALIDATORS["$ref"]

    def reference(validator: Any, target: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
        key = (target, repr(instance)) if isinstance(instance, dict) and ".json" in target else None
        if key in sound:
            return
        wrong = False
        for error in follow(validator, target, instance, schema):
            wrong = True
            yield error
        if key is not None and not wrong and len(sound) < _MOST_SOUND and len(key[1]) < _LONGEST_SOUND:
            sound.add(key)

    ours = {"$ref": reference, "pattern": _pattern, "patternProperties": _by_pattern, "additionalProperties": _additional}
    return jsonschema.validators.extend(jsonschema.Draft202012Validator, ours)  # type: ignore[no-untyped-call]


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not holds(pattern, instance):
        yield ValidationError("does not have the form of the pattern")


def _by_pattern(validator: Any, patterns: Mapping[str, Any], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    for pattern, below in patterns.items() if validator.is_type(instance, "object") else ():
        for key in (one for one in instance if holds(pattern, one)):
            yield from validator.descend(instance[key], below, path=key, schema_path=pattern)


def _additional(validator: Any, below: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    patterns = schema.get("patternProperties", {})
    more = [key for key in instance if key not in schema.get("properties", {}) and not any(holds(one, key) for one in patterns)]
    if validator.is_type(below, "object"):
        for key in more:
            yield from validator.descend(instance[key], below, path=key)
    elif below is False and more:
        yield ValidationError("has keys that are not there")
