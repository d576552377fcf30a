"""Places that get into each other's way: a dry run says what the run then says, and neither touches anything."""

import hashlib
import re

import pytest
from stage import ROOT

from tests.lab.wsl_laptop import archive

FILE = r"C:\Users\alice\wsl"
THEIRS = b"a thesis"
DATA = archive("gz"), archive("gz", etc__hostname=b"another")

OPERATIONS = """
from pyinfra_wsl.operations import wsl_distro

image = {{"source": "{folder}/one.tar.gz", "sha256": "{one}"}}
wsl_distro.present(name="First", distro="first", **image, {first})
wsl_distro.present(name="Second", distro="second", **image, {second})
"""
BOTH = {
    "one target": (
        r'export_to=r"C:\Users\alice\b\u.tar"',
        r'export_to=r"c:/users/ALICE\B\.\U.tar"',
        r"c:\users\ALICE\B\U.tar is taken by what this run does before",
    ),
    "a location that is an export": (
        r'export_to=r"C:\Users\alice\b\u.tar"',
        r'location=r"C:\Users\alice\b\U.tar"',
        r"is taken by what this run does before",
    ),
    "an export that is a location": (
        r'location=r"C:\Users\alice\b\u.tar"',
        r'export_to=r"C:\Users\alice\b\U.TAR"',
        r"is taken by what this run does before",
    ),
}
RUN_SAYS = r"stands there already|is a file|taken by"


def put(rehearsal):
    digests = []
    for name, data in zip(("one", "two"), DATA, strict=True):
        (rehearsal.folder / f"{name}.tar.gz").write_bytes(data)
        digests.append(hashlib.sha256(data).hexdigest())
    return digests


def said(done, how):
    return re.findall(rf"\[LT-[A-Z0-9-]+\] +{how}: (.*)", done.stderr + done.stdout)


def declare(fleet):
    for name, key in {"LT-FILE": "location", "LT-BELOW": "location", "LT-EXPORT": "export_to"}.items():
        path = {"LT-FILE": r"%USERPROFILE%\wsl", "LT-BELOW": r"%USERPROFILE%\wsl\a\b", "LT-EXPORT": r"%USERPROFILE%\wsl\u.tar"}[
            name
        ]
        fleet["hosts"][name]["wsl_distros"] = {"Ubuntu-24.04": {key: path}}


@pytest.fixture(scope="module")
def told(make_stage):
    rehearsal = make_stage(declare, LT_FILE="two-users", LT_BELOW="two-users", LT_EXPORT="two-users")
    machines = {name: rehearsal.stage.machine(name) for name in ("LT-FILE", "LT-BELOW", "LT-EXPORT")}
    for machine in machines.values():
        rehearsal.stage.do(machine.files.write, FILE, THEIRS)
    dry = rehearsal.pyinfra(ROOT / "deploy.py", "--dry", COLUMNS="1000")
    runs = []
    for _ in range(2):
        rehearsal.converge()
        runs.append(rehearsal.results())
    return machines, dry, runs


@pytest.mark.parametrize("name", ["LT-FILE", "LT-BELOW", "LT-EXPORT"])
def test_where_a_file_stands_and_a_folder_belongs_every_run_says_so_and_touches_nothing(told, name):
    machines, dry, runs = told
    cause = rf"{FILE} is a file, and nothing can be put below it; nothing was touched"
    (line,) = [
        line for line in (dry.stdout + dry.stderr).splitlines() if f"[{name}]" in line and "cannot: " in line and FILE in line
    ]
    assert cause in line
    for results in runs:
        (failure,) = [one for one in results[name]["failures"] if one["resource"] == "wsl_distro"]
        assert cause in failure["cause"]
        assert failure["cause"] in line
        key = "export_to" if name == "LT-EXPORT" else "location"
        assert failure["remedy"] == f"declare another {key}"
        assert not any("import" in one["sentence"] for one in results[name]["changes"])
    machine = machines[name]
    assert machine.files.read(FILE) == THEIRS
    assert not machine.registry.exists(r"HKLM\SOFTWARE\pyinfra-wsl\Imports")


@pytest.mark.parametrize(("first", "second", "cause"), BOTH.values(), ids=BOTH)
def test_what_one_operation_takes_the_next_one_does_not_get_and_a_dry_run_foresees_it(make_stage, first, second, cause):
    rehearsal = make_stage(LT_TWO="two-users")
    one, _two = put(rehearsal)
    script = OPERATIONS.format(folder=rehearsal.folder, one=one, first=first, second=second)
    (rehearsal.folder / "both.py").write_text(script)
    dry = rehearsal.pyinfra("both.py", "--dry", COLUMNS="1000")
    (cannot,) = said(dry, "cannot")
    assert cause in cannot
    assert "second" in cannot
    rehearsal.pyinfra("both.py", "-y")
    (failure,) = rehearsal.results()["LT-TWO"]["failures"]
    assert re.search(RUN_SAYS, failure["cause"])
    assert failure["code"] == "ERROR_FILE_EXISTS"
    changed = [one["sentence"].split(" ")[1] for one in rehearsal.results()["LT-TWO"]["changes"] if " second" in one["sentence"]]
    assert changed == []


def test_what_is_taken_away_before_is_no_obstacle_to_what_comes_in_its_place(make_stage):
    rehearsal = make_stage(LT_TWO="two-users")
    one, two = put(rehearsal)
    call = 'wsl_distro.present(name="It", distro="first", source="{0}/{1}.tar.gz", sha256="{2}", allow_data_loss=True)'
    for name, digest in (("one", one), ("two", two)):
        script = "from pyinfra_wsl.operations import wsl_distro\n" + call.format(rehearsal.folder, name, digest)
        (rehearsal.folder / "it.py").write_text(script)
        dry = rehearsal.pyinfra("it.py", "--dry", COLUMNS="1000")
        assert said(dry, "cannot") == []
        done = rehearsal.pyinfra("it.py", "-y")
        assert done.returncode == 0, done.stdout + done.stderr
        sentences = [change["sentence"] for change in rehearsal.results()["LT-TWO"]["changes"]]
        assert [what.removesuffix(f": {one}").partition(" (")[0] for what in said(dry, "would")] == sentences
    assert len(sentences) == 2
