"""What is said to PowerShell, as bytes at once: pypsrp builds a tree of each message first, a fifth of what a laptop costs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from pypsrp.messages import CreatePipeline, InitRunspacePool, SessionCapability
from pypsrp.serializer import Serializer
from typing_extensions import override

_SAME = (SessionCapability, InitRunspacePool, CreatePipeline)
"""What is said in the same words to every laptop: the identities of session and pipeline stand before it (MS-PSRP 2.2.1)."""


class Quick(Serializer):
    """Writes a line of text, and what is always the same, without a tree; anything else as pypsrp does."""

    _kept: ClassVar[dict[type, bytes]] = {}

    @override
    def serialize(self, value: Any, metadata: Any = None, parent: Any = None, clear: bool = True) -> Any:
        """Return bytes, which pypsrp sends as they are, or an element."""
        if metadata is not None or parent is not None:
            return super().serialize(value, metadata, parent, clear)
        if isinstance(value, str) and value.isascii() and value.isprintable():
            return text(value)
        if not isinstance(value, _SAME):
            return super().serialize(value, metadata, parent, clear)
        kind = type(value)
        if kind not in self._kept:
            tree = super().serialize(value)
            assert tree is not None  # noqa: S101 - a message is never nothing
            self._kept[kind] = ET.tostring(tree, encoding="utf-8")
        return self._kept[kind]


def text(line: str) -> bytes:
    """Return a printable line of ASCII as CLIXML has it; what reads as one of its own escapes is escaped (MS-PSRP 2.2.5.3.2)."""
    return f"<S>{escape(line.replace('_x', '_x005F_x').replace('_X', '_x005F_X'))}</S>".encode()
