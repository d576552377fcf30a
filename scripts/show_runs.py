"""Runs shown in the documentation, made again: ``python scripts/show_runs.py [--check] [--skip=REGEX] [PAGE …]``.

A page tells in comments what is run, from its top to its bottom, in one folder of its own with a copy of the lab's inventory:

- ``<!-- file: PATH -->`` before a fenced block: the block is written to that file
- ``<!-- run: COMMAND -->`` before a fenced block: the block is replaced by the command and what it prints
- ``<!-- run: COMMAND -->`` without a block: preparation, which must succeed
- ``<!-- run lines=1-3,9-: COMMAND -->`` shows these lines of the output, ``only=laptops`` or ``only=REGEX`` those that match,
  ``from=REGEX`` those from the first match on; "…" stands for what was left out

What differs from run to run is replaced by a word for it: see ``VOLATILE``. With ``--check`` nothing is written, and the exit
code is 1 where a page shows something else than the run says, spaces aside. ``--skip=REGEX`` leaves alone the commands that it
finds.
"""

import difflib
import getpass
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDLESS = {"docs", "pyinfra_wsl", "results"}  # the package is the one that is installed where this runs
COLUMNS = 130
TIMEOUT = 600.0  # seconds
# What a run has of the environment: with CI, PYTEST_ADDOPTS and the like, pytest says other words.
PERSONS = ("HOME", "LANG", "LOGNAME", "TMPDIR", "USER")
MARK = re.compile(
    r"^(?P<mark><!-- (?P<kind>run|file)(?P<options>(?: \w+=\S+)*): (?P<what>[^\n]+) -->\n)"
    r"(?:(?P<fence>```\w*\n)(?P<shown>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
RULES = {"laptops": r"^(?!.*(?:\] +Connected|\] +Ready:)).*(?:\[LT-|^LT-|^ {8,}\S)"}  # what is said of laptops, and their table
VOLATILE = (
    (re.escape(f"{getpass.getuser()}@{socket.gethostname()}"), "ada@desk"),
    (r"(?<=process )\d+\b", "<pid>"),
    (r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?=\d{4}-\d\d-\d\d |\d\d:\d\d)", ""),  # days of the week
    (r"\b\d\d:\d\d:\d\d(?= [\w./-])|(?<=begun )\d\d:\d\d\b|(?<=next try )\d\d:\d\d\b", "<time>"),
    (r"\b\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[0-9a-f]{8}\b", "<run>"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", "<time>"),
    (r"\b\d{8}T\d{6}\b", "<time>"),
    (r"(?<=it is )\d\d:\d\d\b", "<time>"),
    (r"\b[0-9a-f]{8}\b", "<run>"),
    (r"\b\d+(\.\d+)? ?s\b(?!=)", "N s"),
    (r"(?<=  )\d{4,5}(?=  [a-z])|(?<=127\.0\.0\.1:)\d+", "<port>"),
    (r"\b\d+ms\b", "N ms"),
    (r"\b([0-9A-F]{2}:){31}[0-9A-F]{2}\b", "<fingerprint>"),
)


def pages():
    """Return the pages that show runs."""
    return [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if "<!-- run" in path.read_text("utf-8")]


def place(folder):
    """Copy what a run needs; the virtual environment is the one that runs this, and ready."""
    for part in ROOT.glob("[!.]*"):
        if part.is_dir() and part.name not in NEEDLESS:
            shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif part.is_file():
            shutil.copy2(part, folder / part.name)
    (folder / ".venv").mkdir()
    for part in Path(sys.prefix).glob("[!.]*"):
        (folder / ".venv" / part.name).symlink_to(part)
    (folder / ".venv" / ".ready").touch()


def run(command, folder):
    """Run a command as a person would in a terminal of `COLUMNS` columns; return its exit code and what it printed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {name: os.environ[name] for name in PERSONS if name in os.environ}
    environment |= {"PATH": path, "COLUMNS": str(COLUMNS), "NO_COLOR": "1", "TZ": "UTC"}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, check=False, timeout=TIMEOUT,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode, done.stdout.decode()


def chosen(lines, options):
    """Return the lines that a page wants, with "…" for each gap."""
    ranges = [part.partition("-") for part in options.get("lines", "1-").split(",")]
    only = re.compile(RULES.get(options.get("only", ""), options.get("only", "")))
    start = next((number for number, line in enumerate(lines, 1) if re.search(options.get("from", ""), line)), 1)
    kept: list[str] = []
    for number, line in enumerate(lines, 1):
        inside = any(int(first) <= number <= int(last or (first if not dash else len(lines))) for first, dash, last in ranges)
        if inside and number >= start and only.search(line):
            kept.append(line)
        elif not kept or kept[-1] != "…":
            kept.append("…")
    return kept


def shown(command, options, folder):
    """Return a fenced block's text: the command, what it printed, and its exit code unless that is 0."""
    code, output = run(command, folder)
    text = output.replace(f"{folder}/", "").replace(str(folder), ".")
    for pattern, word in VOLATILE:
        text = re.sub(pattern, word, text)
    lines = chosen([line.rstrip() for line in text.strip("\n").splitlines()], options)
    if lines == ["…"]:
        raise SystemExit(f"nothing of '{command}' is shown; it ended with {code}:\n{output}")
    ending = [f"(exit code {code})"] if code else []
    return "\n".join([f"$ {command}", *lines, *ending]) + "\n"


def refreshed(text, folder, skip=""):
    """Return a page with its runs made again, but for commands that a regular expression finds."""

    def again(mark):
        what, before = mark["what"], mark["shown"]
        if mark["kind"] == "file":
            (folder / what).parent.mkdir(parents=True, exist_ok=True)
            (folder / what).write_text(before, "utf-8")
            return mark[0]
        if skip and re.search(skip, what):
            return mark[0]
        print(f"  $ {what}", flush=True)
        if before is not None:
            options = dict(option.split("=", 1) for option in mark["options"].split())
            return f"{mark['mark']}{mark['fence']}{shown(what, options, folder)}```\n"
        code, output = run(what, folder)
        if code:
            raise SystemExit(f"'{what}' ended with {code}:\n{output}")
        return mark[0]

    return MARK.sub(again, text)


def main():
    """Refresh or check the pages given, or all that show runs."""
    check = "--check" in sys.argv
    skip = next((name.removeprefix("--skip=") for name in sys.argv if name.startswith("--skip=")), "")
    wanted = [Path(name).resolve() for name in sys.argv[1:] if not name.startswith("-")] or pages()
    stale = []
    for page in wanted:
        print(page.relative_to(ROOT), flush=True)
        old = page.read_text("utf-8")
        with tempfile.TemporaryDirectory(prefix="pyinfra-wsl-") as name:
            folder = Path(name)
            place(folder)
            try:
                new = refreshed(old, folder, skip)
            finally:
                run("pyinfra-wsl lab down", folder)
        if new.split() != old.split():
            stale.append(page.relative_to(ROOT))
            lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "shown", "run", lineterm="", n=1)
            print("\n".join(lines) if check else "  changed")
        if not check and new != old:
            page.write_text(new, "utf-8")
    print(f"{len(wanted)} pages, {len(stale)} {'stale' if check else 'changed'}: {', '.join(map(str, stale)) or '-'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
