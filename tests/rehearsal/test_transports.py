"""One story, told over SSH and over WinRM: what is found, done, asked and said is the same, but for the transport's own words."""

import json
import re

import pytest
from stage import BIN

WAYS = ("ssh", "psrp")
LAPTOPS = {
    "LT_FRESH": "fresh-en", "LT_DONE": "converged", "LT_DRIFT": "drifted", "LT_VIRT": "virtualization-off",
    "LT_AWAY": "user-logged-off", "LT_HELD": "constrained-language",
}  # fmt: skip
TIMES = re.compile(r"\d+\.\d s\b|\d{4}-\d\d-\d\d[-T ][\d:.+-]*Z?(?:-\w{8})?|results/\S+|\{[\dA-Fa-f-]{36}\}|/stage\d+/")


@pytest.fixture(scope="module")
def told(make_stage):
    """Return what two runs over each way say and write: the first changes, fails and restarts, the second changes nothing."""
    found = {}
    for way in WAYS:
        rehearsal = make_stage(
            lambda fleet, way=way: fleet["defaults"].update(connection={"transport": way, "user": "fleet-admin"}),
            winrm={},
            **LAPTOPS,
        )
        runs = []
        for _ in range(2):
            done = rehearsal.converge()
            runs.append((done, rehearsal.results()))
        found[way] = (rehearsal, runs)
    return found


def plain(value):
    """Return a result without what is another one in each run: times, ports, the run's own names."""
    if isinstance(value, dict):
        left = ("run", "seconds", "booted", "process", "taken", "vm", "running")  # WSL's virtual machine ends after a while
        return {plain(key): plain(one) for key, one in value.items() if key not in left}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return TIMES.sub("…", value) if isinstance(value, str) else value


@pytest.mark.parametrize("run", [0, 1], ids=["a run that changes", "a run that changes nothing"])
@pytest.mark.parametrize("laptop", [name.replace("_", "-") for name in LAPTOPS])
def test_results_are_the_same_over_both_ways(told, run, laptop):
    assert not list(differences(*(plain(told[way][1][run][1][laptop]) for way in WAYS)))


def differences(one, other, path=()):
    """Yield where two values differ, and how."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key), other.get(key), (*path, key))
    elif one != other:
        yield path, one, other


def test_what_is_said_is_the_same_over_both_ways(told):
    for run in (0, 1):
        over_ssh, over_winrm = (sorted(filter(None, map(words, told[way][1][run][0].stdout.splitlines()))) for way in WAYS)
        assert over_winrm == over_ssh


def words(line):
    """Return a line of a run without times and spaces between columns."""
    return " ".join(TIMES.sub("…", line).split())


def test_the_story_has_changes_a_restart_a_failure_and_something_that_waits(told):
    """Else the comparison shows nothing."""
    first = told["psrp"][1][0][1]
    assert first["LT-FRESH"]["restarts"] == 1
    assert first["LT-FRESH"]["outcome"] == "converged"
    assert first["LT-DRIFT"]["changes"]
    assert first["LT-VIRT"]["outcome"] == "failed"
    assert "ConstrainedLanguage" in first["LT-HELD"]["failures"][0]["cause"]
    assert first["LT-AWAY"]["deferred"]


def test_a_run_without_a_change_opens_one_session_and_asks_twice(told):
    _, runs = told["psrp"]
    for name in ("LT-DONE", "LT-FRESH", "LT-DRIFT"):
        result = runs[1][1][name]
        assert (result["processes"], result["requests"], result["changes"]) == (1, 2, []), json.dumps(result)[:300]


def test_no_session_is_left_behind(told):
    rehearsal = told["psrp"][0]
    for name in LAPTOPS:
        laptop = rehearsal.stage.laptop(name.replace("_", "-"))
        assert rehearsal.stage.do(lambda laptop=laptop: dict(laptop.winrm.service.shells)) == {}


def test_the_doctor_says_how_one_logs_on_and_nothing_of_ssh(told):
    rehearsal = told["psrp"][0]
    done = rehearsal.call(BIN / "pyinfra-wsl", "doctor", "inventory/lab.py", "--host", "LT-DONE", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    said = {line["check"]: line["cause"] for line in json.loads(done.stdout)["hosts"][0]["lines"]}
    assert said["key"] == "one logs on over WinRM by negotiate, with a password"
    assert said["port"].startswith("WinRM answers on 127.0.0.1:")
    assert said["known host"].endswith(" is vouched for")
    assert "shell" not in said
    assert "SSH" not in json.dumps([said[name] for name in ("key", "address", "port", "known host", "logon")])
