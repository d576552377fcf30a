"""Laptops of the lab that pull: as LocalSystem, by a process of their own, without anybody who connects to them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from types import SimpleNamespace

import jsonschema
import pytest
from cut import filling
from server import of_folder, serving
from simulated import Range
from stage import ROOT

from pyinfra_wsl.connectors.quicker import order
from pyinfra_wsl.data import schema
from pyinfra_wsl.pull import outcome, pause, roles
from pyinfra_wsl.pull.detect import detect
from pyinfra_wsl.report import reading, results

LOCK = r"C:\Program Files\pyinfra-wsl\lock"
BRIEF = re.compile(r"alice|\bbo\b|S-1-5-21-|[A-Z]:\\\\Users\\\\[a-z]", re.IGNORECASE)


@pytest.fixture(scope="module")
def lab(make_stage, keys):
    def change(values):
        values["hosts"]["LT-TWO"].update(user="CORP\\bo", groups=["developers", "testers"])
        values["hosts"]["LT-POLITE"].update(reboot={"policy": "no_user"})

    scenarios = {"DONE": "converged", "AWAY": "user-logged-off", "FRESH": "fresh-zh", "TWO": "two-users", "POLITE": "fresh-en",
                 "KILLED": "fresh-en"}  # fmt: skip
    return Range(make_stage(change, **{f"LT_{name}": one for name, one in scenarios.items()}), keys)


@pytest.fixture(autouse=True)
def today(request):
    yield
    if "lab" in request.fixturenames:
        request.getfixturevalue("lab").ahead = timedelta()


def test_a_converged_laptop_costs_one_small_get_one_agent_and_two_requests(lab):
    with serving(of_folder(lab.public)) as server:
        source = f"http://127.0.0.1:{server.server_port}"
        lab.pull("LT-DONE", source=source)
        server.asked.clear()
        ended = lab.pull("LT-DONE", source=source)
        assert server.asked == ["GET /latest"]
    assert (ended.outcome, ended.code) == ("converged", 0)
    found = ended.document
    assert (found["processes"], found["requests"], found["changes"]) == (1, 2, [])
    assert (found["pull"]["serial"], found["pull"]["source"], found["pull"]["part"]) == (1, "ok", 1)


def test_drift_is_repaired_while_the_server_is_away(lab):
    lab.pull("LT-DONE")
    lab.drift("LT-DONE", "wsl.default_version")
    ended = lab.pull("LT-DONE", source=str(lab.folder / "away"))
    assert (ended.outcome, len(ended.document["changes"])) == ("converged", 1)
    assert ended.document["pull"]["source"] == "unreachable"
    assert "source unreachable" in ended.document["warnings"][0]["text"]
    assert "source=unreachable" in outcome.line(ended.document)


def test_a_first_pull_without_a_server_touches_nothing(lab):
    served = lab.stage.laptop("LT-FRESH").served
    ended = lab.pull("LT-FRESH", source=str(lab.folder / "away"))
    assert (ended.outcome, ended.code, lab.stage.laptop("LT-FRESH").served) == ("no_bundle", 4, served)
    assert [one["pull"]["outcome"] for one in lab.documents("LT-FRESH")] == ["no_bundle"]


def test_a_first_run_is_two_starts_of_one_chain_and_the_third_changes_nothing(lab):
    """The first part is on the disk before the laptop goes down."""
    first = lab.pull("LT-FRESH")
    assert (first.outcome, first.code) == ("restart_pending", 6)
    written = lab.documents("LT-FRESH")[-1]
    assert [one["resource"] for one in written["changes"]][-1] == "reboot"
    assert written["failures"] == []
    second = lab.pull("LT-FRESH")
    assert (second.outcome, second.code) == ("converged", 0), second.document["failures"]
    assert [one["part"] for one in (first.document["pull"], second.document["pull"])] == [1, 2]
    assert first.document["pull"]["chain"] == second.document["pull"]["chain"]
    third = lab.pull("LT-FRESH")
    assert (third.outcome, third.document["changes"], third.document["pull"]["part"]) == ("converged", [], 1)
    assert third.document["pull"]["chain"] != first.document["pull"]["chain"]
    people = {one.name for one in lab.stage.machine("LT-FRESH").accounts.values() if not one.name.isascii()}
    assert people
    assert not [one for one in people if one in json.dumps(lab.documents("LT-FRESH"), ensure_ascii=False)]


def test_who_is_killed_in_the_middle_has_written_down_what_was_done_and_the_next_start_goes_on(lab):
    home = lab.home("LT-KILLED")
    code = f"from pathlib import Path; from pyinfra_wsl.pull.work import pull; pull(Path({str(home)!r}))"
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while (
        time.monotonic() < deadline and process.poll() is None and not any(one["changes"] for one in lab.documents("LT-KILLED"))
    ):
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (killed,) = lab.documents("LT-KILLED")
    assert (killed["outcome"], killed["pull"]["outcome"]) == ("unfinished", "")
    assert killed["changes"]
    ended = lab.pull("LT-KILLED")
    while ended.outcome == "restart_pending":
        ended = lab.pull("LT-KILLED")
    assert ended.outcome == "converged", ended.document["failures"]
    every = lab.documents("LT-KILLED")
    assert {one["pull"]["chain"] for one in every} == {killed["pull"]["chain"]}
    assert [one["pull"]["part"] for one in every] == list(range(1, len(every) + 1))
    begun = [one["text"] for one in every[0]["warnings"] if "its end was not seen" in one["text"]]
    done = [change["sentence"] for one in every for change in one["changes"]]
    assert len(done) == len(set(done)), "what was done once is not done again"
    assert all(any(text.endswith(sentence) for sentence in done) or begun for text in begun)


def test_what_does_not_end_in_four_starts_has_failed(lab):
    home = lab.home("LT-DONE")
    begun = lab.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    (home / "chain.json").write_text(json.dumps({"id": "abcd", "part": 4, "begun": begun}))
    ended = lab.pull("LT-DONE")
    assert (ended.outcome, ended.code) == ("failed", 1)
    assert "4 starts" in ended.document["failures"][0]["cause"]
    assert lab.pull("LT-DONE").outcome == "converged"


def test_a_restart_waits_for_its_policy(lab):
    boots = lab.stage.machine("LT-POLITE").boot_count
    for _ in range(2):
        ended = lab.pull("LT-POLITE")
        assert (ended.outcome, ended.code) == ("deferred", 5)
        assert "reboot" in {one["waits_for"] for one in ended.document["deferred"]}
    assert lab.stage.machine("LT-POLITE").boot_count == boots


def test_what_is_a_persons_waits_for_them_and_wsl_is_never_called_as_localsystem(lab):
    machine = lab.stage.machine("LT-AWAY")
    ended = lab.pull("LT-AWAY")
    assert (ended.outcome, ended.code) == ("deferred", 5)
    assert {one["waits_for"] for one in ended.document["deferred"]} == {"user logon"}
    lab.stage.do(machine.log_on, machine.account("CORP\\alice"))
    for _ in range(3):
        ended = lab.pull("LT-AWAY")
        if ended.outcome != "restart_pending":
            break
    assert ended.outcome == "converged", ended.document
    assert machine.complaints == []
    assert lab.pull("LT-AWAY").document["requests"] == 2


def test_two_people_and_no_word_of_either_in_what_is_handed_back(lab):
    machine = lab.stage.machine("LT-TWO")
    theirs = machine.account("CORP\\alice").profile
    before = [node.name for node in machine.files.list(theirs)]
    brief = lab.pull("LT-TWO")
    while brief.outcome == "restart_pending":
        brief = lab.pull("LT-TWO")
    assert brief.outcome == "converged", brief.document
    assert [node.name for node in machine.files.list(theirs)] == before
    for one in lab.documents("LT-TWO"):
        assert not BRIEF.search(json.dumps(one)), BRIEF.search(json.dumps(one))
    full = lab.pull("LT-TWO", results={"detail": "full"})
    assert BRIEF.search(results.written(full.document).decode())
    code, line = detect(lab.home("LT-TWO"))
    assert (code, BRIEF.search(line)) == (0, None)


def test_a_detection_says_drift_changes_nothing_and_starts_nothing_of_anybody(lab):
    lab.pull("LT-DONE")
    machine = lab.stage.machine("LT-DONE")
    started = []
    real = machine.processes.add

    def add(path, *arguments):
        started.append(path.rpartition("\\")[2].lower())
        return real(path, *arguments)

    machine.processes.add = add
    try:
        code, line = detect(lab.home("LT-DONE"))
        assert (code, line.startswith("drift=0 serial=")) == (0, True), line
        lab.drift("LT-DONE", "wslconfig.wsl2.processors")
        begun = len(started)
        code, line = detect(lab.home("LT-DONE"))
    finally:
        del machine.processes.add
    assert (code, "processors" in line, line.isascii()) == (1, True, True)
    assert not {"schtasks.exe", "wsl.exe"} & set(started)
    assert len(started) > begun
    assert detect(lab.home("LT-DONE"))[0] == 1  # nothing was repaired


def test_without_a_bundle_a_detection_calls_for_a_pull(at):
    code, line = detect(at.home)
    assert (code, "no bundle yet" in line) == (1, True)


def test_what_is_over_repairs_for_a_while_and_then_only_looks(lab):
    lab.pull("LT-DONE")
    lab.ahead = timedelta(days=35)
    lab.drift("LT-DONE", "wsl.default_version")
    ended = lab.pull("LT-DONE")
    assert (ended.outcome, ended.code) == ("stale", 7)
    assert ended.document["changes"]
    lab.ahead = timedelta(days=60)
    lab.drift("LT-DONE", "wsl.default_version")
    for _ in range(2):
        ended = lab.pull("LT-DONE")
        assert (ended.outcome, ended.code, ended.document["changes"]) == ("stale", 7, [])
        assert any("not done, since the bundle is over" in one["text"] for one in ended.document["warnings"])


def test_a_laptop_that_is_disabled_is_left_alone_until_that_ends_by_itself(lab):
    home, served = lab.home("LT-DONE"), lab.stage.laptop("LT-DONE").served
    pause.begin(home, lab.clock() + timedelta(days=2), "demo", lab.clock())
    ended = lab.pull("LT-DONE")
    assert (ended.outcome, ended.code, lab.stage.laptop("LT-DONE").served) == ("disabled", 5, served)
    assert ended.document["deferred"][0]["reason"] == pause.STAYS
    assert lab.pull("LT-DONE", results={"detail": "full"}).document["deferred"][0]["reason"] == "demo"
    assert detect(home)[0] == 0
    assert "disabled until" in detect(home)[1]
    lab.ahead = timedelta(days=3)
    assert lab.pull("LT-DONE").outcome != "disabled"
    pause.end(home)


def test_an_agent_that_does_not_start_is_a_failure_that_is_written_down(lab):
    ended = lab.pull("LT-DONE", agent=["/bin/false"])
    assert (ended.outcome, ended.code) == ("failed", 1)
    assert ended.document in lab.documents("LT-DONE")
    assert "broke off" in ended.document["failures"][0]["cause"]
    ended = lab.pull("LT-DONE", agent=["/no/such/agent"])
    assert "does not start" in ended.document["failures"][0]["cause"]


def test_whatever_goes_wrong_in_a_run_is_told_with_what_was_done(lab, monkeypatch):
    def fail():
        raise ZeroDivisionError

    monkeypatch.setattr("pyinfra_wsl.pull.roles.whole", fail)
    ended = lab.pull("LT-DONE")
    assert (ended.outcome, ended.code) == ("failed", 1)
    assert "ZeroDivisionError" in ended.document["failures"][0]["cause"]
    monkeypatch.setattr("pyinfra_wsl.pull.converge.Inventory", fail)
    ended = lab.pull("LT-DONE")
    assert (ended.outcome, ended.document in lab.documents("LT-DONE")) == ("failed", True)


def test_a_disk_that_gets_full_in_a_run_is_a_sentence_and_no_traceback(lab, monkeypatch, capfd):
    lab.pull("LT-DONE")
    lab.drift("LT-DONE", "wsl.default_version")
    write, _seen = filling(4)  # chain, source and the document have room, and what is written before the change has none
    with monkeypatch.context() as patch:
        patch.setattr("pyinfra_wsl.pull.files.write", write)
        ended = lab.pull("LT-DONE")
    assert (ended.outcome, ended.document["changes"], capfd.readouterr().err) == ("failed", [], "")
    assert ended.document["failures"][0]["cause"].endswith("nothing more is changed: No space left on device")
    ended = lab.pull("LT-DONE")
    assert len(ended.document["changes"]) == 1


def test_roles_come_in_the_order_of_deploy_py(monkeypatch):
    """Also to pyinfra, which orders operations by the lines on the way to their calls."""
    seen = []
    monkeypatch.setattr("pyinfra_wsl.pull.roles.foreign", list)
    monkeypatch.setattr("pyinfra_wsl.pull.roles._apply", lambda name: seen.append((order(SimpleNamespace(
        current_deploy_filename=None, current_op_file_number=0)), name)))  # fmt: skip
    roles.whole()
    deploy = re.findall(r"^    (\w+)\.apply\(\)", (ROOT / "deploy.py").read_text().partition("else:")[2], re.MULTILINE)
    assert [name for _, name in sorted(seen)] == [name for _, name in seen] == deploy


def test_what_needs_code_of_its_own_fails_since_none_is_published(monkeypatch):
    one, failed, whose = SimpleNamespace(name="printers", key="printers", words="printers"), [], []
    monkeypatch.setattr("pyinfra_wsl.pull.roles._apply", lambda _role: None)
    monkeypatch.setattr("pyinfra_wsl.survey.roles.registry", SimpleNamespace(found=lambda: [one], is_foreign=lambda _one: True))
    monkeypatch.setattr("pyinfra_wsl.survey.roles.everybody", SimpleNamespace(begin=whose.append))
    monkeypatch.setattr("pyinfra_wsl.survey.roles.host", SimpleNamespace(data=SimpleNamespace(get={"printers": []}.get)))
    monkeypatch.setattr("pyinfra_wsl.pull.roles.fail", lambda _host, name, why: failed.append((name, why[0].cause)))
    roles.whole()
    assert [name for name, cause in failed if "not published" in cause] == ["printers"]
    assert whose == [None]  # it is the laptop's, though the last role was a person's


def test_a_push_at_work_holds_a_pull_up(lab):
    machine = lab.stage.machine("LT-DONE")
    lock = lab.stage.do(machine.files.write, LOCK, b"")
    lock.open_by = "another agent"
    lab.stage.do(machine.files.write, f"{LOCK}.holder", b"ada@control, run 1234")
    try:
        ended = lab.pull("LT-DONE")
    finally:
        lock.open_by = ""
    assert (ended.outcome, ended.code) == ("locked", 3)
    assert "ada@control" in json.dumps(ended.document["failures"])


def test_two_pulls_at_once_are_one_and_a_killed_one_frees_the_lock(lab):
    home = lab.home("LT-DONE")
    code = (
        f"import time; from pathlib import Path; from pyinfra_wsl.pull import lock\n"
        f"with lock.held(Path({str(home)!r}) / 'lock', 'run abcd'): print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    begun = time.monotonic()
    ended = lab.pull("LT-DONE")
    assert time.monotonic() - begun < 2
    assert (ended.outcome, ended.code, "run abcd" in ended.said[0]) == ("locked", 3, True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert lab.pull("LT-DONE").outcome != "locked"


def test_every_document_can_be_read_by_the_report_and_is_told_in_a_line(lab):
    found = 0
    for home in (lab.folder / "homes").iterdir():
        for path in (home / "results").glob("*.json"):
            document = reading._read(path)
            jsonschema.validate(document, schema("result"))
            line = outcome.line(document)
            assert line.isascii()
            assert len(line) <= outcome.LINE
            assert line.startswith(f"outcome={document['pull']['outcome']} serial=")
            found += 1
    assert found > 10
