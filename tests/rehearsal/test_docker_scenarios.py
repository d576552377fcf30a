"""What a run makes of laptops where Docker Desktop is in a state of its own, and the fleet file declares its integration only."""

import pytest

from pyinfra_wsl.lab.scenarios.docker import NAMES

ENDS = {
    "docker-fresh": ("failed", "not installed"),
    "docker-toolbox": ("converged", ""),
    "docker-hyper-v": ("failed", "Hyper-V"),
    "docker-business-locked": ("converged", ""),
    "docker-per-user": ("converged", ""),
    "docker-another-user": ("failed", "not installed"),
    "docker-half-install": ("failed", "not installed"),
    "docker-old": ("converged", ""),
    "docker-damaged": ("failed", "nothing but NUL bytes"),
    "docker-beside-rancher": ("converged", ""),
    "docker-engine-by-hand": ("failed", "not installed"),
    "docker-windows-containers": ("failed", "Windows containers"),
    "docker-first-start": ("deferred", "accepts the Docker Subscription Service Agreement"),
    "docker-sign-in": ("deferred", "signs in there as a member"),
    "docker-wedged": ("failed", "does not end: its backend was told to, and did not within 60 s"),
}
LAPTOPS = {f"LT-{name.upper()}": name for name in ENDS}


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(None, **{laptop.replace("-", "_"): scenario for laptop, scenario in LAPTOPS.items()})


@pytest.fixture(scope="module")
def runs(rehearsal):
    found = []
    for _ in range(2):
        done = rehearsal.converge()
        found.append((done, rehearsal.results()))
    return found


def test_every_scenario_is_rehearsed():
    assert set(ENDS) == set(NAMES)


@pytest.mark.parametrize("laptop", LAPTOPS)
def test_a_run_ends_with_a_reason_both_times(runs, laptop):
    result, reason = ENDS[LAPTOPS[laptop]]
    for _, results in runs:
        document = results[laptop]
        reasons = " ".join(f"{one['cause']} {one['remedy']}" for one in document["failures"])
        reasons += " ".join(one["reason"] for one in document["deferred"])
        assert document["outcome"] == result, reasons
        assert reason.lower() in reasons.lower()


@pytest.mark.parametrize("laptop", [name for name, one in LAPTOPS.items() if ENDS[one][0] == "converged"])
def test_the_second_run_changes_nothing(runs, laptop):
    assert runs[1][1][laptop]["changes"] == []


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("laptop", LAPTOPS)
def test_the_lab_was_asked_for_nothing_that_it_does_not_know(rehearsal, laptop):
    assert rehearsal.stage.machine(laptop).complaints == []


def test_nobody_reads_a_traceback(runs):
    for done, _ in runs:
        assert "Traceback" not in done.stdout + done.stderr
