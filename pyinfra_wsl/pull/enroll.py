"""What a laptop needs to come by itself: its task, its settings, its first trust, and how all of that gets there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

import pyinfra_wsl
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.data import template
from pyinfra_wsl.pull import files, settings
from pyinfra_wsl.pull.publish import place
from pyinfra_wsl.pull.settings import FILE
from pyinfra_wsl.pull.store import TRUST

_MARGIN = 15
"""Minutes between the last laptop's turn and the first of the next round: a task that still waits is not started anew."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made.

    Args:
        public: the folder that is published here.
        source: where laptops find it.
        out: where the package goes.
        every: minutes between two pulls.
        more: further settings of ``pull.yml``.

    """

    public: Path
    source: str
    out: Path
    every: int = 60
    more: Mapping[str, object] = field(default_factory=dict)


def make(order: Order) -> list[Path]:
    """Write the package; return its files.

    Args:
        order: what.

    Raises:
        StepError: there is no trust, a setting cannot be used, or it could not be written.

    """
    trusted = place.newest_trust(order.public)
    published = place.newest(order.public, trusted)
    values: dict[str, object] = {
        "fleet": trusted.fleet,
        "source": order.source,
        "splay": (order.every - _MARGIN) * 60,
        **order.more,
    }
    if published is not None:
        values["floor"] = {"epoch": published[0].epoch, "serial": published[0].serial}
    app = rf"%ProgramFiles%\pyinfra-wsl\app\{pyinfra_wsl.__version__}"
    words = {
        "fleet": trusted.fleet, "trust": trusted.version, "every": order.every, "version": pyinfra_wsl.__version__, "app": app,
    }  # fmt: skip
    made = {
        FILE: yaml.safe_dump(values, sort_keys=False, allow_unicode=True).encode(),
        TRUST: place.chain(order.public)[-1].data,
        "task.xml": b"\xff\xfe" + _lines(_made("task.xml", words)).encode("utf-16-le"),
        "install.cmd": _lines(_made("install.cmd", words)).encode("ascii"),
        "uninstall.cmd": _lines(_made("uninstall.cmd", words)).encode("ascii"),
        "README.md": _made("README.md", words).encode(),
    }
    settings.parse(order.out, made[FILE])  # as a laptop will, before anything is written
    try:
        for name, data in made.items():
            files.write(order.out / name, data)
    except OSError as error:
        raise StepError(f"{order.out} cannot be written: {error.strerror or error}", "look at the folder") from None
    order.out.chmod(0o755)
    return [order.out / name for name in made]


def _made(name: str, words: Mapping[str, object]) -> str:
    return template(f"enroll/{name}").render(words)


def _lines(text: str) -> str:
    return text.replace("\n", "\r\n")
