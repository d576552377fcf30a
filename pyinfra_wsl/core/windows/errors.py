"""What went wrong in WSL, in any display language: the name at the end of ``Wsl/Service/…/NAME`` is never translated.

wsl.exe prints ``<text>`` and ``<Error code: >Context/…/NAME`` to standard output and ends with -1
(src/windows/common/WslClient.cpp, src/windows/common/wslutil.cpp, src/windows/common/ExecutionContext.h). A name that its printer
does not know is a number. What a name means is told by the one table of errors (`known.table`).
"""

from __future__ import annotations

import re

from pyinfra_wsl.core.output import Output
from pyinfra_wsl.known import table

_CODE = re.compile(r"\b(?:Wsl|Bash|Wslg|WslConfig)/(?:\w+/)*(0x[0-9A-Fa-f]+|[A-Z][A-Z0-9_]{2,})\b(?!/)", re.ASCII)
_NUMBER = re.compile(r"(?<![\w/\\.-])0x8[0-9A-Fa-f]{7}(?![\w/\\-])", re.ASCII)
_DEBUG = "run again with --debug, and look the text up"


def name_of(code: str) -> str:
    """Return the name of an error that is printed by its name, or by its number as ``0x80370102``; as it is where it has none."""
    return (table.name_of(int(code, 16)) if code.lower().startswith("0x") else "") or code


def code_of(text: str) -> str:
    """Return the name of the error that WSL printed last, in any language; empty where it printed none.

    A release that does not know a name prints the number: all up to 2.9.4 do so for ``E_ILLEGAL_STATE_CHANGE`` (wslutil.cpp).
    """
    codes = _CODE.findall(text)
    return name_of(codes[-1]) if codes else ""


def _bare(text: str) -> str:
    """Return the name of the last number that stands alone and is known; the wsl.exe in System32 prints no context before it."""
    named = [name_of(number) for number in _NUMBER.findall(text)]
    return next((one for one in reversed(named) if (entry := table.of(one, text)) and entry.area != table.UNKNOWN), "")


def explain(output: Output, culture: str = "en-US") -> tuple[str, str, str]:
    """Say what a program of WSL failed with.

    Args:
        output: what it printed, and its exit code.
        culture: the laptop's display language, for what it printed in the OEM code page.

    Returns:
        the cause, a person's next step, and the error's name (empty where none was printed).

    """
    if output.timed_out:
        return f"it did not end within {output.seconds:.0f} s", "run again; if it stays so, run 'wsl --shutdown' there", "timeout"
    said, text = output.said(culture), output.text(culture)
    code = code_of(text) or code_of(said) or _bare(f"{text}\n{said}")
    known = table.of(code, f"{text}\n{said}") if code else None
    if known:
        return known.cause, known.remedy, code
    return said or f"it ended with exit code {output.exit_code} and said nothing", _DEBUG, code
