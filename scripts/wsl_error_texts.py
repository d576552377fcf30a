"""Write WSL's error texts in all its languages for ``pyinfra-wsl explain``: ``python scripts/wsl_error_texts.py CLONE``.

Makes ``pyinfra_wsl/errors/data/wsl-texts.json`` anew from a clone of microsoft/WSL: the messages that the catalogue names, in
every locale, each wording once that a release since 2.5.9 has printed. A text that a locale has not translated is left out there.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import yaml

from pyinfra_wsl.errors.settings import MESSAGES

DATA = Path(__file__).parents[1] / "pyinfra_wsl" / "errors" / "data"
TARGET = DATA / "wsl-texts.json"
FIRST = (2, 5, 9)
FOLDER = "localization/strings"
ABOUT = {
    "source": "Resources.resw of each locale; microsoft/WSL (MIT licence)",
    "texts": "name → locale → wordings, newest first; {} stands for what WSL fills in",
}


def main(clone: Path) -> None:
    """Write the texts."""
    tags = git(clone, "tag").split()
    numbered = [tag for tag in tags if re.fullmatch(r"\d+\.\d+\.\d+", tag) and _numbers(tag) >= FIRST]
    rows = [row for file in DATA.glob("*.yml") for row in yaml.safe_load(file.read_text("utf-8"))]
    wanted = {*MESSAGES, *(name for row in rows for name in row.get("wsl", []))}
    locales = [line.split("/")[-1] for line in git(clone, "ls-tree", "--name-only", "HEAD", f"{FOLDER}/").split()]
    found: dict[str, dict[str, list[str]]] = {name: {} for name in sorted(wanted)}
    for release in ["HEAD", *sorted(numbered, key=_numbers, reverse=True)]:
        english = _texts(clone, release, "en-US")
        for locale in locales:
            for name, text in _texts(clone, release, locale).items():
                if name in wanted and (locale == "en-US" or text != english.get(name)):
                    wordings = found[name].setdefault(locale, [])
                    if text and text not in wordings:
                        wordings.append(text)
    if missing := sorted(name for name, told in found.items() if not told):
        raise SystemExit(f"no release has {', '.join(missing)}")
    lines = [f"  {json.dumps(name)}: {json.dumps(told, ensure_ascii=False)}" for name, told in found.items()]
    text = f' "_about": {json.dumps(ABOUT, ensure_ascii=False)},\n "texts": {{\n' + ",\n".join(lines) + "\n }"
    TARGET.write_text("{\n" + text + "\n}\n", "utf-8")


def _numbers(tag: str) -> tuple[int, ...]:
    return tuple(int(part) for part in tag.split("."))


def _texts(clone: Path, release: str, locale: str) -> dict[str, str]:
    table = ElementTree.fromstring(git(clone, "show", f"{release}:{FOLDER}/{locale}/Resources.resw"))  # noqa: S314  a clone of one's own
    return {item.get("name", ""): item.findtext("value") or "" for item in table.iter("data")}


def git(clone: Path, *words: str) -> str:
    """Return what git prints about a clone."""
    return subprocess.run(["git", "-C", str(clone), *words], check=True, capture_output=True).stdout.decode("utf-8-sig")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
