"""Any other command on a laptop: in cmd.exe, or in PowerShell where ``_shell_executable`` says so."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from pyinfra.connectors.util import CommandOutput, OutputLine

from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Call
from pyinfra_wsl.core.failure import LostError
from pyinfra_wsl.core.output import Output, decode
from pyinfra_wsl.core.windows.user import CMD, POWERSHELL

_NOT_OF_WINDOWS = ("_sudo", "_su_user", "_doas", "_dzdo")
_QUOTE = "PYINFRA_QUOTE"


class UnsupportedError(LostError):
    """A global argument that has no meaning on Windows."""


def run(session: Session, command: str, arguments: Mapping[str, Any]) -> tuple[bool, CommandOutput]:
    """Run a command and return whether it succeeded, and its output.

    Args:
        session: the laptop.
        command: the text, as its shell reads it.
        arguments: pyinfra's global arguments: ``_shell_executable``, ``_env``, ``_chdir``, ``_timeout``, ``_stdin``,
            ``_success_exit_codes``.

    Raises:
        UnsupportedError: an argument has no meaning on Windows.
        CallError: the shell did not start.

    """
    for name in _NOT_OF_WINDOWS:
        if arguments.get(name):
            raise UnsupportedError(f"{name} has no meaning on Windows", "connect as the user who may do it")
    answer = session.ask([_call(command, arguments)], progress=command)[0]
    result, culture = Output.of(answer), session.channel.hello.culture
    lines = [OutputLine("stdout", line) for line in decode(result.stdout, culture).splitlines()]
    lines += [OutputLine("stderr", line) for line in decode(result.stderr, culture).splitlines()]
    if result.timed_out:
        lines.append(OutputLine("stderr", f"ended with all it had started after {arguments.get('_timeout')} s"))
    succeeded = not result.timed_out and result.exit_code in (arguments.get("_success_exit_codes") or [0])
    return succeeded, CommandOutput(lines if succeeded else with_code(lines, result.exit_code))


def with_code(lines: list[OutputLine], code: int | None) -> list[OutputLine]:
    """Return what a failed command printed; with its exit code, which pyinfra keeps back, where it does not say why itself."""
    if code is None or any(one.buffer_name == "stderr" for one in lines):
        return lines
    return [*lines, OutputLine("stderr", f"ended with exit code {code}{'' if lines else ' and printed nothing'}")]


def is_powershell(arguments: Mapping[str, Any]) -> bool:
    """Whether pyinfra's global arguments ask for PowerShell instead of cmd.exe."""
    return "powershell" in str(arguments.get("_shell_executable") or "").lower()


def _call(command: str, arguments: Mapping[str, Any]) -> Call:
    environment = {name: str(value) for name, value in (arguments.get("_env") or {}).items()}
    given = arguments.get("_stdin")
    given = "\n".join(given) + "\n" if isinstance(given, list) else given
    options: dict[str, Any] = {
        "timeout": float(arguments.get("_timeout") or 3600),
        "folder": arguments.get("_chdir"),
        "stdin": given.encode() if isinstance(given, str) else given,
        "live": True,
    }
    if is_powershell(arguments):
        return powershell(command, environment=environment, **options)
    # With /s cmd.exe takes off the outer quotes and reads the rest as it is; a quote inside travels as a variable, because the
    # agent would escape it as programs of C read it, which cmd.exe does not.
    text = command.replace('"', f"%{_QUOTE}%") + " "
    return call.run(CMD, "/d", "/s", "/c", text, environment=environment | {_QUOTE: '"'}, **options)


def powershell(script: str, **options: Any) -> Call:
    """Return the call that runs a script in PowerShell; options as of `core.call.run`."""
    encoded = base64.b64encode(script.encode("utf-16-le")).decode()
    words = ("-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand", encoded)
    return call.run(POWERSHELL, *words, **options)
