"""Asking as somebody else: what is brought, what comes back, and what is taken away again."""

import base64
import json
from dataclasses import replace
from typing import get_args
from xml.etree import ElementTree

import pytest
from support.laptops import ALICE, laptop
from support.wire import DENIED, RUN, Wire, contents, ran, words

from pyinfra_wsl.core import call, heard
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows import reach, whose
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.core.windows.user import Task, attempt

ASKED = (call.run("wsl.exe", "--list", timeout=90), call.file_read(r"C:\x"))
FOLDER = r"C:\Program Files\pyinfra-wsl\runs\7f3a"
FINE = {"icacls.exe": ran(), "schtasks.exe": ran()}


def reply(*results):
    return contents(json.dumps({"id": 1, "results": list(results)}).encode())


def b64(data):
    return base64.b64encode(data).decode()


def result(**value):
    return {"ok": True, "value": value}


def ask(script):
    wire = Wire(FINE | script)
    return wire.drive(ALICE.ask(RUN, *ASKED)), wire


def test_we_ourselves_are_asked_directly():
    wire = Wire({"wsl.exe": ran(0, "Ubuntu")})
    answers = wire.drive(replace(ALICE, connected=True).ask(RUN, *ASKED))
    assert len(answers) == 2
    assert wire.asked == [words(one) for one in ASKED]


def test_somebody_else_is_asked_in_one_request_and_answers_in_order():
    failed = {"ok": False, "error": {"kind": "not_found", "message": "no"}}
    answers, wire = ask({"file.read": reply(result(**ran().value), failed)})
    assert answers == [ran(), Answer(False, {}, "not_found", "no")]
    assert wire.requests == 1


def test_nothing_of_a_task_is_left_behind_even_if_it_fails():
    wire = Wire(FINE | {"file.wait": Answer(False, {}, "timeout", "waited 210 s")})
    with pytest.raises(StepError) as failed:
        wire.drive(ALICE.ask(RUN, *ASKED))
    assert failed.value.code == "task_timeout"
    assert ALICE.account in failed.value.cause
    assert wire.asked[-1] == f"file.remove {FOLDER}"
    assert wire.said(r"/Delete /TN \pyinfra-wsl\7f3a /F")
    written = {line.split(" ")[1] for line in wire.said("file.write ")}
    assert written == {line.split(" ")[1] for line in wire.said("file.remove ")} - {FOLDER}


def test_nothing_that_a_user_may_write_is_removed_with_all_below_it():
    _, wire = ask({"file.read": reply(result(**ran().value), result(exists=False))})
    assert not [line for line in wire.said("file.remove ") if line.endswith("True")]


def test_the_user_may_write_data_into_one_file_and_nothing_else():
    _, wire = ask({"file.read": reply(result(**ran().value), result(exists=False))})
    whole, own, *_arrived = wire.said("icacls.exe")
    assert whole.endswith(f"{FOLDER} /inheritance:r /grant:r *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F *{ALICE.sid}:(OI)(CI)RX")
    assert own.endswith(rf"{FOLDER}\reply.json /grant *{ALICE.sid}:(WD)")
    order = [whole, f"file.write {FOLDER}\\reply.json ", own, *(line for line in wire.asked if line.endswith(b64(RUN.agent)))]
    assert [wire.asked.index(one) for one in order] == sorted(wire.asked.index(one) for one in order)
    assert [line for line in wire.asked if "(WD)" in line or ")M" in line] == [own]


def test_the_request_waits_as_long_as_its_calls_may_take():
    _, wire = ask({"file.read": reply(result(**ran().value), result(exists=False))})
    (waited,) = wire.said("file.wait")
    assert waited.endswith("180.0 True 120.0")  # 90 of the program, 30 of the file, 60 to begin; until a whole line is there
    (request,) = wire.said("request.json ")[:1]
    brought = json.loads(base64.b64decode(request.split(" ")[-1]))
    assert [one["verb"] for one in brought["calls"]] == ["run", "file.read"]
    assert brought["keep_going"] is False


def test_the_scheduled_task_is_the_users_own_without_a_password_or_elevation():
    _, wire = ask({"file.read": reply(result(**ran().value), result(exists=False))})
    (task,) = wire.said("task.xml ")[:1]
    xml = base64.b64decode(task.split(" ")[-1]).decode("utf-16")
    root = ElementTree.fromstring(xml.partition("?>")[2].strip())  # noqa: S314 - our own text
    found = {element.tag.rpartition("}")[2]: element.text for element in root.iter()}
    assert (found["UserId"], found["LogonType"], found["RunLevel"]) == (ALICE.sid, "InteractiveToken", "LeastPrivilege")
    assert found["Command"] == r"C:\Windows\System32\conhost.exe"
    assert rf'-Request "{FOLDER}\request.json"' in found["Arguments"]


@pytest.mark.parametrize(
    "garbage",
    [
        contents(b"not json"),
        contents(b"[]"),
        contents(b'{"results": 7}'),
        contents(b'{"results": [7, 8]}'),
        reply(result()),
        reply(result(), result(), result()),
    ],
)
def test_a_reply_that_is_none_is_refused(garbage):
    with pytest.raises(StepError) as failed:
        ask({"file.read": garbage})
    assert failed.value.code == "garbage"


@pytest.mark.parametrize(
    "script", [{"icacls.exe": ran(5, "Access is denied.")}, {"/Create": ran(1), "icacls.exe": ran()}, {"/Run": DENIED}]
)
def test_a_laptop_that_refuses_a_task_is_told(script):
    wire = Wire(script | {part: answer for part, answer in FINE.items() if part not in script})
    with pytest.raises(StepError, match="refused a task") as failed:
        wire.drive(ALICE.ask(RUN, *ASKED))
    assert "administrator" in failed.value.remedy


def test_an_agent_that_does_not_begin_is_one_that_powershell_may_have_refused():
    with pytest.raises(StepError, match="did not begin in the session") as failed:
        ask({"file.wait": Answer(False, {}, "not_begun", "nothing came within 60 s")})
    assert failed.value.code == "task_refused"
    assert "AppLocker" in failed.value.remedy


@pytest.mark.parametrize(
    "script",
    [
        {"file.wait": Answer(False, {}, "link", "a link is there")},
        {"file.read": Answer(False, {}, "link", "a link is there")},
        {"file.read": Answer(True, {"exists": False})},
        {"file.read": Answer(False, {}, "in_use", "used by another process")},
    ],
)
def test_a_reply_that_somebody_has_laid_hands_on_is_told_and_not_read(script):
    with pytest.raises(StepError, match="tampered with") as failed:
        ask(script)
    assert failed.value.code == "task_reply"


def test_a_task_that_does_not_fit_on_the_drive_says_so_and_does_not_wait():
    full = Answer(False, {}, "disk_full", "There is not enough space on the disk.")
    with pytest.raises(StepError, match="not enough space") as failed:
        Wire(FINE | {"request.json ": full}).drive(ALICE.ask(RUN, *ASKED))
    assert failed.value.code == "disk_full"


def test_what_did_not_arrive_is_told_at_once_with_what_windows_said():
    refused = {"/Run": ran(0, "", "Access is denied."), "file.wait": Answer(False, {}, "not_found", "gone")}
    wire = Wire(refused | FINE)
    with pytest.raises(StepError, match=r"schtasks.exe refused a task for .*Access is denied"):
        wire.drive(ALICE.ask(RUN, *ASKED))
    (start,) = wire.said("/Run")
    assert start.endswith(rf"|| del %QUOTE%{FOLDER}\reply.json%QUOTE% ")


def test_tasks_of_one_request_have_names_of_their_own():
    first, second = (Task.of(ALICE, RUN, ASKED, number=number).calls for number in (0, 1))
    assert not {one.fields.get("path") for one in first} & {one.fields.get("path") for one in second} - {None}


def test_a_look_that_failed_is_not_knowing():
    task = Task.of(ALICE, RUN, ASKED)
    failed = attempt(task, [DENIED] * len(task.calls), 2)
    assert [answer.ok for answer in failed] == [False, False]
    assert attempt(None, [DENIED], 1) == [DENIED]


def test_their_registry_is_that_of_their_sid():
    assert ALICE.hive == rf"HKU\{ALICE.sid}"


@pytest.mark.parametrize(
    ("user", "target", "found"),
    [
        (ALICE, "console", None),
        (replace(ALICE, logged_on=False, connected=True), None, None),
        (replace(ALICE, logged_on=False), "alice", Deferred("change", "user logon", r"CORP\alice is logged off")),
        (None, "console", Deferred("change", "user logon", "nobody is at the screen")),
    ],
)
def test_who_cannot_be_asked_now_is_waited_for(user, target, found):
    assert reach.reach(laptop(user=user, target=Target(target)), "change") == found


@pytest.mark.parametrize("target", [None, r"CORP\carol"])
def test_who_does_not_exist_is_a_failure(target):
    found = reach.reach(laptop(user=None, target=Target(target)))
    assert isinstance(found, Failure)
    assert found.code == "no_profile"


@pytest.mark.parametrize("why", get_args(whose.Why))
def test_why_nobody_is_meant_has_its_reason_and_a_way_on(why):
    seen = replace(laptop(user=None, target=Target("alice")), nobody=whose.Nobody(why, "because"))
    found = reach.reach(seen, "change")
    if isinstance(found, Deferred):
        assert (found.sentence, found.waits_for) == ("change", "user logon")
        assert found.reason.startswith("because")
    else:
        assert found.cause == "because"
        assert found.remedy
        assert found.code
    assert isinstance(found, Deferred) == (why in ("away", "unknown", "homeless", "temporary"))


@pytest.mark.parametrize(
    "said",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"results":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"results": [1' + b"0" * 400 + b", 1e999]}",
        b'{"results": [{"ok": true, "value": {"seconds": 1e999}}, {}]}',
        b'{"results": [], "results": [{}, {}]}',
        b'{"results": {"a": 1, "b": 2}}',
        b'{"results": "ab"}',
        b'{"results": [null, [1]]}',
        b"\xff\xfe",
        b"",
    ],
    ids=lambda one: repr(one[:30]),
)
def test_a_reply_in_their_hands_is_never_more_than_their_failure(said):
    with pytest.raises(StepError, match="is not an agent's") as failed:
        ask({"file.read": contents(said)})
    assert failed.value.remedy


def test_a_reply_is_waited_for_no_longer_than_is_said_and_fits_in_a_line():
    task = Task.of(ALICE, RUN, [call.run("wsl.exe", timeout=9000)] * 9, longest=240)
    (wait,) = [one for one in task.calls if one.verb == "file.wait"]
    assert wait.fields["timeout"] == 240
    (read,) = [one for one in task.calls if one.verb == "file.read"]
    assert read.fields["limit"] * 4 / 3 < heard.LARGEST * 0.8
