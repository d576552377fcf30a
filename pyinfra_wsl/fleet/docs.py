"""What is made of other parts: docs/fleet-file.md of the schemas, docs/errors.md of the catalogue of errors, and schemas of the
resources and of the tables of WSL's keys.

``python -m pyinfra_wsl.fleet.docs`` in a checkout writes all.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from pyinfra_wsl import data, fleet, form, registry
from pyinfra_wsl.core.form import words
from pyinfra_wsl.core.formats.ini import schema as ini_schema
from pyinfra_wsl.errors import page as errors

_ROOT = Path(__file__).resolve().parents[2]
TARGET = _ROOT / "docs" / "fleet-file.md"

_INHERITED = """\
defaults:
  wslconfig:
    wsl2: {memory: 8GB, processors: 4, networkingMode: mirrored}
groups:
  small:
    wslconfig: {wsl2: {memory: 4GB}}
hosts:
  LT-0001: {}
  LT-0002: {groups: [small]}
  LT-0003: {groups: [small], wslconfig: {wsl2: {processors: 2, networkingMode: null}}}
"""
_WRONG = """\
defaults:
  user: console
  hypervisor: {launch: of}
  reboot: {policy: window}
groups:
  developers:
    wsl_distros:
      old: {state: absent}
      new: {location: "D:\\wsl", version: two, format: tar}
hosts:
  LT-0001: {groups: [developers]}
  LT-0002: {groups: [develpers]}
"""
_HEAD = """\
# The fleet file

<!-- Made of schemas/ by: python -m pyinfra_wsl.fleet.docs -->

One YAML file says what every machine must be. `pyinfra-wsl validate FLEET.yml` checks it without contacting a machine; every run
checks it too, before the first connection. An editor that speaks JSON Schema completes and explains its keys, where the line that
`pyinfra-wsl schema` prints stands first in the file: it names the schema of what is installed.

## Inheritance

`defaults` hold for all. A machine's `groups` come over them in their order, and its own entry comes last. Mappings are merged at
any depth, everything else is replaced, lists as a whole. `null` removes what was inherited; below `docker_engine.daemon` it also
takes a key out of the host's own file. So with

```yaml
{inherited}```

LT-0003 gets

```yaml
{resolved}```

`defaults` may speak of Windows and Linux at once: each machine takes what is meant for its `os`. In a group or a machine's own
entry, a key for the other system is a mistake.

## Many machines

A name may stand for many: `LT-[0001:0500]` for five hundred, leading zeros and all, `[a:f]` for letters, `[01:50:2]` for every
second. What stands below it is of each of them. In braces such a name needs quotes. `hosts_from` asks a command for machines.

Instead of a file, a fleet may be a **folder** of them: what ends in `.yml` or `.yaml` right below it is one fleet, so that each
team keeps its own file. Each key below `defaults` and `rollout`, each group and each machine stands in one of them; who declares
one a second time is told both places. Files are named from the folder. [Where machines come from](inventories.md) shows it all.

Plain values are read as YAML 1.2 has them: `off`, `no` and `on` are text, only `true` and `false` are truth values. Write Windows
paths without quotes or in single quotes (`D:\\wsl`); in double quotes YAML takes the backslash for itself.

## Mistakes

All are told at once, each with its line, its path and the right form. This file

```yaml
{wrong}```

is answered with

```text
{errors}
```

Secrets do not belong into the file: a key such as `password` or `token` is refused. `connection.password_from` says where the
password comes from. An address with an account, a query or a fragment is refused as well: put the file beside the fleet file or
on a share, or take an address that needs neither ([what is promised of secrets](safety.md#secrets)).
"""


def page() -> str:
    """Return the page's text."""
    schemas = data.schemas()
    values = schemas["fleet"]["$defs"]["values"]["properties"]
    host = schemas["fleet"]["$defs"]["host"]["properties"]
    of_file = schemas["fleet"]["properties"]
    asked, rollout = (_section(key, of_file[key]) for key in ("hosts_from", "rollout"))
    own = {key: host[key] for key in ("address", "groups")}
    parts = [_head(), asked, "## Of a machine only\n\n" + _table(own)]
    plain = {key: schema for key, schema in values.items() if "$ref" not in schema and "additionalProperties" not in schema}
    parts.append("## Of any machine, group or `defaults`\n\n" + _table(plain))
    parts += [*(_section(key, schema) for key, schema in values.items() if key not in plain), rollout]
    return "\n".join(parts)


def _head() -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fleet.yml"
        file.write_text(_INHERITED)
        resolved = yaml.safe_dump({"wslconfig": fleet.load(file).hosts["LT-0003"].data["wslconfig"]}, sort_keys=False)
        file.write_text(_WRONG)
        try:
            fleet.load(file)
        except fleet.FleetError as error:
            errors = str(error).replace(f"{folder}/", "")
    text = _HEAD
    for name, value in (("inherited", _INHERITED), ("resolved", resolved), ("wrong", _WRONG), ("errors", errors)):
        text = text.replace(f"{{{name}}}", value)
    return text


def _section(key: str, schema: Mapping[str, Any]) -> str:
    value = _follow(schema)
    title, intro = f"## `{key}`", schema.get("description") or value["description"]
    if isinstance(below := value.get("additionalProperties"), Mapping) and "$ref" in below:
        value = _follow(below)
        intro = f"{intro}\n\nOf each, below its name: {value['description']}"
    named = value is not _follow(schema)
    rows = _table(value["properties"]) if "properties" in value else _table({key: {**value, "description": ""}})
    examples = "\n".join(_yaml({key: {"Ubuntu-24.04": one} if named else one}) for one in value.get("examples", [])[:2])
    return f"{title}\n\n{intro}\n\n{examples}\n{rows}" if examples else f"{title}\n\n{intro}\n\n{rows}"


def _yaml(value: Any) -> str:
    return f"```yaml\n{yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)}```\n"


def _follow(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref", "")
    return data.schema(reference.removesuffix(".json")) if reference.endswith(".json") else schema


def _table(properties: Mapping[str, Any]) -> str:
    rows = [f"| `{key}` | {kind} | {default} | {meaning} |" for key, kind, default, meaning in _rows(properties, "")]
    return "\n".join(["| Key | Type | Default | Meaning |", "| --- | --- | --- | --- |", *rows, ""])


def _rows(properties: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for key, schema in properties.items():
        value = _follow(schema)
        meaning = (
            str(schema.get("description") or value["description"]).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
        )
        yield f"{prefix}{key}", _kind(value), _default(value), meaning
        yield from _rows(value.get("properties", {}), f"{prefix}{key}.")
        yield from _rows(value.get("items", {}).get("properties", {}), f"{prefix}{key}[].")


def _default(schema: Mapping[str, Any]) -> str:
    if "default" not in schema:
        return ""
    default = schema["default"]
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in words(schema["enum"]))
    names = {"object": "mapping", "array": "list", "string": "text", "integer": "whole number", "boolean": "`true`, `false`"}
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    kinds = schema.get("type", [])
    return " or ".join(names.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null")


def schemas() -> dict[str, str]:
    """Return the texts of the schemas that are made, by name: ``fleet`` is what stands there, with the keys of the resources."""
    made = {
        "fleet": form.complete(data.schema("fleet"), registry.own()),
        "wslconfig": ini_schema.of_wslconfig(),
        "wsl_conf": ini_schema.of_wsl_conf(),
    }
    return {name: json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()}


if __name__ == "__main__":
    for name, text in schemas().items():
        (_ROOT / "schemas" / f"{name}.json").write_text(text, encoding="utf-8")
    data.schema.cache_clear()
    data.schemas.cache_clear()
    TARGET.write_text(page(), encoding="utf-8")
    errors.TARGET.write_text(errors.page(), encoding="utf-8")
