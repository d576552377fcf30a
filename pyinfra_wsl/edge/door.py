"""The door of an operation: a declaration is held to the same rules as a fleet file, then it is believed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pyinfra_wsl import form
from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.resource import Resource, Values


def plain(value: Any) -> Any:
    """Return what a user hands to an operation as a fleet file would hold it: mappings, lists, text, numbers; without None."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def problems(resource: Resource[Any, Any], values: Values) -> list[Problem]:
    """Return what is wrong with a declaration: its form, else what its resource needs, excludes or contradicts.

    Args:
        resource: whose rules.
        values: the values of a host in which it is declared, as `plain` returns them.

    """
    return list(form.of_values(values)) or list(resource.check(values))
