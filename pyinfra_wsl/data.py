"""The one place that knows where schemas and templates are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import jinja2


def _folder(name: str) -> Traversable:
    return resources.files(f"pyinfra_wsl.{name}")


@cache
def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a resource, such as ``wsl_distro``; it is shared: do not change it.

    Raises:
        FileNotFoundError: there is no such schema.

    """
    found: dict[str, Any] = json.loads((_folder("schemas") / f"{name}.json").read_text(encoding="utf-8"))
    return found


def schema_path(name: str) -> Path:
    """Return where a schema lies, for programs that read it themselves; it lies in a file, also where this was installed."""
    return Path(str(_folder("schemas") / f"{name}.json"))


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by its name."""
    names = (file.name for file in _folder("schemas").iterdir())
    return {stem: schema(stem) for stem in sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))}


def _source(name: str) -> str | None:
    file = _folder("templates") / name
    return file.read_text(encoding="utf-8") if file.is_file() else None


@cache
def _environment() -> jinja2.Environment:
    # The templates make configuration files, not HTML: escaping would break them.
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )


def template(name: str) -> jinja2.Template:
    """Return a template by its file name, such as ``wslconfig.j2``; a variable that is not given is an error.

    Raises:
        jinja2.TemplateNotFound: there is no such template.

    """
    return _environment().get_template(name)
