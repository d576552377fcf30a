"""The host, the state and the inventory of the moment: an operation asks for them some thirty times, each time by a stand-in.

- An operation, and a deploy around it, take the objects themselves: they are those of the moment from its beginning to its end.
- What is of the moment is set and set back without a generator.

Seen in pyinfra 3.10 (`context.py`, `api/operation.py`, `api/deploy.py`), and put in place by `quicker.use`, which knows the
version.
"""

from __future__ import annotations

from functools import wraps
from types import ModuleType
from typing import Any

from pyinfra import context
from pyinfra.context import ContextManager, ContextObject


def use(*modules: ModuleType) -> None:
    """Put ours in place of pyinfra's: everywhere, and in modules that ask ``context.host`` and ``context.state``."""
    ContextObject.__getattr__ = of_the_moment  # type: ignore[method-assign]
    ContextManager.use = within  # type: ignore[method-assign,assignment]
    for module in modules:
        vars(module)["context"] = Moment()


def of_the_moment(self: Any, key: str) -> Any:
    """Return what pyinfra's `ContextObject` returns for an attribute."""
    module = self._container.module
    return getattr(self._base_cls if module is None else module, key)


class Moment:
    """What pyinfra's module `context` has, but for the host and the state, which are the objects and not their stand-ins.

    pyinfra calls what an operation has captured of them only while they are those of the moment again.
    """

    @property
    def host(self) -> Any:
        """The host of the moment; pyinfra's stand-in where there is none."""
        found = getattr(context.ctx_host.context._container, "module", None)
        return context.host if found is None else found

    @property
    def state(self) -> Any:
        """The state of the moment; pyinfra's stand-in where there is none."""
        found = context.ctx_state.context._container.module
        return context.state if found is None else found

    def __getattr__(self, key: str) -> Any:
        """Return what else the module has."""
        return getattr(context, key)


@wraps(ContextManager.use)
def within(self: ContextManager, module: Any) -> Within:
    """Return what has something be of the moment, as pyinfra's `ContextManager.use` does it."""
    return Within(self.context._container, module)


class Within:
    """Has something be of the moment within a block; an error leaves it so, as pyinfra does.

    Args:
        container: where pyinfra keeps what is of the moment.
        module: what is to be.

    """

    __slots__ = ("_before", "_container", "_module")

    def __init__(self, container: Any, module: Any) -> None:
        """Leave everything as it is until the block begins."""
        self._container, self._module, self._before = container, module, module

    def __enter__(self) -> None:
        """Set it."""
        self._before = getattr(self._container, "module", None)
        self._container.module = self._module

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Set it back."""
        if kind is None and self._before is not self._module:
            self._container.module = self._before
