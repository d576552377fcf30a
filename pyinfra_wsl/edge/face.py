"""The public face: modules of operations under the names by which pyinfra's users and its command line know them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType


def publish(package: str, modules: Mapping[str, ModuleType]) -> None:
    """Let modules be imported below a package, and name their operations after it where a user gives them no name.

    pyinfra's command line imports ``pyinfra_wsl.operations.wslconfig`` by this name, and names an operation after the last part
    of its module's (pyinfra, ``get_operation_name_from_func``).

    Args:
        package: the package below which they are known.
        modules: the modules by the names that they have there.

    """
    for name, module in modules.items():
        known = f"{package}.{name}"
        sys.modules.setdefault(known, module)
        for operation in vars(module).values():
            if (inner := getattr(operation, "_inner", None)) is not None and inner.__module__ == module.__name__:
                inner.__module__ = known
