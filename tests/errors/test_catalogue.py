"""The table of errors: every entry is whole, says what it says once, and names keys that a fleet file has."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from pyinfra_wsl import data
from pyinfra_wsl.core.formats.ini.wsl_conf_keys import KEYS as WSL_CONF
from pyinfra_wsl.core.formats.ini.wslconfig_keys import KEYS as WSLCONFIG
from pyinfra_wsl.errors import catalogue, page, settings
from pyinfra_wsl.errors.codes import find
from pyinfra_wsl.known import table
from pyinfra_wsl.known.table import UNKNOWN

CATALOGUE = catalogue.load()
ENTRIES = CATALOGUE.entries
DATA = Path(catalogue.__file__).parent / "data"
NUMBERS = Path(table.__file__).parent / "data"
AREAS = {
    "hypervisor", "firmware", "windows_feature", "reboot", "wsl_package", "wsl_distro", "wslconfig", "wsl_conf", "disk",
    "network", "policy", "docker_desktop", "docker_integration", "docker_engine", "kvm", "connection",
}  # fmt: skip


def of_each(get):
    return [pytest.param(get(entry), id=entry.id) for entry in ENTRIES if entry.area != UNKNOWN]


@pytest.mark.parametrize("entry", of_each(lambda entry: entry))
def test_an_entry_is_whole(entry):
    assert entry.area in AREAS
    assert entry.names or entry.match or entry.wsl or entry.exits
    for words in (entry.cause, entry.remedy):
        assert len(words) > 5
        assert words == " ".join(words.split())
        assert not words.endswith(".")
        assert not re.search(r"#\d{3}|github|\bissue\b", words)


@pytest.mark.parametrize("entry", of_each(lambda entry: entry))
def test_what_repairs_it_is_a_key_of_a_fleet_file(entry):
    for key in entry.repaired_by:
        assert known(key), key


def known(key):
    """Whether a fleet file has a key; those of distributions stand below a name that is left out."""
    top, *below = key.split(".")
    values = data.schema("fleet")["$defs"]["values"]["properties"]
    if top not in values:
        return False
    if below and top in ("wslconfig", "wsl_distros") and below[0] in ("wsl2", "experimental", "general", "wsl_conf"):
        keys = WSL_CONF if below[0] == "wsl_conf" else WSLCONFIG
        names = below[1:] if below[0] == "wsl_conf" else below
        return not names or keys.find(".".join(names)) is not None
    schema = data.schema({"wsl_distros": "wsl_distro", "windows_features": "windows_feature"}.get(top, top)) if below else {}
    return len(below) < 2 and (not below or below[0] in schema["properties"])


def test_a_key_that_no_fleet_file_has_is_found_out():
    assert not known("wsl.pakage")
    assert not known("wslconfig.wsl2.memry")
    assert not known("nothing")


def test_nothing_stands_twice():
    ids = Counter(entry.id for entry in ENTRIES)
    assert {name for name, number in ids.items() if number > 1} == set()
    always = Counter(
        name for entry in ENTRIES if not entry.where and not entry.unless and not entry.weight for name in entry.names
    )
    assert {name for name, number in always.items() if number > 1} == set()
    patterns = Counter(pattern.pattern for entry in ENTRIES for pattern in entry.match)
    assert {pattern for pattern, number in patterns.items() if number > 1} == set()


def test_every_name_has_a_number():
    assert {name for entry in ENTRIES for name in entry.names} <= set(CATALOGUE.numbers)


def test_a_number_has_one_name():
    named = json.loads((NUMBERS / "names.json").read_text("utf-8"))["names"]
    numbers = Counter(int(number, 16) for number in named.values())
    assert {hex(number) for number, count in numbers.items() if count > 1} == set()


@pytest.mark.parametrize(("name", "number"), [pytest.param(*one, id=one[0]) for one in CATALOGUE.numbers.items()])
def test_a_name_is_found_in_each_spelling(name, number):
    """By its name, and by its number in each spelling."""
    for one in (name, hex(number), f"0x{number:08X}", str(number), str(number - (1 << 32))):
        assert [code.name for code in find(f"Error: {one}!", CATALOGUE.numbers)] == [name], one


def test_wsl_has_the_messages_that_the_table_names():
    texts = json.loads((DATA / "wsl-texts.json").read_text("utf-8"))["texts"]
    wanted = {*settings.MESSAGES, *(name for entry in ENTRIES for name in entry.wsl)}
    assert set(texts) == wanted, "run: python scripts/wsl_error_texts.py CLONE"
    assert all(told.get("en-US") for told in texts.values())
    assert max(len(told) for told in texts.values()) >= 20


def test_windows_texts_are_of_names_that_are_known():
    texts = json.loads((DATA / "windows-texts.json").read_text("utf-8"))["texts"]
    assert set(texts) <= set(CATALOGUE.numbers)
    said = Counter(text for told in texts.values() for text in told)
    assert {text for text, number in said.items() if number > 1} == set()


def test_the_page_is_up_to_date():
    assert page.TARGET.read_text("utf-8") == page.page(), "run: make docs"


def test_nothing_else_loads_the_catalogue():
    """Commands and runs start without it."""
    root = Path(catalogue.__file__).parents[1]
    using = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "pyinfra_wsl.errors" in path.read_text("utf-8") and "errors" not in path.relative_to(root).parts
    }
    assert using == {"cli/explain.py", "fleet/docs.py"}
