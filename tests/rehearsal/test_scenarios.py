"""Every scenario of the lab ends as it says, twice; what was done is in the results, and nobody else's laptop suffers."""

import json
import re

import jsonschema
import pytest

from pyinfra_wsl.data import schema
from pyinfra_wsl.lab.scenarios import SCENARIOS
from pyinfra_wsl.lab.scenarios.docker import NAMES as DOCKER

NAMES = {f"LT-{name.upper()}": name for name in SCENARIOS if name not in DOCKER}


def declare(fleet):
    fleet["hosts"]["LT-WINDOWS-10-INBOX"] |= {"wslconfig": {"wsl2": {"networkingMode": None}, "experimental": None}}
    fleet["hosts"]["LT-TWO-USERS"] |= {"groups": ["developers", "testers"], "user": "CORP\\bo"}


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(declare, **{laptop.replace("-", "_"): scenario for laptop, scenario in NAMES.items()})


@pytest.fixture(scope="module")
def first(rehearsal):
    done = rehearsal.converge()
    return done, rehearsal.results()


@pytest.fixture(scope="module")
def second(rehearsal, first):
    assert first
    done = rehearsal.converge()
    return done, rehearsal.results()


def reasons(document):
    words = [f"{one['cause']} {one['remedy']} {one['code']}" for one in document["failures"]]
    return " ".join([*words, *(f"{one['waits_for']} {one['reason']}" for one in document["deferred"])])


@pytest.mark.parametrize("laptop", NAMES)
def test_the_first_run_ends_as_the_scenario_says(first, laptop):
    expect, document = SCENARIOS[NAMES[laptop]].expect, first[1][laptop]
    assert document["outcome"] == expect.result, reasons(document)
    assert expect.reason.lower() in reasons(document).lower()


@pytest.mark.parametrize("laptop", NAMES)
def test_the_next_run_ends_as_the_scenario_says(second, laptop):
    expect, document = SCENARIOS[NAMES[laptop]].then, second[1][laptop]
    assert document["outcome"] == expect.result, reasons(document)
    assert expect.reason.lower() in reasons(document).lower()


@pytest.mark.parametrize("laptop", [name for name, one in NAMES.items() if SCENARIOS[one].expect.result == "converged"])
def test_a_second_run_over_a_converged_laptop_changes_nothing(second, laptop):
    assert second[1][laptop]["changes"] == []


@pytest.mark.parametrize("laptop", [name for name, one in NAMES.items() if SCENARIOS[one].expect.result == "converged"])
def test_a_converged_laptop_costs_one_process_and_two_requests(second, laptop):
    document = second[1][laptop]
    assert document["processes"] == 1
    assert document["requests"] <= 2
    assert document["restarts"] == 0


@pytest.mark.parametrize("laptop", ["LT-FRESH-EN", "LT-FRESH-ZH", "LT-FRESH-DE", "LT-WINDOWS-10-INBOX"])
def test_a_first_run_costs_one_restart_and_seven_requests_more_than_steps(first, laptop):
    document = first[1][laptop]
    assert document["restarts"] <= 1
    assert document["requests"] <= len(document["changes"]) + 7  # before a restart it is asked once more


def test_every_failure_and_every_deferral_says_why_and_what_next(first):
    for document in first[1].values():
        assert all(one["cause"] and one["remedy"] and "\n" not in one["cause"] + one["remedy"] for one in document["failures"])
        assert all(one["sentence"] and one["reason"] for one in document["deferred"])


def test_results_are_as_their_schema_has_them(first, second):
    for document in [*first[1].values(), *second[1].values()]:
        jsonschema.validate(document, schema("result"))
        assert json.loads(json.dumps(document)) == document


def test_every_laptop_of_the_run_has_a_result(first):
    assert set(first[1]) == set(NAMES)


def test_nobody_reads_a_traceback(first, second):
    for done, _ in (first, second):
        assert "Traceback" not in done.stdout + done.stderr
        assert not re.search(r"\b(KeyError|TypeError|AttributeError|ValueError)\b", done.stdout + done.stderr)


def test_the_exit_code_tells_that_some_failed(first):
    assert first[0].returncode == 1


def test_the_table_counts_every_outcome(first):
    counts = {
        outcome: sum(one["outcome"] == outcome for one in first[1].values()) for outcome in ("deferred", "failed", "offline")
    }
    words = [
        f"{len(NAMES) - sum(counts.values())} of {len(NAMES)} converged",
        *(f"{count} {word}" for word, count in counts.items()),
    ]
    assert ", ".join(words) in first[0].stdout + first[0].stderr


@pytest.mark.usefixtures("second")
@pytest.mark.parametrize("laptop", NAMES)
def test_the_lab_was_asked_for_nothing_that_it_does_not_know(rehearsal, laptop):
    assert rehearsal.stage.machine(laptop).complaints == []


@pytest.mark.usefixtures("second")
def test_another_persons_distribution_stays_as_it_was(rehearsal):
    machine = rehearsal.stage.machine("LT-TWO-USERS")
    alice = machine.account("CORP\\alice")
    said = rehearsal.stage.do(machine.registry.keys, rf"HKU\{alice.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss")
    assert len([key for key in said if key.startswith("{")]) == 1
    assert not machine.files.exists(rf"{alice.profile}\.wslconfig")
