"""A person who is no administrator, at their own laptop: what they try with a task of ours, and what comes of it."""

import pytest
from support.lab_laptop import LabLaptop

from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Request
from pyinfra_wsl.core.windows.user import Task
from pyinfra_wsl.lab.machine.account import SYSTEM
from pyinfra_wsl.lab.machine.files import FileError

RUNS = r"C:\Program Files\pyinfra-wsl\runs"
SECRET = r"C:\Windows\System32\config\SECRET"
PREY = r"C:\Windows\System32\prey"


@pytest.fixture
def laptop():
    laptop = LabLaptop()
    files = laptop.machine.files
    files.write(SECRET, b'{"results": [{"ok": true, "value": {}}]}\n')
    node = files.stat(SECRET)
    node.inherits, node.grants = False, {SYSTEM: "F", "S-1-5-32-544": "F"}
    files.write(rf"{PREY}\keep.dll", b"x")
    return laptop


def carry_out(laptop, attack):
    """Carry out a task of one call, and let the person act once all of it is brought and before their agent begins."""
    user, run = laptop.look().user, laptop.next_run
    task = Task.of(user, run, [call.run(r"%SystemRoot%\System32\whoami.exe", timeout=1)])
    folder = rf"{RUNS}\{run.id}"
    brought = 6
    answers = laptop.ask(task.calls[:brought], keep_going=True)
    attack(laptop.machine.files, laptop.token(laptop.alice), folder)
    answers += laptop.ask(task.calls[brought:], keep_going=True)
    return task, answers, folder


def refused(act):
    with pytest.raises(FileError) as caught:
        act()
    return caught.value.kind


def nothing(_files, _alice, _folder):
    pass


def test_a_task_that_nobody_disturbs_leaves_nothing(laptop):
    task, answers, folder = carry_out(laptop, nothing)
    (answer,) = task.answers(answers)
    assert answer.ok
    assert not laptop.machine.files.exists(folder)
    assert not laptop.machine.tasks


def test_they_can_do_nothing_to_the_folder_but_write_into_the_reply(laptop):
    def attack(files, alice, folder):
        reply = rf"{folder}\reply.json"
        for act in (
            lambda: files.remove(reply, alice),
            lambda: files.move(reply, r"C:\Users\alice\reply.json", alice),
            lambda: files.write(rf"{folder}\new", b"", alice),
            lambda: files.write(reply, b"", alice),  # a replacement
            lambda: files.make(rf"{folder}\sub", alice),
            lambda: files.link(rf"{folder}\reply", PREY, alice),
            lambda: files.link(folder, PREY, alice),
            lambda: files.symlink(reply, SECRET, alice),
            lambda: files.hard_link(rf"{folder}\second", SECRET, alice),
            lambda: files.write(rf"{folder}\request.json", b"", alice),
            lambda: files.write(rf"{RUNS}\mine\x", b"", alice),
        ):
            assert refused(act) in ("access_denied", "no_privilege", "not_empty")
        files.fill(files.opened(reply, alice), b"garbage")

    task, answers, folder = carry_out(laptop, attack)
    assert task.answers(answers)[0].ok, "their agent writes over it"
    assert not laptop.machine.files.exists(folder)


def test_a_reply_made_a_link_with_developer_mode_is_not_followed(laptop):
    def attack(files, alice, folder):
        files.symlink(rf"{folder}\reply.json", SECRET, alice, developer=True)

    task, answers, folder = carry_out(laptop, attack)
    with pytest.raises(StepError, match="tampered with") as failed:
        task.answers(answers)
    assert SECRET not in str(failed.value)
    assert laptop.machine.files.exists(SECRET)
    assert not laptop.machine.files.exists(folder), "the link went, not what it leads to"


def test_a_reply_that_is_held_open_ends_the_task_and_nothing_else(laptop):
    def attack(files, _alice, folder):
        files.stat(rf"{folder}\reply.json").open_by = "alice"

    user, run = laptop.look().user, laptop.next_run
    task = Task.of(user, run, [call.run(r"%SystemRoot%\System32\whoami.exe", timeout=1)])
    calls = [
        call.file_wait(str(one.fields["path"]), 0.3, line=True, begin=0.2) if one.verb == "file.wait" else one
        for one in task.calls
    ]
    answers = laptop.ask(calls[:6], keep_going=True)
    attack(laptop.machine.files, None, rf"{RUNS}\{run.id}")
    answers += laptop.ask(calls[6:], keep_going=True)
    with pytest.raises(StepError) as failed:
        task.answers(answers)
    assert failed.value.code == "task_timeout"
    assert not laptop.machine.tasks


def test_a_folder_of_an_old_run_made_a_junction_is_not_gone_through(laptop):
    """As an earlier version left it: a folder of the person's in ours."""
    files, user, run = laptop.machine.files, laptop.look().user, laptop.next_run
    folder = rf"{RUNS}\{run.id}"
    files.make(rf"{folder}\reply").grants = {laptop.alice.sid: "M"}
    files.link(rf"{folder}\reply", PREY, laptop.token(laptop.alice))
    (request,) = [one for one in laptop.asked_by(user.ask(run, call.file_state("C:\\"))) if isinstance(one, Request)]
    assert not any(one.fields.get("tree") for one in request.calls)
    assert files.exists(rf"{PREY}\keep.dll")
