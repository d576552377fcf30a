"""Small programs of every Windows: hostname, whoami, where, find, more, sort, timeout, ping.

Source: the page of each in Microsoft's "Windows commands".
"""

from __future__ import annotations

from pyinfra_wsl.lab.machine import start, text
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported


async def hostname(inv: Invocation) -> int:
    """Print the computer's name."""
    if inv.arguments:
        raise Unsupported(" ".join(inv.arguments))
    await inv.out(f"{inv.machine.name}\n")
    return 0


async def whoami(inv: Invocation) -> int:
    """Print who one is: the name, or with ``/user /fo csv`` the name and the SID, with ``/groups`` those of this logon."""
    words = [word.lower() for word in inv.arguments]
    name = inv.account.full_name.lower()
    if not words:
        await inv.out(f"{name}\n")
    elif words == ["/user", "/fo", "csv"]:
        await inv.out(f'"User Name","SID"\n"{name}","{inv.account.sid}"\n')
    elif words in (["/user", "/fo", "csv", "/nh"], ["/user", "/nh", "/fo", "csv"]):
        await inv.out(f'"{name}","{inv.account.sid}"\n')
    elif words == ["/groups", "/fo", "csv", "/nh"]:
        await inv.out(_groups(inv))
    else:
        raise Unsupported(" ".join(words))
    return 0


def _groups(inv: Invocation) -> str:
    """Return the rows of the local groups; their SIDs and the words for their attributes are the lab's own."""
    usual = '"Everyone","Well-known group","S-1-1-0","Mandatory group, Enabled by default, Enabled group"\n'
    row = '"{}\\{}","Alias","S-1-5-21-1-2-3-{}","Mandatory group, Enabled by default, Enabled group"\n'
    names = sorted(inv.account.memberships)
    return usual + "".join(row.format(inv.machine.name.upper(), name, 1001 + number) for number, name in enumerate(names))


async def where(inv: Invocation) -> int:
    """Print where a program is found."""
    if len(inv.arguments) != 1 or inv.arguments[0].startswith("/"):
        raise Unsupported(" ".join(inv.arguments))
    path = start.find(inv.machine, inv.arguments[0], inv.environment)
    if path is None:
        await inv.err("INFO: Could not find files for the given pattern(s).\n")
        return 1
    await inv.out(f"{path}\n")
    return 0


async def find(inv: Invocation) -> int:
    """Print the lines of the input, or of a file, that hold a text; ``/c`` counts, ``/i`` and ``/v`` as ever."""
    options = {word.lower() for word in inv.arguments if word.startswith("/")}
    words = [word for word in inv.arguments if not word.startswith("/")]
    if options - {"/c", "/i", "/v"} or not 1 <= len(words) <= 2:
        raise Unsupported(" ".join(inv.arguments))
    data = inv.machine.files.read(inv.path(words[1]), inv.token) if len(words) == 2 else inv.stdin
    wanted = words[0].encode(text.encoding(inv.machine.culture))
    found = []
    for line in data.splitlines(keepends=True):
        there = wanted.lower() in line.lower() if "/i" in options else wanted in line
        found += [line] if there != ("/v" in options) else []
    if len(words) == 2:
        await inv.out(f"\n---------- {words[1].upper()}\n")
    await inv.out(str(len(found)) + "\n" if "/c" in options else b"".join(found))
    return 0 if found else 1


async def findstr(inv: Invocation) -> int:
    """Print the lines of the input, or of files, that hold one of some words, or the text of ``/c:``; no patterns."""
    options = {word.lower() for word in inv.arguments if word.startswith("/") and not word.lower().startswith("/c:")}
    wanted = [word[3:] for word in inv.arguments if word.lower().startswith("/c:")]
    rest = [word for word in inv.arguments if not word.startswith("/")]
    if not wanted and rest:
        wanted = rest.pop(0).split()
    if options - {"/i", "/v", "/l"} or not wanted or len(rest) > 1 or set("".join(wanted)) & set(".*[]^$\\"):
        raise Unsupported(" ".join(inv.arguments))
    data = inv.machine.files.read(inv.path(rest[0]), inv.token) if rest else inv.stdin
    texts = [word.encode(text.encoding(inv.machine.culture)) for word in wanted]
    found = []
    for line in data.splitlines(keepends=True):
        there = any(word.lower() in line.lower() if "/i" in options else word in line for word in texts)
        found += [line] if there != ("/v" in options) else []
    await inv.out(b"".join(found))
    return 0 if found else 1


async def more(inv: Invocation) -> int:
    """Hand the input on."""
    if inv.arguments:
        raise Unsupported(" ".join(inv.arguments))
    await inv.out(inv.stdin)
    return 0


async def sort(inv: Invocation) -> int:
    """Hand the lines of the input on in order."""
    if inv.arguments:
        raise Unsupported(" ".join(inv.arguments))
    lines: list[bytes] = sorted(inv.stdin.splitlines(keepends=True))
    await inv.out(b"".join(lines))
    return 0


async def timeout(inv: Invocation) -> int:
    """Wait; with its input redirected the real one refuses, as over SSH."""
    await inv.err("ERROR: Input redirection is not supported, exiting the process immediately.\n")
    return 1


async def ping(inv: Invocation) -> int:
    """Wait a second between each of ``-n COUNT`` echoes of this very laptop: the customary way to sleep in cmd."""
    if len(inv.arguments) != 3 or inv.arguments[0].lower() != "-n" or inv.arguments[2] not in ("127.0.0.1", "localhost"):
        raise Unsupported(" ".join(inv.arguments))
    await inv.out("\nPinging 127.0.0.1 with 32 bytes of data:\n")
    for echo in range(int(inv.arguments[1])):
        if echo:
            await inv.sleep(1)
        await inv.out("Reply from 127.0.0.1: bytes=32 time<1ms TTL=128\n")
    return 0


PROGRAMS = {
    "hostname.exe": hostname,
    "whoami.exe": whoami,
    "where.exe": where,
    "find.exe": find,
    "findstr.exe": findstr,
    "more.exe": more,
    "more.com": more,
    "sort.exe": sort,
    "timeout.exe": timeout,
    "ping.exe": ping,
}
