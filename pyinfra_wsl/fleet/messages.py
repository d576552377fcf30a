"""What the schemas say against a fleet file, as problems that name the right form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema
import referencing
from jsonschema.exceptions import ValidationError

from pyinfra_wsl import data as resources
from pyinfra_wsl.fleet import keys as fleet_keys
from pyinfra_wsl.fleet import settings as fleet_settings
from pyinfra_wsl.fleet.merge import Path, Problem
from pyinfra_wsl.fleet.yaml import Document

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}
_Message = Callable[[ValidationError, Document], str]


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """Return a validator for a noun's schema; its references to the other nouns are followed."""
    specification = referencing.jsonschema.DRAFT202012
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(
        (f"{stem}.json", specification.create_resource(schema)) for stem, schema in resources.schemas().items()
    )
    return jsonschema.Draft202012Validator({"$ref": f"{name}.json"}, registry=registry)


@cache
def _places() -> list[tuple[str, ...]]:
    schemas = resources.schemas()
    return fleet_keys.places(schemas["fleet"]["$defs"]["values"], lambda reference: schemas[reference.removesuffix(".json")])


def problems(document: Document, data: Any) -> Iterator[Problem]:
    """Check a fleet file's form; inherited values are not looked at, so nothing is demanded of a part that another may give.

    Args:
        document: the file, for the numbers and truth values as they are written.
        data: its values without nulls.

    """
    better = fleet_settings.check(data)
    told: set[Path] = set()
    for error in validator("fleet").iter_errors(data):
        for problem in _of(error, document):
            covered = any(problem.path[:length] in better for length in range(1, len(problem.path) + 1))
            if error.validator == "additionalProperties" or not covered:
                told.add(problem.path)
                yield problem
    yield from (Problem(path, message) for path, message in better.items() if path not in told)


def _of(error: ValidationError, document: Document) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        yield from _unknown(error, path)
    elif error.validator in {"anyOf", "oneOf"} and error.context:
        best = jsonschema.exceptions.best_match([error])
        yield from _of(best, document) if best is not None and best is not error else ()
    elif "propertyNames" in error.absolute_schema_path:
        yield Problem((*path, str(error.instance)), _pattern(error, document))
    elif error.validator == "required":
        for name in sorted(set(_rule(error)) - set(_value(error))):
            yield Problem((*path, name), "is missing")
    else:
        yield Problem(path, _MESSAGES.get(str(error.validator), _other)(error, document))


def _unknown(error: ValidationError, path: Path) -> Iterator[Problem]:
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    allowed = list(schema.get("properties", {}))
    # Below defaults, or below a group or a machine with its name: what remains is the path that the nouns' schemas have.
    below = [str(part) for part in path[1 if path[:1] == ("defaults",) else 2 :]]
    if below[:1] == ["wsl_distros"] and len(below) > 1:
        below[1] = "NAME"
    for key in _value(error):
        if key not in allowed and not any(re.search(one, key) for one in schema.get("patternProperties", {})):
            message = fleet_keys.unknown(key, below, allowed, _places()) if path else _top(key, allowed)
            yield Problem((*path, key), message)


def _top(key: str, allowed: list[str]) -> str:
    if any(path[0] == key for path in _places()):
        return "no such key here; it belongs under defaults, a group or a host"
    return fleet_keys.unknown(key, (), allowed, ())


def shown(value: Any, path: Path, document: Document) -> str:
    """Write a bad value as the file has it, short enough for one line."""
    kind = "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else ""
    plain = f"'{value}'" if isinstance(value, str) and value.isprintable() else repr(value)
    text = kind or document.written.get(path) or plain
    return text if len(text) <= 80 else f"{text[:77]}…"


def _shown(error: ValidationError, document: Document) -> str:
    return shown(_value(error), tuple(error.absolute_path), document)


def _value(error: ValidationError) -> Any:
    """Return what does not hold to the schema."""
    return error.instance


def _rule(error: ValidationError) -> Any:
    """Return what the schema says under the keyword that does not hold."""
    return error.validator_value


def _type(error: ValidationError, document: Document) -> str:
    path = tuple(error.absolute_path)
    wanted = _rule(error) if isinstance(_rule(error), list) else [_rule(error)]
    kinds = " or ".join(_KINDS[kind] for kind in wanted if kind != "null")
    value = _shown(error, document)
    if "string" in wanted and path in document.written:
        return f'{value} is a number or truth value, where text is meant; write it in quotes: "{value}"'
    if wanted[0] == "boolean":
        return f"{value} is not true or false; write true or false without quotes"
    if wanted[0] in {"integer", "number"} and re.fullmatch(r"'-?[0-9]+(\.[0-9]+)?'", value):
        return f"{value} is text, where {kinds} is meant; write {error.instance} without quotes"
    if wanted[0] == "array" and isinstance(error.instance, str):
        return f"{value} is not a list; write [{error.instance}]"
    return f"{value} is not {kinds}"


def _enum(error: ValidationError, document: Document) -> str:
    words = [one for one in _rule(error) if one is not None]
    value = _shown(error, document)
    meant = fleet_keys.nearest(str(error.instance), [str(one) for one in words])
    return f"{value} is not one of {', '.join(str(one) for one in words)}" + (f"; did you mean {meant}?" if meant else "")


def _pattern(error: ValidationError, document: Document) -> str:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    message = schema.get("patternErrorMessage") or f"does not have the form {error.validator_value}"
    return f"{_shown(error, document)} {message}"


def _other(error: ValidationError, _document: Document) -> str:
    # jsonschema's own sentence begins with the value, which may be long; secrets were taken out before.
    return error.message if len(error.message) <= 200 else f"does not hold: {error.validator} {error.validator_value}"


_MESSAGES: Mapping[str, _Message] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": lambda error, document: f"{_shown(error, document)} is too small; the least is {_rule(error)}",
    "maximum": lambda error, document: f"{_shown(error, document)} is too large; the most is {_rule(error)}",
    "minLength": lambda _error, _document: "is empty; write a value, or null to remove an inherited one",
    "minItems": lambda _error, _document: "is an empty list; write at least one item",
    "minProperties": lambda _error, _document: "is empty; write at least one key",
    "maxProperties": lambda error, _document: f"has more than one of {', '.join(_value(error))}; keep one",
    "uniqueItems": lambda _error, _document: "names something twice; keep one",
}
