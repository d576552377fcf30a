"""Fleet files as nobody meant them, made of the real ones of this repository; and what must hold of each.

``PYTHONPATH=tests .venv/bin/python -m support.mutants 10000`` tries ten thousand of them; a second number is the seed.
"""

import random
import re
import resource
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from pyinfra_wsl import fleet, inventory
from pyinfra_wsl.core.control import CONTROL

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 2.0
"""Processor time that one file may take."""

_TOKEN = re.compile(r"[\w.%~/-]+|\n *|[ \t]+|.", re.DOTALL)
_LONGEST = 200_000
_KEYS = [
    *("hosts", "defaults", "groups", "os", "user", "address", "connection", "key", "port", "known_hosts", "password_from", "env"),
    *("command", "wsl", "package", "minimum", "installer", "sha256", "wsl_distros", "source", "location", "state", "wsl_conf"),
    *("wslconfig", "wsl2", "memory", "apply", "kvm", "docker_engine", "daemon", "reboot", "window"),
]
_VALUES = [
    *("null", "~", "true", "no", "on", "off", "yes", "1.10", "0660", "0o17", "0x1F", "1_000", "1:30", ".nan", "-.inf", "1e999"),
    *("2001-01-01", "2001-01-01T00:00:00Z", "=", "-0", "+1", "9" * 39, "9" * 5000, "0x" + "f" * 5000, "1." + "0" * 5000, "''"),
    *(r'"C:\Users"', r'"D:\wsl\"', r'"CORP\alice"', r"'CORP\alice'", r'"\u12345"', r'"\x0"', r'"\UFFFFFFFF"', r'"\ud800"'),
    *(
        r'"a\0b"',
        "a%00",
        "~nosuchuser/x",
        "/dev/zero",
        "/proc/self/mem",
        "..",
        ".",
        "con",
        "a/b",
        "LT-0001",
        "lt-0001",
        "é",
        "e\u0301",
    ),
    *(
        "https://u:p@h/x?y",
        "https://[",
        "https://h:99999/x",
        "http://h/x",
        "file:///a%00",
        "file://h/x",
        r"\\h\s\x.tar",
        "x" * 3000,
    ),
    *("https://" + ":" * 9000 + "@", "a-" * 4900 + "!", "://" * 3000, "8" * 60 + "GB", "1.2." * 50, "[x]", "{a: b}", "[[[]]]"),
]
_MARKS = [
    *("!!int ", "!!float ", "!!bool ", "!!null ", "!!str ", "!!set ", "!!omap ", "!!pairs ", "!!binary ", "!!timestamp "),
    *("!!merge ", "!!python/object:os.system ", "!!python/tuple ", "!x ", "! ", "!<tag:x> ", "&a ", "*a", "<<: ", "<<: *a\n"),
    *("<<: [*a, 5]", "? ", "- ", ": ", ", ", "{", "}", "[", "]", "#", "|\n", ">-\n", "|9\n", "%YAML 1.1\n", "%TAG ! x:\n"),
    *("---\n", "...\n", "\t", "\n", "  ", "'", '"', "\\", "@", "`", "\0", "\x07", "\x85", "\u2028", "\ufeff", "\u202e"),
    *("\u200b", "\r", "\r\n", "\U0001f600", "\ufffe"),
]  # fmt: skip


@cache
def originals():
    """Return the texts of the fleet files of the repository: its inventory, and what README and the documentation show."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    shown = [one for page in pages for one in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)]
    files = [(ROOT / "inventory" / "fleet.yml").read_text(encoding="utf-8")]
    parts = [f"hosts:\n  A:\n{re.sub(r'(?m)^', '    ', one)}" for one in shown if not re.search(r"(?m)^(hosts|defaults):", one)]
    return tuple(files * 10 + [one for one in shown if re.search(r"(?m)^hosts:", one)] * 3 + parts)


def mutant(rng):
    """Return one file, as bytes."""
    tokens = _TOKEN.findall(rng.choice(originals()))
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        rng.choice(
            [
                _replaced,
                _replaced,
                _replaced,
                _replaced,
                _inserted,
                _lost,
                _doubled,
                _swapped,
                _quoted,
                _nested,
                _repeated,
                _anchored,
            ]
        )(rng, tokens)
    text = "".join(tokens)[:_LONGEST]
    if rng.random() < 0.1:
        return _slipped(rng, text.encode("utf-8", "surrogatepass"))
    return text.encode(rng.choice(["utf-8"] * 30 + ["utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252"]), "replace")


def _slipped(rng, found):
    at = rng.randrange(len(found) + 1)
    return found[:at] + rng.randbytes(rng.choice([1, 1, 4])) + found[at + rng.choice([0, 1, 9]) :]


def _at(rng, tokens):
    return rng.randrange(len(tokens)) if tokens else 0


def _piece(rng):
    return rng.choice(rng.choice([_VALUES, _VALUES, _MARKS, _KEYS, re.findall(r"\w\S*", rng.choice(originals()))]))


def _replaced(rng, tokens):
    words = [one for one, token in enumerate(tokens) if re.match(r"\w", token)]
    tokens[(at := rng.choice(words or [0])) : at + 1] = [_piece(rng)]


def _inserted(rng, tokens):
    tokens.insert(_at(rng, tokens), _piece(rng))


def _lost(rng, tokens):
    at = _at(rng, tokens)
    del tokens[at : at + rng.choice([1, 1, 2, 9])]


def _doubled(rng, tokens):
    lines = "".join(tokens).split("\n")
    at = rng.randrange(len(lines))
    some = lines[at : at + rng.choice([1, 1, 3])]
    lines[(to := rng.randrange(len(lines))) : to] = [rng.choice(["", "  ", "    "]) + one for one in some]
    tokens[:] = _TOKEN.findall("\n".join(lines))


def _swapped(rng, tokens):
    if tokens:
        one, other = _at(rng, tokens), _at(rng, tokens)
        tokens[one], tokens[other] = tokens[other], tokens[one]


def _quoted(rng, tokens):
    at = _at(rng, tokens)
    quote = rng.choice("'\"")
    tokens[at : at + 1] = [quote, *tokens[at : at + 1], rng.choice(["", "\\n", "\\0", "\\u1234", " "]), quote]


def _nested(rng, tokens):
    deep = rng.choice([2, 40, 60, 3000])
    opened, closed = rng.choice(["[]", "{}", ("{a: ", "}"), ("- ", ""), ("? ", ""), ("[[{a: ", "}]]")])
    tokens.insert(_at(rng, tokens), opened * deep + rng.choice(["x", ""]) + rng.choice([closed * deep, ""]))


def _repeated(rng, tokens):
    lines = "".join(tokens).split("\n")
    line = rng.choice(lines)
    body = [
        line.replace(word, f"{word}{one}", 1)
        for word in [rng.choice(line.split() or [line])]
        for one in range(rng.choice([5, 300]))
    ]
    lines[(at := rng.randrange(len(lines))) : at] = body if rng.random() < 0.7 else [line] * len(body)
    tokens[:] = _TOKEN.findall("\n".join(lines))


def _anchored(rng, tokens):
    count = rng.choice([1, 2, 9])
    levels = [f"x{one}: &x{one} [{', '.join([f'*x{one - 1}'] * count)}]\n" for one in range(1, rng.choice([2, 9]))]
    tokens.insert(
        0, "x0: &x0 [x]\n" + "".join(levels) if rng.random() < 0.5 else rng.choice(["&a ", "a: &a {<<: *a}\n", "- &a\n"])
    )
    tokens.insert(_at(rng, tokens), rng.choice(["*x1", "*a", "<<: *a", "<<: [*x1, *a]"]))


def told(file, content):
    """Return what a file comes to: ``taken``, ``refused``; asserts that it is one of both, as it must be."""
    file.write_bytes(content)
    try:
        found = fleet.load(file)
        fleet.keys(found, found.hosts.values())
    except fleet.FleetError as error:
        return _refused(error.problems, str(file))
    names = [name.casefold() for name in found.hosts]
    assert len(set(names)) == len(names) > 0
    for name, host in found.hosts.items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name), name
        assert host.line(("user",)) <= content.count(b"\n") + content.count(b"\r") + 1
        _plain(inventory._data(host, file.parent, lambda _host: None))
    return "taken"


def _refused(problems, file):
    assert problems
    for one in problems:
        assert re.match(re.escape(file) + r":[1-9][0-9]*: \S", one), one
        assert one.isprintable(), one
        assert len(one) < 2500, one[:200]
    return "refused"


def _plain(value):
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _plain(one)
    for key in value if isinstance(value, dict) else ():
        assert isinstance(key, str), key
    if isinstance(value, str):
        assert not CONTROL.search(value), value


def tried(number, seed, folder):
    """Try some files; return how often each comes to what, and the most processor seconds that one took."""
    rng = random.Random(seed)  # noqa: S311
    (folder / "images").symlink_to(ROOT / "inventory" / "images")
    counts, slowest = {"taken": 0, "refused": 0}, 0.0
    for one in range(number):
        content = mutant(rng)
        began = time.process_time()
        try:
            counts[told(folder / "fleet.yml", content)] += 1
        except Exception as error:
            kept = Path(tempfile.mkdtemp(prefix="mutant-")) / "fleet.yml"
            kept.write_bytes(content)
            raise AssertionError(f"mutant {one} of seed {seed}, kept in {kept}: {type(error).__name__}: {error}") from error
        took = time.process_time() - began
        slowest = max(slowest, took)
        assert took < SECONDS, f"mutant {one} of seed {seed} took {took:.1f} s"
    return counts, slowest


def main(number=10_000, seed=1):
    """Try files and print the numbers."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        counts, slowest = tried(int(number), int(seed), Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    took = time.process_time() - began
    print(f"{number} files, seed {seed}: {counts}, {took:.0f} s, the slowest {slowest:.2f} s, at most {peak} MiB")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
