"""What comes along with paramiko and hardly anybody uses, loaded once somebody does.

``Match exec`` in a person's SSH configuration calls a program by `invoke.run`, which is all that `paramiko/config.py` has of that
package: with 45 modules, and Python's `unittest`, it takes a third of the time in which paramiko is loaded (seen in paramiko 4).
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_WHOLE, _PART = "paramiko.config", "invoke"


class _Later(ModuleType):
    """A module in the place of one of the same name."""

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the module itself, which is loaded for it."""
        return getattr(import_module(self.__name__), name)


def use() -> None:
    """Import it without that; who imports that package itself has it as ever. Where it is not installed, paramiko says so."""
    if _WHOLE in sys.modules or _PART in sys.modules or find_spec(_PART) is None:
        return
    sys.modules[_PART] = _Later(_PART)
    try:
        import_module(_WHOLE)
    finally:
        del sys.modules[_PART]
