"""Write what wsl.exe says, by release, from a clone of microsoft/WSL: ``python scripts/wsl_texts.py CLONE``.

Makes ``pyinfra_wsl/lab/data/wsl-texts.json`` anew from the clone's tags: for each text that the lab prints its wordings and since
which release they hold, in the lab's languages; for each error name the first release that prints it instead of a number. The
source is public from release 2.5.9 on; what was before counts as that one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

TARGET = Path(__file__).parents[1] / "pyinfra_wsl" / "lab" / "data" / "wsl-texts.json"
LOCALES = ("en-US", "zh-CN", "zh-TW", "de-DE", "fr-FR", "ja-JP", "ru-RU", "es-ES", "pt-BR")
FIRST = (2, 5, 9)
UNRELEASED = "main"
LOCATIONS = {"src": "src/windows/common/wslutil.cpp", "texts": "localization/strings/{}/Resources.resw"}
NAME = re.compile(r"\bX(?:_WIN32|_NT)?\(([A-Z][A-Z0-9_]+)\)")
ABOUT = {
    "source": "Resources.resw of each locale, g_commonErrors of src/windows/common/wslutil.cpp; microsoft/WSL (MIT licence)",
    "texts": 'locale → name → [[since release, text], …]; since "": the first with public source; text "": not there',
    "names": "error name → the first release that prints it; before, the number is printed",
    "newlines": "\\n here, CRLF on output; PrintMessage adds one at the end",
}


def numbers(tag: str) -> tuple[int, ...]:
    """Return a release's numbers."""
    return tuple(int(part) for part in tag.split("."))


def releases(clone: Path) -> list[str]:
    """Return the clone's releases with source, oldest first, and its main branch as the release after them."""
    tags = git(clone, "tag").split()
    found = sorted((tag for tag in tags if re.fullmatch(r"\d+\.\d+\.\d+", tag) and numbers(tag) >= FIRST), key=numbers)
    return [*found, UNRELEASED]


def main(clone: Path) -> None:
    """Write the table."""
    wanted = json.loads(TARGET.read_text("utf-8"))["texts"]["en-US"]
    found = releases(clone)
    newest = numbers(found[-2])
    after = ".".join(str(part) for part in (*newest[:-1], newest[-1] + 1))
    texts: dict[str, dict[str, list[list[str]]]] = {locale: {name: [] for name in wanted} for locale in LOCALES}
    names: dict[str, str] = {}
    for tag in found:
        since = "" if tag == found[0] else after if tag == UNRELEASED else tag
        at = "HEAD" if tag == UNRELEASED else tag
        for name in NAME.findall(git(clone, "show", f"{at}:{LOCATIONS['src']}")):
            names.setdefault(name, since)
        for locale in LOCALES:
            there = _texts(clone, at, locale)
            for name, told in texts[locale].items():
                words = there.get(name, "")
                if (told[-1][1] if told else "") != words:
                    told.append([since, words])
    about = ABOUT | {"read": f"{found[0]} to {found[-2]}, and the main branch as {after}"}
    TARGET.write_text(json.dumps({"_about": about, "names": names, "texts": texts}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _texts(clone: Path, at: str, locale: str) -> dict[str, str]:
    table = ElementTree.fromstring(git(clone, "show", f"{at}:{LOCATIONS['texts'].format(locale)}"))  # noqa: S314  a clone of one's own
    return {item.get("name", ""): item.findtext("value") or "" for item in table.iter("data")}


def git(clone: Path, *words: str) -> str:
    """Return what git prints about a clone."""
    return subprocess.run(["git", "-C", str(clone), *words], check=True, capture_output=True).stdout.decode("utf-8-sig")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
