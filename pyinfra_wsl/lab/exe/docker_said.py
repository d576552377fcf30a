"""What every answer of the ``docker`` client is made of: who asks which engine, what is printed, templates.

The client is docker/cli v28.3.3. Texts of failures are from docker/for-win's issues; nothing may lean on their wording.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.lab.docker_desktop.engines import Engine
from pyinfra_wsl.lab.machine.program import Unsupported

CLIENT, COMMIT, GO, BUILT = "28.3.3", "980b856", "go1.24.5", "Fri Jul 25 11:33:00 2025"
API, LEAST_API = "1.51", "1.24"
"""Of the engine's interface (vendor/github.com/docker/docker/api/common.go of that release)."""
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_FIELD = re.compile(r"\{\{\s*(json\s+)?\.([\w.]*)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Said:
    """What a client printed, and its exit code."""

    code: int
    out: str = ""
    err: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """A client and what it is connected to.

    Args:
        engine: what answers; None for nothing.
        problem: why nothing does.
        product: of which product's engine: ``Docker Desktop 4.86.0``.
        context: by which context it looks.
        plugins: name, version and path of each plugin.
        system: for which the client is made: ``windows`` or ``linux``.
        architecture: as Go calls it.

    """

    engine: Engine | None
    problem: str = ""
    product: str = ""
    context: str = "default"
    plugins: Sequence[tuple[str, str, str]] = ()
    system: str = "windows"
    architecture: str = "amd64"


def rendered(form: str, data: dict[str, Any]) -> str:
    """Fill in a template of Go's: fields, and ``json`` of one; raises Unsupported for anything else.

    Args:
        form: the template, or the word ``json``.
        data: what it is filled from; a field below None is empty.

    """
    if form == "json":
        return json.dumps(data) + "\n"
    if "{{" in _FIELD.sub("", form):
        raise Unsupported(f"--format {form}")

    def fill(match: re.Match[str]) -> str:
        found: Any = data
        for name in [part for part in match[2].split(".") if part]:
            if found is not None and not (isinstance(found, dict) and name in found):
                raise Unsupported(f"--format {form}: no field {name}")
            found = found[name] if found is not None else None
        return json.dumps(found) if match[1] else "" if found is None else str(found)

    return _FIELD.sub(fill, form) + "\n"
