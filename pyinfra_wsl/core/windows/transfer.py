"""Bringing a file to a laptop from the control machine, an ``https://`` address or a share, and only if its SHA-256 is right.

It lies below ``%ProgramFiles%`` in a folder for administrators only; who imports it may read that one file (`home.readable`), so
that what a user imports is what was verified. What is fetched by the laptop itself has another name until it is whole and right,
and the next run goes on where one stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.source import basename, is_address, shown
from pyinfra_wsl.core.talk import Run, Talk, Upload, ask
from pyinfra_wsl.core.windows.machine import Windows
from pyinfra_wsl.known import table

CURL = r"%SystemRoot%\System32\curl.exe"
ROBOCOPY = r"%SystemRoot%\System32\robocopy.exe"
HOURS = 4 * 3600.0  # a distribution's archive over a slow line

_SUFFIXES = re.compile(r"(\.tar)?\.[a-z0-9]+$")
_TIMEOUT, _NO_RANGES = 28, 33
_REMEDIES: Mapping[str, str] = {
    "not_found": "look at the path on the control machine",
    "disk_full": "free some space on the laptop's system drive, then run again",
    "access_denied": "connect as an administrator of the laptop",
}


def bring(run: Run, source: str, sha256: str, windows: Windows, suffix: str = "") -> Talk[str]:
    r"""Bring a file to the laptop unless it is there; return its path there.

    Args:
        run: this run.
        source: a path on the control machine, an ``https://`` address, or ``\\server\share\path``, read as the connected account.
        sha256: the file's SHA-256, 64 hexadecimal digits.
        windows: the laptop.
        suffix: as of `cached`.

    Raises:
        StepError: where it cannot be brought, or is not the file that was declared.

    """
    del run  # the same for every run: what one brought, the next one finds
    sha256 = sha256.lower()
    path = cached(source, sha256, windows, suffix)
    way = _way(source)
    if way is not _upload:  # an upload looks by itself what is there already
        (found,) = yield from ask(call.file_state(path, digest=True), keep_going=True)
        if found.exists and found.sha256 == sha256:
            return path
    yield from way(source, path, sha256)
    return path


def cached(source: str, sha256: str, windows: Windows, suffix: str = "") -> str:
    """Return the path to which `bring` brings a file.

    Args:
        source, sha256, windows: as of `bring`.
        suffix: says what the file is, since wsl.exe and msiexec.exe go by it; the source's own where empty.

    """
    own = _SUFFIXES.search(basename(source).lower())
    suffix = suffix or (own.group() if own else "")
    return f"{windows.program_files}\\pyinfra-wsl\\cache\\{sha256.lower()}{suffix}"


def discard(path: str) -> Call:
    """Return the call that removes a file which `bring` brought, once it was used."""
    return call.file_remove(path)


def _way(source: str) -> Callable[[str, str, str], Talk[None]]:
    if is_address(source):
        return _download
    return _copy if source.startswith("\\\\") else _upload


def _upload(source: str, path: str, sha256: str) -> Talk[None]:
    (answer,) = yield Upload(source, path, sha256)
    _need(answer, source)


def _download(source: str, path: str, sha256: str) -> Talk[None]:
    part = f"{path}.part"
    state = call.file_state(part, digest=True)
    keep, found = yield from ask(_folder(path), state)
    _need(keep, source)
    _need(found, source)
    if not (found.exists and found.sha256 == sha256):
        output = yield from _curl(source, part)
        if output.exit_code == _NO_RANGES:  # this server cannot go on in the middle
            yield from ask(call.file_remove(part))
            output = yield from _curl(source, part)
        if not output.ok:
            number = _TIMEOUT if output.exit_code is None else output.exit_code
            known = table.of_exit("curl", number)
            said = (output.said() or f"curl.exe ended with {number}", "run again with --debug")
            cause, remedy = (known.cause, known.remedy) if known else said
            raise StepError(f"{shown(source)} could not be fetched: {cause}", remedy, f"curl {number}")
        (found,) = yield from ask(state)
    yield from _accept(found, source, part, path, sha256)


def _curl(source: str, part: str) -> Talk[Output]:
    command = call.run(
        CURL, "--fail", "--location", "--silent", "--show-error", "--proto", "=https", "--proto-redir", "=https",
        "--retry", "3", "--continue-at", "-", "--output", part, "--config", "-", stdin=_config(source), timeout=HOURS,
    )  # fmt: skip
    (answer,) = yield from ask(command, progress=f"fetching {shown(source)}")
    _need(answer, source)
    return Output.of(answer)


def _config(source: str) -> bytes:
    """Return what curl.exe reads instead of arguments: everybody on the laptop, and its logs, see command lines."""
    escaped = source.replace("\\", "\\\\").replace('"', '\\"')
    return f'url = "{escaped}"\n'.encode()


def _copy(source: str, path: str, sha256: str) -> Talk[None]:
    folder, _, name = source.rpartition("\\")
    part = f"{path}.copy"
    # /Z goes on in the middle; below 8 robocopy's exit codes mean success (Microsoft, "robocopy").
    command = call.run(ROBOCOPY, folder, part, name, "/Z", "/R:2", "/W:5", "/NP", "/NJH", "/NJS", timeout=HOURS)
    copied, found = yield from ask(
        command, call.file_state(f"{part}\\{name}", digest=True), keep_going=True, progress=f"copying {source}"
    )
    _need(copied, source)
    output = Output.of(copied)
    if output.exit_code is None or output.exit_code >= 8 or not found.exists:
        raise StepError(
            f"{source} could not be read from the laptop: {output.said() or f'robocopy.exe ended with {output.exit_code}'}",
            "let the account as which we are connected read the share (over SSH with a key it is nobody there: then take https://)",
            f"robocopy {output.exit_code}",
        )
    yield from _accept(found, source, f"{part}\\{name}", path, sha256)
    yield from ask(call.file_remove(part, tree=True))


def _accept(found: Answer, source: str, part: str, path: str, sha256: str) -> Talk[None]:
    """Give the right file its name; remove any other."""
    if found.sha256 != sha256:
        yield from ask(call.file_remove(part))
        raise StepError(
            f"{shown(source)} is not the file that was declared: its SHA-256 is {found.sha256}, declared is {sha256}",
            "correct the declared sha256, or put the right file there",
            "sha256",
        )
    # file.move wants the name free; what has it is not the right file, or we would not be here.
    removed, moved = yield from ask(call.file_remove(path), call.file_move(part, path))
    _need(removed, source)
    _need(moved, source)


def _folder(path: str) -> Call:
    """Return the call that makes the folder of a path: curl.exe makes none, and no verb does only that."""
    folder = path.rpartition("\\")[0]
    return call.file_write(f"{folder}\\.keep", b"")


def _need(answer: Answer, source: str) -> None:
    if not answer.ok:
        remedy = _REMEDIES.get(answer.kind, "run again")
        raise StepError(f"{shown(source)} could not be brought to the laptop: {answer.message}", remedy, answer.kind)
