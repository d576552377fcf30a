"""Where the logs of the libraries that connect go: with ``--debug`` to pyinfra's, escaped.

Without a handler their errors, tracebacks with a server's words in them, would stand on everybody's terminal.
"""

from __future__ import annotations

import logging

from pyinfra import logger
from typing_extensions import override

from pyinfra_wsl.core.escape import escape


class Debug(logging.Handler):
    """Shows a library's records with ``--debug`` alone."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Show a record."""
        for line in self.format(record).splitlines():
            logger.debug("%s", escape(line))
