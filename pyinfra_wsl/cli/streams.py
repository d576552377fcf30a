"""Standard streams as a timer, a full disk or a closed pipe leaves them: one line in the place of a traceback."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from pyinfra_wsl.core.escape import escape


def fill() -> None:
    """Put the null device in the place of each standard stream that was closed before we were started."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - it stays open as long as we run


def give_up(error: OSError) -> NoReturn:
    """Say that something could not be read or written, where nobody nearer to it did, and end with exit code 1."""
    where = error.filename if isinstance(error.filename, str) else "what is to be written"
    said = f"Error: {where}: {error.strerror or error}. Next: look at the space, the rights and where the output goes"
    try:
        sys.stderr.write(escape(said) + "\n")
        sys.stderr.flush()
    except OSError:  # standard error is what cannot be written
        pass
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - what is held back would fail once more at the end
    raise SystemExit(1) from None
