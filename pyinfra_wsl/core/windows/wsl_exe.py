r"""How wsl.exe is called, where the package says that it is (msipackage/package.wix.in), and how its failures are told."""

from __future__ import annotations

from collections.abc import Sequence

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows import errors

MSI = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Lxss\MSI"
INBOX = r"%SystemRoot%\System32\wsl.exe"


def command(exe: str, *arguments: str, timeout: float = 120.0, live: bool = False, stdin: bytes | None = None) -> Call:
    """Return a call of wsl.exe with its texts in UTF-8 (src/windows/common/WslClient.cpp: ``WSL_UTF8``)."""
    return call.run(exe, *arguments, timeout=timeout, stdin=stdin, environment={"WSL_UTF8": "1"}, live=live)


def inside(exe: str, distro: str, *arguments: str, stdin: bytes | None = None) -> Call:
    """Return a call of a program inside a distribution, as its root; the distribution is started for that."""
    return command(exe, "-d", distro, "-u", "root", "-e", *arguments, stdin=stdin)


def said(answer: Answer, doing: str = "") -> Output:
    """Return what wsl.exe said; raises `StepError` where it could not be started."""
    if not answer.ok:
        before = f"{doing}: " if doing else ""
        if answer.kind == "skipped":  # what went before it failed, and says itself why
            raise StepError(f"{before}not begun, since what goes before it failed", "run again with --debug", answer.kind)
        raise StepError(f"{before}wsl.exe did not start: {answer.message}", "look whether WSL is installed", answer.kind)
    return Output.of(answer)


def need(answer: Answer, doing: str, culture: str = "", fine: Sequence[str] = ()) -> Output:
    """Return what wsl.exe said; raises `StepError` unless it succeeded.

    Args:
        answer: its answer.
        doing: what did not work, where it failed: ``Ubuntu could not be moved``.
        culture: the laptop's display language.
        fine: error names that mean the thing is as wanted.

    """
    output = said(answer, doing)
    if output.ok or any(name in output.text(culture) for name in fine):
        return output
    cause, remedy, code = errors.explain(output, culture)
    raise StepError(f"{doing}: {cause}", remedy, code)
