"""One urgent change alone: `only` and `skip` over real SSH, by pyinfra's own command line and by the environment."""

import pytest
from look import everything
from stage import BIN, ROOT

DEPLOY = ROOT / "deploy.py"
FRESH, OLDER, DONE, TWIN = "LT-FRESH", "LT-OLDER", "LT-DONE", "LT-TWIN"


@pytest.fixture(scope="module")
def here(make_stage):
    return make_stage(LT_FRESH="fresh-en", LT_OLDER="older-wsl", LT_DONE="converged", LT_TWIN="fresh-en")


def run(here, laptop, *words, **options):
    done = here.converge(f"--limit={laptop}", *words, **options)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_only_what_is_named_is_carried_out_and_the_rest_is_told(here):
    done = run(here, OLDER, "--data", "only=wslconfig")
    document = here.results()[OLDER]
    assert {one["resource"] for one in document["changes"]} == {"wslconfig"}
    assert (done.returncode, document["outcome"], document["warnings"]) == (0, "converged", [])
    assert "left out, as told: " in done.stdout
    assert set(document["left_out"]) >= {"wsl", "wsl_distro", "windows_feature", "reboot"}
    assert document["requests"] <= 4


def test_a_variable_says_the_same_and_skip_leaves_out(here):
    done = run(here, DONE, PYINFRA_WSL_SKIP="reboot,docker_desktop,docker_integration")
    document = here.results()[DONE]
    assert (done.returncode, document["outcome"], document["changes"]) == (0, "converged", [])
    assert set(document["left_out"]) == {"reboot", "docker_integration"}  # what is not declared is not left out


@pytest.mark.parametrize("words", [("-y",), ("--dry",)])
def test_a_name_that_is_no_resource_is_an_error_and_nothing_is_changed(here, words):
    machine = here.stage.machine(TWIN)
    before = here.stage.do(everything, machine)
    done = here.pyinfra(DEPLOY, *words, f"--limit={TWIN}", "--data", "only=wslconf")
    said = done.stdout + done.stderr
    assert "only names wslconf, which is no resource. Next: write wsl_conf if that is meant, else one or more of " in said
    assert "docker_desktop" in said
    assert done.returncode == (1 if words == ("-y",) else 0)  # a look before a run is no failure of it
    assert here.stage.do(everything, machine)["features"] == before["features"]


def test_what_the_chosen_needs_is_looked_at_and_not_silently_passed_over(here):
    done = run(here, FRESH, "--data", "only=wsl_distro")
    document = here.results()[FRESH]
    assert document["changes"] == []
    assert document["outcome"] != "converged"
    assert done.returncode == (1 if document["failures"] else 0)
    told = " ".join(one["text"] for one in document["warnings"])
    assert "left out, though what is carried out needs it: features: a run would change it: enable features" in told
    assert "WSL package: " in told


def test_where_nothing_is_chosen_nothing_is_converged(here):
    run(here, DONE, "--data", "only=kvm")
    document = here.results()[DONE]
    assert document["outcome"] == "not looked at"
    assert document["left_out"]


def test_before_a_run_it_is_told_what_is_left_out(here):
    done = here.pyinfra(DEPLOY, "--dry", f"--limit={TWIN}", "--data", "skip=wsl_distros")
    assert "left out, as told: distributions" in done.stdout + done.stderr
    assert "would: enable features" in done.stdout + done.stderr


def test_drift_is_not_denied_where_it_was_told_to_leave_something_out(here):
    done = here.call(BIN / "pyinfra-wsl", "drift", "inventory/lab.py", "--limit", DONE, PYINFRA_WSL_ONLY="reboot")
    assert (done.returncode, "left out, as told by only or skip" in done.stdout) == (1, True), done.stdout
