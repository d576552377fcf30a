"""What a laptop says of itself may be anything: its result is written with it, and no other laptop's suffers."""

import json

import jsonschema
import pytest
from stage import BIN, ROOT

from pyinfra_wsl.data import schema
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.distro import Tree

HALF = "half\ud83d"
"""A name that ends in the middle of a character; Windows counts UTF-16 units and keeps any."""
LONG = "n" * 200_000


def register(machine, name):
    wsl.register(machine, machine.account("CORP\\alice"), name, Tree(), default=False)


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    made = make_stage(LT_FIRST="converged", LT_HALF="converged", LT_LONG="converged", LT_LAST="converged")
    made.stage.do(register, made.stage.machine("LT-HALF"), HALF)
    made.stage.do(register, made.stage.machine("LT-LONG"), LONG)
    for name, key in (("LT-HALF", HALF), ("LT-LONG", LONG)):
        windows = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
        made.stage.do(made.stage.machine(name).registry.set, windows, "DisplayVersion", "String", key)
    return made


@pytest.fixture(scope="module")
def done(rehearsal):
    return rehearsal.converge()


@pytest.mark.usefixtures("done")
@pytest.mark.parametrize("name", ["LT-FIRST", "LT-HALF", "LT-LONG", "LT-LAST"])
def test_every_laptop_has_its_result(rehearsal, name):
    found = rehearsal.results()[name]
    jsonschema.validate(found, schema("result"))
    assert found["outcome"] == "converged", found["failures"]
    assert (rehearsal.folder / "results").stat()


def test_all_of_them_stand_in_the_table(done):
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("LT-")}
    assert rows == {"LT-FIRST", "LT-HALF", "LT-LONG", "LT-LAST"}
    assert "Traceback" not in done.stdout + done.stderr
    assert "4 of 4 converged" in done.stdout


@pytest.mark.usefixtures("done")
def test_half_a_character_is_written_as_it_is(rehearsal):
    found = rehearsal.results()["LT-HALF"]["before"]
    assert found["windows"]["release"] == HALF
    assert HALF in found["wsl_distro"]["distros"]


@pytest.mark.usefixtures("done")
def test_what_is_too_long_is_cut(rehearsal):
    found = rehearsal.results()["LT-LONG"]["before"]["windows"]["release"]
    assert found.startswith("nnn")
    assert found.endswith("… (190000 more characters)")


@pytest.mark.usefixtures("done")
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_results_can_be_read_again(rehearsal, encoding):
    for options in ((), ("--changes",)):
        again = rehearsal.call(BIN / "pyinfra-wsl", "report", *options, PYTHONIOENCODING=encoding)
        assert (again.returncode, again.stderr) == (0, "")
        assert "4 of 4 converged" in again.stdout
    listed = rehearsal.call(BIN / "pyinfra-wsl", "report", "--json", PYTHONIOENCODING=encoding)
    assert len(json.loads(listed.stdout)) == 4


def test_a_terminal_without_the_characters_shows_the_table(rehearsal, done):
    assert done.returncode == 0
    again = rehearsal.converge(PYTHONIOENCODING="ascii")
    assert again.returncode == 0
    assert "4 of 4 converged" in again.stdout


def test_where_nothing_can_be_written_the_table_is_printed_all_the_same(rehearsal, done, tmp_path):
    assert done.returncode == 0
    place = tmp_path / "file"
    place.write_text("no folder")
    again = rehearsal.pyinfra(ROOT / "deploy.py", "-y", PYINFRA_WSL_RESULTS=str(place))
    assert again.returncode == 1
    assert "4 of 4 converged" in again.stdout
    assert "not written: LT-FIRST" in again.stdout
    assert "Traceback" not in again.stdout + again.stderr
    assert place.read_text() == "no folder"
