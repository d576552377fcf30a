"""curl.exe and robocopy.exe: what brings files to a laptop.

curl answers from the laptop's little internet, `Machine.internet`; exit codes are those of its manual ("EXIT CODES").
robocopy copies from a share that the laptop can reach; its exit codes are bits, 1 for "copied", 8 and above for failures
(Microsoft: "robocopy").
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported

SWITCHES = {"--fail", "-f", "--location", "-L", "--silent", "-s", "--show-error", "-sS", "-fsSL"}
VALUES = {
    "--output",
    "-o",
    "--continue-at",
    "-C",
    "--retry",
    "--proto",
    "--proto-redir",
    "--max-time",
    "--connect-timeout",
    "--config",
}
BAD_HOST, HTTP_ERROR, WRITE_ERROR, TIMEOUT, NO_RANGES = 6, 22, 23, 28, 33
BYTES_A_SECOND = 20 << 20


async def curl(inv: Invocation) -> int:
    """Fetch one address into one file."""
    options, address = _options(inv.arguments, inv.stdin)
    target = inv.path(options.get("--output") or options.get("-o") or "")
    host = urlsplit(address).hostname or ""
    if not any(urlsplit(known).hostname == host for known in inv.machine.internet):
        return await _fail(inv, BAD_HOST, f"Could not resolve host: {host}")
    if address not in inv.machine.internet:
        return await _fail(inv, HTTP_ERROR, "The requested URL returned error: 404")
    data = inv.machine.internet[address]
    resumed = options.get("--continue-at", options.get("-C")) == "-"
    files = inv.machine.files
    try:
        begin = files.stat(target).size if resumed and files.exists(target) else 0
        if begin > len(data):
            return await _fail(inv, NO_RANGES, "HTTP server doesn't seem to support byte ranges. Cannot resume.")
        await inv.sleep((len(data) - begin) / BYTES_A_SECOND)
        limit = float(options.get("--max-time", 0))
        if limit and (len(data) - begin) / BYTES_A_SECOND > limit:
            files.write(target, data[: begin + int(limit * BYTES_A_SECOND)], inv.token)
            return await _fail(inv, TIMEOUT, f"Operation timed out after {limit * 1000:.0f} milliseconds")
        if begin:
            files.append(target, data[begin:], inv.token)
        else:
            _write(inv, target, data)
    except FileError:
        return await _fail(inv, WRITE_ERROR, "Failure writing output to destination")
    return 0


def _write(inv: Invocation, target: str, data: bytes) -> None:
    """Write a file into a folder that must be there; a full disk keeps what fitted."""
    files = inv.machine.files
    if not files.is_dir(target.rpartition("\\")[0]):
        raise FileError("no_path", target)
    try:
        files.write(target, data, inv.token)
    except FileError as problem:
        if problem.kind == "disk_full":
            files.write(target, data[: files.free_bytes], inv.token)
        raise


def _configured(config: bytes) -> list[str]:
    """Return the addresses of a configuration, of which only ``url = "…"`` is known (curl's manual, "--config")."""
    found = []
    for line in filter(None, config.decode("utf-8").splitlines()):
        match = re.fullmatch(r'\s*url\s*=\s*"((?:[^"\\]|\\.)*)"\s*', line)
        if match is None:
            raise Unsupported(f"--config with {line}")
        found.append(re.sub(r"\\(.)", r"\1", match[1]))
    return found


def _options(arguments: list[str], stdin: bytes) -> tuple[dict[str, str], str]:
    found: dict[str, str] = {}
    addresses = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in VALUES and rest:
            found[word] = rest.pop(0)
        elif not word.startswith("-"):
            addresses.append(word)
        elif word not in SWITCHES:
            raise Unsupported(word)
    if "--config" in found:
        if found["--config"] != "-":
            raise Unsupported("--config of a file")
        addresses += _configured(stdin)
    if len(addresses) != 1 or not found.keys() & {"--output", "-o"}:
        raise Unsupported(" ".join(arguments))
    if "=https" in found.get("--proto", "") and not addresses[0].lower().startswith("https:"):
        raise Unsupported("another protocol than https")
    return found, addresses[0]


async def _fail(inv: Invocation, code: int, words: str) -> int:
    await inv.err(f"curl: ({code}) {words}\n")
    return code


COPIED, FAILED, FATAL = 1, 8, 16


async def robocopy(inv: Invocation) -> int:
    """Copy named files from one folder to another; of several, those that are there."""
    words = [word for word in inv.arguments if not word.startswith("/")]
    switches = {word.lower().partition(":")[0] for word in inv.arguments if word.startswith("/")}
    if len(words) < 3 or switches - {"/z", "/r", "/w", "/np", "/njh", "/njs", "/sl", "/xj"}:
        raise Unsupported(" ".join(inv.arguments))
    source, target, *names = words
    files = inv.machine.files
    there = [name for name in names if files.exists(f"{source}\\{name}")] if len(names) > 1 and files.is_dir(source) else names
    for name in there:
        try:
            data = files.read(f"{source}\\{name}", inv.token)
            await inv.sleep(len(data) / BYTES_A_SECOND)
            files.write(f"{target}\\{name}", data, inv.token)
        except FileError as problem:
            away = problem.kind in ("not_found", "no_path", "bad_name")
            reason = f"ERROR {problem.code} (0x{problem.code:08X}) {'Accessing Source Directory' if away else 'Copying File'}"
            await inv.out(f"{reason} {source}\\\n")
            return FATAL if away else FAILED
        await inv.out(f"\t    New File  \t\t{len(data):10}\t{name}\n")
    return COPIED if there else 0


PROGRAMS = {"curl.exe": curl, "robocopy.exe": robocopy}
