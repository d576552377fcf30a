"""A shard carried out by a runner over a lab: the results of a plain run, each as soon as its laptop has come to its end."""

import json
import os
import re
import signal
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from stage import ROOT
from support.shards import Runner, documents, elsewhere, shard

DEPLOY = (str(ROOT / "deploy.py"),)
SCENARIOS = {
    "LT_DRIFT": "converged", "LT_AWAY": "user-logged-off", "LT_OFF": "offline", "LT_VIRT": "virtualization-off",
    "LT_DONE": "converged",
}  # fmt: skip
USER = "CORP\\alice"


def comparable(document):
    """Return a document without what differs between two runs that are alike: whose it is, times, ports, folders."""
    found = {key: value for key, value in document.items() if key not in ("run", "seconds")}
    for change in found["changes"]:
        change.pop("seconds")
    text = re.sub(r"127\.0\.0\.1:\d+|/\S+?/stage\d+/", "PLACE", json.dumps(found))
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+00:00| UTC)?|run [0-9a-f]{8}|S-1-5-21-[\d-]+", "ONE", text)
    return json.loads(text)


@pytest.fixture(scope="module")
def drifted(make_stage):
    """Return what makes a lab of `SCENARIOS`; of one laptop somebody has changed a file."""

    def make():
        made = make_stage(**SCENARIOS)
        machine = made.stage.machine("LT-DRIFT")
        path = rf"{machine.account(USER).profile}\.wslconfig"
        made.stage.do(machine.files.write, path, machine.files.text(path).replace("memory=8GB", "memory=2GB").encode())
        return made

    return make


@pytest.fixture(scope="module")
def plain(drifted):
    """Return what pyinfra's command line says of a lab."""
    rehearsal = drifted()
    rehearsal.converge("--no-wait")
    return {name: comparable(one) for name, one in rehearsal.results().items()}


@pytest.fixture(scope="module")
def shards(drifted):
    """Return what one runner says of such a lab, in a shard and in another."""
    rehearsal = drifted()
    runner = Runner(rehearsal.folder)
    first = shard(rehearsal.folder, "s1", deploy=DEPLOY)
    second = replace(first, name="s2", members=[one for one in first.members if one.name != "LT-VIRT"])
    told = [runner.work(one) for one in (first, second)]
    assert runner.end() == 0
    return told, list(runner.spool.glob("*.told"))


def test_the_results_are_those_of_a_plain_run(plain, shards):
    told = documents(shards[0][0])
    assert told.keys() == plain.keys()
    for name, expected in plain.items():
        assert comparable(told[name]) == expected, name
    assert [one["event"] for one in shards[0][0]][:: len(told) + 1] == ["begun", "done"]


def test_a_second_shard_knows_nothing_of_the_first(shards):
    first, second = map(documents, shards[0])
    assert "LT-VIRT" not in second
    assert first["LT-DRIFT"]["changes"]
    assert {name: (one["outcome"], one["changes"], one["processes"]) for name, one in second.items()} == {
        "LT-DRIFT": ("deferred", [], 1), "LT-AWAY": ("deferred", [], 1), "LT-OFF": ("offline", [], 0),
        "LT-DONE": ("converged", [], 1),
    }  # fmt: skip


def test_each_shard_is_a_run_of_its_own(shards):
    ids = [{one["run"]["id"] for one in documents(told).values()} for told in shards[0]]
    assert [len(one) for one in ids] == [1, 1]
    assert ids[0] != ids[1]
    for told, (name,) in zip(shards[0], ids, strict=True):
        assert all(f"run {name}," in one["run"]["holder"] for one in documents(told).values())


def test_all_that_was_told_is_kept_until_it_is_taken_down(shards):
    told, kept = shards
    names = {one["kept"] for each in told for one in each if one["event"] == "ended"}
    assert {path.name for path in kept} == names
    for path in kept:
        assert json.loads(path.read_bytes())["kept"] == path.name


@pytest.fixture(scope="module")
def still(make_stage):
    """Return a lab in this process of laptops that are as declared."""
    return make_stage(LT_A="converged", LT_B="converged", LT_SLOW="converged")


@pytest.fixture(scope="module")
def runner(still):
    """Return a runner for it."""
    made = Runner(still.folder)
    yield made
    made.end()


def write(still, name, text):
    path = still.folder / name
    path.write_text(text)
    return (str(path),)


@pytest.fixture(scope="module")
def mute():
    """Return the port of somebody who takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []
        threading.Thread(target=lambda: [held.append(server.accept()) for _ in range(9)], daemon=True).start()
        yield server.getsockname()[1]


LATE = "from pyinfra import host\nif host.name == 'LT-SLOW':\n    host.get_fact(__import__('pyinfra_wsl.facts').facts.Windows)\n"


@pytest.mark.parametrize("where", ["connecting", "looking", "calling"])
def test_who_hangs_holds_up_nobodys_document(still, runner, mute, where):
    deploy = DEPLOY if where != "calling" else write(still, "late.py", LATE + Path(DEPLOY[0]).read_text())
    made = shard(still.folder, where, deploy=deploy)
    made = elsewhere(made, mute, "LT-SLOW") if where == "connecting" else made
    slow = still.stage.machine("LT-SLOW")
    slow.faults.late = 30.0 if where != "connecting" else 0.0
    begun = time.monotonic()
    try:
        runner.ask(made)
        told = [runner.next(20) for _ in range(3)]
        taken = time.monotonic() - begun
        assert [one["event"] for one in told] == ["begun", "ended", "ended"]
        assert {one["host"] for one in told[1:]} == {"LT-A", "LT-B"}
        assert taken < 10  # while the other is waited for longer
        assert runner.told.empty()
    finally:
        slow.faults.late = 0.0
        os.kill(runner.children()[0], signal.SIGKILL)  # nobody waits for it here
        runner.until(where, "lost")


def test_who_floods_us_holds_up_nobodys_document(still, runner):
    slow = still.stage.machine("LT-SLOW")
    slow.faults.lie = lambda answer: answer[:-1] * 3000 if len(answer) > 5000 else answer
    try:
        told = runner.work(shard(still.folder, "flood", deploy=DEPLOY))
    finally:
        slow.faults.lie = None
    found = documents(told)
    assert {name: one["outcome"] for name, one in found.items()} == {
        "LT-A": "converged", "LT-B": "converged", "LT-SLOW": "failed",
    }  # fmt: skip
    assert all(found[name]["seconds"] < 20 for name in ("LT-A", "LT-B"))  # which of the three is first, chance decides


OWN = """
from pyinfra import host
from pyinfra.operations import python
def fails():
    if host.name == "LT-A":
        raise ValueError("this one fails")
python.call(name="first", function=lambda: None)
python.call(name="second", function=fails)
python.call(name="third", function=lambda: None)
"""


def test_operations_that_are_not_ours_are_carried_out_and_their_failures_count(still, runner):
    found = documents(runner.work(shard(still.folder, "own", deploy=write(still, "own.py", OWN))))
    assert {name: one["outcome"] for name, one in found.items()} == {
        "LT-A": "failed", "LT-B": "converged", "LT-SLOW": "converged",
    }  # fmt: skip
    assert found["LT-A"]["not_reached"] == ["third"]
    assert "second" in found["LT-A"]["failures"][0]["cause"]


BROKEN = "\n\nfrom pyinfra import host\n{}\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{}[host.name]", "broken.py:4: KeyError: 'LT-"),
        ("raise SystemExit('no more')", "broken.py:4: SystemExit: no more"),
        ("host.data.nothing_such", "broken.py:4: AttributeError: "),
        ("def (", "broken.py:4: SyntaxError: "),
        ("raise ValueError(host.data.ssh_password)", "broken.py:4: ValueError: ***"),
        ("raise ValueError('with ' + host.data.ssh_password.reveal())", "broken.py:4: ValueError: with ***"),
        ("raise ValueError('\\x1b[31m')", "broken.py:4: ValueError: "),
    ],
)
def test_what_is_wrong_in_a_deploy_file_is_its_hosts_failure_with_the_line(still, runner, line, said):
    deploy = write(still, "broken.py", BROKEN.format(line))
    made = shard(still.folder, "broken", "LT-A", "LT-B", inventory="inventory/secret.py", deploy=deploy)
    told = runner.work(made)
    assert told[-1]["event"] == "done"
    assert len(documents(told)) == 2
    for one in documents(told).values():
        assert one["outcome"] == "failed"
        (failure,) = one["failures"]
        assert said in failure["cause"]
        assert failure["code"] == "deploy_file"
        assert "\x1b" not in failure["cause"]


SECRET = "r0llout-pass"


@pytest.fixture(scope="module", autouse=True)
def _secret(still):
    more = "\nfrom pyinfra_wsl.core.secret import Secret\n"
    more += f"all = [(name, data | {{'ssh_password': Secret('{SECRET}')}}) for name, data in all]\n"
    (still.folder / "inventory" / "secret.py").write_text((still.folder / "inventory" / "lab.py").read_text() + more)


def test_a_deploy_file_that_is_not_there_is_its_hosts_failure(still, runner):
    told = documents(runner.work(shard(still.folder, "nowhere", deploy=(str(still.folder / "nowhere.py"),))))
    assert {one["outcome"] for one in told.values()} == {"failed"}
    assert all("nowhere.py" in one["failures"][0]["cause"] for one in told.values())


def test_a_config_that_is_wrong_is_their_failure_too(still, runner):
    config = still.folder / "config.py"
    config.write_text("\n1 / 0\n")
    try:
        told = documents(runner.work(shard(still.folder, "config", "LT-A", deploy=DEPLOY)))
    finally:
        config.unlink()
    assert "config.py:2: ZeroDivisionError" in told["LT-A"]["failures"][0]["cause"]


def test_a_connector_that_is_not_installed_is_that_hosts_failure(still, runner):
    made = shard(still.folder, "connector", "LT-A", "LT-B", deploy=DEPLOY)
    object.__setattr__(made.members[0], "connector", "carrier-pigeon")
    told = documents(runner.work(made))
    assert {name: one["outcome"] for name, one in told.items()} == {"LT-A": "failed", "LT-B": "converged"}
    assert "carrier-pigeon" in told["LT-A"]["failures"][0]["cause"]


def test_what_deploy_files_print_is_no_answer(still, runner):
    deploy = write(still, "loud.py", "import os\nprint('x' * 100_000)\nos.write(1, b'{}')\nos.write(2, b'y')\n" + OWN)
    told = runner.work(shard(still.folder, "loud", "LT-B", deploy=deploy))
    assert [one["event"] for one in told] == ["begun", "ended", "done"]


def test_what_is_no_request_ends_nothing(still, runner):
    runner.process.stdin.write(b"{nonsense\n" + b'{"id": "odd", "shard": {"members": 4}}\n')
    runner.process.stdin.flush()
    told = [runner.next(), *runner.until("odd", "done", "lost")]
    assert "no line of ours" in told[0]["why"]
    assert told[-1]["event"] == "lost"
    assert "what came is no shard" in told[-1]["why"]
    assert [one["event"] for one in runner.work(shard(still.folder, "after", "LT-B", deploy=DEPLOY))] == [
        "begun",
        "ended",
        "done",
    ]


WITH_FILES = """
from pathlib import Path
from pyinfra import host, local
from pyinfra.operations import files
local.include("inner.py")
files.put(name="a file", src="files/hello.txt", dest="C:/hello.txt")
if host.name == "LT-B":
    files.put(name="another", src="files/hello.txt", dest="C:/only.txt")
"""


def test_what_a_deploy_file_includes_and_brings_is_found_as_in_a_plain_run(still, runner):
    (still.folder / "files").mkdir()
    (still.folder / "files" / "hello.txt").write_text("hello")
    write(still, "inner.py", "from pyinfra.operations import python\npython.call(name='inner', function=lambda: None)\n")
    found = documents(runner.work(shard(still.folder, "files", "LT-A", "LT-B", deploy=write(still, "with.py", WITH_FILES))))
    assert {name: one["outcome"] for name, one in found.items()} == {"LT-A": "converged", "LT-B": "converged"}, found
    for name, expected in (("LT-A", [True, False]), ("LT-B", [True, True])):
        laptop = still.stage.machine(name).files
        assert [still.stage.do(laptop.exists, path) for path in (r"C:\hello.txt", r"C:\only.txt")] == expected
    assert runner.children() == []  # and what they held is given back


def test_laptops_behind_winrm_are_carried_out_too(make_stage):
    def by_winrm(fleet):
        fleet["defaults"].update(connection={"transport": "psrp", "user": "fleet-admin"})

    made = make_stage(by_winrm, winrm={}, LT_WINRM="converged")
    other = Runner(made.folder)
    told = other.work(shard(made.folder, "s", deploy=DEPLOY, verify=True))
    assert documents(told)["LT-WINRM"]["outcome"] == "converged"
    assert [one["found"] for one in told if one["event"] == "verified"] == [True]
    assert other.end() == 0
