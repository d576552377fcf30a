"""What a schema says against a declaration, as problems that name the right form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError

from pyinfra_wsl.core import nearest, pattern, show
from pyinfra_wsl.core.problem import Path, Problem

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}
_SWITCHES = (
    frozenset({"true", "yes", "on", "enable", "enabled", "install", "installed", "present"}),
    frozenset({"false", "no", "off", "disable", "disabled", "remove", "removed", "absent"}),
)
"""What people write for on and off."""
_OF_HOSTS, _MEANT = "defaults, a group or a host", "did you mean "
_MOST_KEYS = 8
"""Keys of a mapping that are named."""
Written = Mapping[Path, str]
"""Numbers and truth values as a file writes them, by their paths."""

Said = tuple[str, str]
"""What is wrong, and the right form."""

_Message = Callable[[ValidationError, Written], Said]


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a declaration.

    Args:
        validator: of its schema.
        places: the path of every key that a host's values may have, to tell where an unknown one belongs.
        above: how many parts of a path stand above a host's values: ``hosts``, a name.

    """

    validator: jsonschema.Draft202012Validator
    places: Sequence[tuple[str, ...]]
    above: Callable[[Path], int]

    def problems(self, data: Any, written: Written, better: Iterable[Problem] = ()) -> Iterator[Problem]:
        """Yield what is wrong with a declaration's form.

        Args:
            data: the declaration without nulls.
            written: as its file writes numbers and truth values.
            better: problems that are told in the place of what the schema says of the same values.

        """
        instead, told = {one.path: one for one in better}, set[Path]()
        for error in self.validator.iter_errors(data):
            for problem in self._of(error, written):
                covered = any(problem.path[:length] in instead for length in range(1, len(problem.path) + 1))
                if error.validator == "additionalProperties" or not covered:
                    told.add(problem.path)
                    yield problem
        yield from (one for path, one in instead.items() if path not in told)

    def _of(self, error: ValidationError, written: Written) -> Iterator[Problem]:
        path: Path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            yield from self._unknown(error, path)
        elif error.validator in {"anyOf", "oneOf"} and error.context:
            best = jsonschema.exceptions.best_match([error])
            yield from self._of(best, written) if best is not None and best is not error else ()
        elif "propertyNames" in error.absolute_schema_path:
            yield Problem((*path, str(error.instance)), *_pattern(error, written))
        elif error.validator == "required":
            for name in sorted(set(_rule(error)) - set(_value(error))):
                yield Problem((*path, name), "is missing")
        else:
            yield Problem(path, *_MESSAGES.get(str(error.validator), _other)(error, written))

    def _unknown(self, error: ValidationError, path: Path) -> Iterator[Problem]:
        schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
        allowed = list(schema.get("properties", {}))
        # What remains is the path that the resources' schemas have.
        below = self._named([str(part) for part in path[self.above(path) :]])
        outside = not path and self.above(path) > 0
        for key in _value(error):
            if key not in allowed and not any(pattern.holds(one, key) for one in schema.get("patternProperties", {})):
                said = self._top(key, allowed) if outside else nearest.unknown(key, below, allowed, self.places)
                yield Problem((*path, key), *said)

    def _named(self, path: list[str]) -> list[str]:
        """Write NAME for the parts of a path that people choose, as `places` does."""
        found: list[str] = []
        for part in path:
            here = {place[len(found)] for place in self.places if list(place[: len(found)]) == found and len(place) > len(found)}
            found.append("NAME" if "NAME" in here and part not in here else part)
        return found

    def _top(self, key: str, allowed: list[str]) -> Said:
        """Tell of a key that stands beside ``hosts``: most of them are a host's, at some depth."""
        here, first = nearest.unknown(key, (), allowed, ()), list(dict.fromkeys(path[0] for path in self.places))
        if here[1].startswith(_MEANT):
            return here
        if key in first:
            return "no such key here", f"it belongs under {_OF_HOSTS}"
        _, remedy = nearest.unknown(key, (), first, self.places)
        if remedy.startswith(_MEANT):
            return "no such key here", f"it belongs under {_OF_HOSTS} as {remedy.removeprefix(_MEANT).rstrip('?')}"
        return ("no such key here", f"{remedy}, in {_OF_HOSTS}") if remedy.startswith("it belongs") else here


def shown(value: Any, path: Path, written: Written) -> str:
    """Write a bad value as the file has it, short enough for one line."""
    plain = not isinstance(value, dict | list | str)
    return show.short(written[path]) if plain and path in written else show.value(value)


def _shown(error: ValidationError, written: Written) -> str:
    return shown(_value(error), tuple(error.absolute_path), written)


def _value(error: ValidationError) -> Any:
    """Return what does not hold to the schema."""
    return error.instance


def _rule(error: ValidationError) -> Any:
    """Return what the schema says under the keyword that does not hold."""
    return error.validator_value


def _type(error: ValidationError, written: Written) -> Said:
    path = tuple(error.absolute_path)
    wanted = _rule(error) if isinstance(_rule(error), list) else [_rule(error)]
    kinds = " or ".join(_KINDS[kind] for kind in wanted if kind != "null")
    value = _shown(error, written)
    if "string" in wanted and path in written:
        return f"{value} is a number or truth value, where text is meant", f'write it in quotes: "{value}"'
    if wanted[0] == "boolean":
        return f"{value} is not true or false", "write true or false without quotes"
    if wanted[0] in {"integer", "number"} and re.fullmatch(r"'-?[0-9]+(\.[0-9]+)?'", value):
        return f"{value} is text, where {kinds} is meant", f"write {error.instance} without quotes"
    if wanted[0] == "array" and isinstance(error.instance, str):
        return f"{value} is not a list", f"write [{show.name(error.instance)}]"
    if wanted[0] == "array":
        return f"{value} is not {kinds}", "write each item in a line of its own, behind a dash"
    return f"{value} is not {kinds}", _as_mapping(error) if wanted[0] == "object" else ""


def _as_mapping(error: ValidationError) -> str:
    """Return how what is no mapping is written as one: names that people choose as keys, or the keys that there are."""
    given, schema = _value(error), error.schema if isinstance(error.schema, Mapping) else {}
    items = given if isinstance(given, list) else [given]
    keys = list(schema.get("properties", {}))
    if keys:
        more = ", …" if len(keys) > _MOST_KEYS else ""
        return f"write keys with a colon below it; they are {', '.join(keys[:_MOST_KEYS])}{more}"
    name = next((show.name(one) for one in items if isinstance(one, str)), "NAME")
    return f"write each name as a key, without a dash and with a colon: '{name}: {{}}'"


def words(enum: Iterable[Any]) -> list[str]:
    """Return the words of an enum as documentation and messages write them: each once, of its spellings the one in camel case."""
    found: dict[str, str] = {}
    for word in (str(one) for one in enum if one is not None):
        other = found.setdefault(word.casefold(), word)
        found[word.casefold()] = max(other, word, key=lambda one: (one[:1].islower(), sum(map(str.isupper, one))))
    return list(found.values())


def _enum(error: ValidationError, written: Written) -> Said:
    known = words(_rule(error))
    given = _value(error)
    meant = nearest.nearest(given, known) if isinstance(given, str) else None
    meant = meant or _switch(given, known)
    return f"{_shown(error, written)} is not one of {', '.join(known)}", f"did you mean {meant}?" if meant else ""


def _switch(given: object, known: Sequence[str]) -> str | None:
    """Return the word for on or off that is meant by a truth value, or by another word for one."""
    said = str(given).lower() if isinstance(given, bool | str) else ""
    for meanings in _SWITCHES:
        if said in meanings and (fits := [one for one in known if one in meanings]):
            return fits[0]
    return None


def _pattern(error: ValidationError, written: Written) -> Said:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    said = schema.get("patternErrorMessage") or f"does not have the form {error.validator_value}"
    return f"{_shown(error, written)} {said}", ""


def _other(error: ValidationError, _written: Written) -> Said:
    # jsonschema's own sentence begins with the value, which may be long, or an address with a secret in it.
    short = len(error.message) <= 200 and show.line(error.message) == error.message
    plain = error.message if short else f"does not hold: {error.validator} {error.validator_value}"
    return plain, ""


_MESSAGES: Mapping[str, _Message] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": lambda error, written: (f"{_shown(error, written)} is too small", f"the least is {_rule(error)}"),
    "maximum": lambda error, written: (f"{_shown(error, written)} is too large", f"the most is {_rule(error)}"),
    "minLength": lambda _error, _written: ("is empty", "write a value, or null to remove an inherited one"),
    "minItems": lambda _error, _written: ("is an empty list", "write at least one item"),
    "minProperties": lambda _error, _written: ("is empty", "write at least one key"),
    "maxProperties": lambda error, _written: (f"has more than one of {', '.join(map(show.name, _value(error)))}", "keep one"),
    "uniqueItems": lambda _error, _written: ("names something twice", "keep one"),
}
