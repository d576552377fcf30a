"""`pyinfra-wsl drift` over real SSH: what it finds, since when, and that it writes nothing anywhere."""

import json

import pytest
from look import everything
from stage import BIN

FRESH, DONE, AWAY, OFF, POLICY = "LT-FRESH", "LT-DONE", "LT-AWAY", "LT-OFF", "LT-POLICY"


@pytest.fixture(scope="module")
def here(make_stage):
    return make_stage(
        LT_FRESH="fresh-en", LT_DONE="converged", LT_AWAY="user-logged-off", LT_OFF="offline", LT_POLICY="policy-locked"
    )


def drift(here, *words, **options):
    return here.call(BIN / "pyinfra-wsl", "drift", "inventory/lab.py", *words, **options)


def told(here, *words):
    return json.loads(drift(here, "--json", *words).stdout)


def test_it_writes_nothing_on_a_laptop_and_nothing_here(here):
    stage = here.stage
    names = (FRESH, DONE, AWAY, POLICY)
    drift(here)  # what every connection leaves, as a home folder, is there then
    before = {name: stage.do(everything, stage.machine(name)) for name in names}
    files = sorted(path for path in here.folder.rglob("*") if "__pycache__" not in path.parts)
    assert drift(here).returncode == 2
    assert {name: stage.do(everything, stage.machine(name)) for name in names} == before
    assert sorted(path for path in here.folder.rglob("*") if "__pycache__" not in path.parts) == files
    assert not (here.folder / "results").exists()


def test_what_is_as_declared_is_no_drift(here):
    done = drift(here, "--limit", DONE)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout == "0 of 1 hosts differ from what is declared.\n"


def test_each_setting_is_told_with_its_hosts(here):
    done = drift(here, "--limit", FRESH, "--limit", DONE)
    assert done.returncode == 2
    assert ".wslconfig [wsl2] memory\n  default → 8GB: LT-FRESH\n" in done.stdout
    assert "feature VirtualMachinePlatform\n  Disabled → Enabled: LT-FRESH\n" in done.stdout
    assert "1 of 2 hosts differs from what is declared" in done.stdout


def test_who_is_away_off_or_locked_is_not_known_and_no_success(here):
    done = drift(here, "--limit", AWAY)
    assert (done.returncode, "not known" in done.stdout) == (1, True), done.stdout
    document = told(here, "--limit", OFF)
    assert (document["outcome"], [one["host"] for one in document["not_looked_at"]]) == ("unknown", [OFF])
    assert drift(here, "--limit", POLICY).returncode != 0


def test_a_name_that_is_not_there_is_an_error_of_usage(here):
    for words in (("--limit", "LT-NOPE"),):
        done = drift(here, *words)
        assert (done.returncode, "LT-NOPE" in done.stderr, "Traceback" in done.stderr) == (2, True, False)
    done = here.call(BIN / "pyinfra-wsl", "drift", "nowhere.py")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_since_when_is_told_by_the_results_of_runs(make_stage):
    here = make_stage(LT_DONE="converged")
    assert here.converge().returncode == 0
    here.lab("drift", DONE, "wslconfig.wsl2.memory")
    done = drift(here)
    assert done.returncode == 2
    assert "as then declared after the run of 20" in done.stdout
    one, *_restart = told(here)["differences"]
    assert (one["setting"], one["resource"], one["open_since"]) == (".wslconfig [wsl2] memory", "wslconfig", None)
    assert one["declared_until"]


def test_a_deploy_file_of_ones_own_is_looked_at_whole(here):
    (here.folder / "own.py").write_text(
        "from pyinfra.operations import server\nserver.shell(name='Greet', commands=['echo hello'])\n"
    )
    document = told(here, "--limit", DONE, "--deploy", "own.py")
    assert [one["setting"] for one in document["differences"]] == ["operation Greet"]


def test_a_wrong_fleet_file_is_told_without_a_traceback(here):
    path = here.folder / "inventory" / "fleet.yml"
    right = path.read_text()
    path.write_text(f"{right}\nwrong: 1\n")
    try:
        done = drift(here)
    finally:
        path.write_text(right)
    assert (done.returncode, "fleet.yml:" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
