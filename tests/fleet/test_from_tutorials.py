"""docs/from-tutorials.md: each key that it names is one, each fact and error too, and none of the keys is forgotten."""

import re

import pytest
from stage import ROOT

from pyinfra_wsl import data, facts, form, registry
from pyinfra_wsl.known import table

PAGE = (ROOT / "docs" / "from-tutorials.md").read_text("utf-8")
CELLS = re.compile(r"(?<!\\)\|")
ROWS = [[cell.strip() for cell in CELLS.split(line)[1:-1]] for line in PAGE.splitlines() if line.startswith("| ")]
HEADS = ("In the guides", "---")
ERRORS = [row for row in ROWS if re.fullmatch("`[A-Z0-9_]+`", row[1])]
GUIDES = [row for row in ROWS if row[0] not in HEADS and row not in ERRORS]
PLACES = {".".join(place) for place in form._places()}
NAMED = {"wslconfig", "wsl_distros.NAME.wsl_conf"}
"""Below these every key is on the page."""


def keys(row):
    return re.findall("`([^`]+)`", row[1])


def schema_of(path):
    """Return the schema of a key."""
    found = data.schema("fleet")["$defs"]["values"]
    for part in path.split("."):
        found = found.get("properties", {}).get(part) or found["additionalProperties"]
        if found.get("$ref", "").endswith(".json"):
            found = data.schema(found["$ref"].removesuffix(".json"))
    return found


def test_the_page_is_read():
    assert len(GUIDES) > 100
    assert len(ERRORS) > 15
    assert {len(row) for row in ROWS} == {4}


@pytest.mark.parametrize("row", GUIDES, ids=lambda row: row[0][:40])
def test_a_row_has_keys_and_facts_that_are_there_or_says_why_not(row):
    guide, _, fact, note = row
    for key in keys(row):
        path, _, value = key.partition(": ")
        assert path in PLACES, key
        if value:
            schema = schema_of(path)
            words = [str(one).lower() if isinstance(one, bool) else str(one) for one in schema.get("enum", ())]
            kinds = schema.get("type", [])
            assert value in words or (value in ("true", "false") and "boolean" in kinds), key
    named = re.findall("`([^`]+)`", fact)
    assert set(named) <= set(facts.__all__)
    assert bool(keys(row)) != (row[1] == "—"), guide
    assert bool(named) != (fact == "—"), guide
    assert note or keys(row), f"{guide} says neither what declares it nor why not"


@pytest.mark.parametrize("row", ERRORS, ids=lambda row: row[1])
def test_an_error_is_known_by_its_name_and_number(row):
    name = row[1].strip("`")
    numbers = [int(one, 16) for one in re.findall("0x[0-9a-f]{8}", row[0])]
    assert table.of(name, "Wsl/")
    assert table.numbers()[name] in numbers
    assert row[2]
    assert (ROOT / "docs" / re.search(r"\(([^)]+)\)", row[3])[1]).exists()


def test_every_key_of_a_resource_and_every_fact_is_on_the_page():
    named = {key.partition(": ")[0] for row in GUIDES for key in keys(row)} | set(re.findall("`([a-z][A-Za-z0-9_.]+)`", PAGE))
    top = {key.split(".")[0] for key in named}
    assert {one.key for one in registry.own() if one.key} <= top
    assert {one for one in facts.__all__ if f"`{one}`" not in PAGE} <= {"Laptop"}
    for above in NAMED:
        below = {one for one in PLACES if one.startswith(f"{above}.") and one.count(".") == above.count(".") + 2}
        assert below - named == set()


@pytest.mark.parametrize(
    "words",
    [
        "wsl --install --no-distribution", "kernel update package", "wsl --set-version", "dism.exe /online /enable-feature",
        "docker info", "modprobe kvm_intel", "Core isolation", "wsl --set-default-version 2", "wsl --shutdown", "kvm-ok",
        "docker desktop start", "-SwitchDaemon", "docker-users", "/dev/kvm", "usermod -aG kvm", "wsl --update", "DOCKER_HOST",
        "hypervisorlaunchtype", "virt-host-validate", "systemctl --user enable docker-desktop", "--accept-license",
        "Enable-WindowsOptionalFeature", "wsl --unregister",
    ],
)  # fmt: skip
def test_what_the_guides_tell_most_is_on_the_page(words):
    assert any(words in row[0] for row in GUIDES)
