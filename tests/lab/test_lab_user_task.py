"""A task in a user's own session: icacls.exe, schtasks.exe, conhost.exe and the agent from file to file."""

import asyncio
import json

import pytest
from lab_laptop import LabLaptop, error, text

from pyinfra_wsl import agent
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.start import run

FOLDER = r"C:\Program Files\pyinfra-wsl\runs\7"
TASK = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Principals><Principal id="user"><UserId>{sid}</UserId><LogonType>InteractiveToken</LogonType>
    <RunLevel>LeastPrivilege</RunLevel></Principal></Principals>
  <Settings><ExecutionTimeLimit>PT60S</ExecutionTimeLimit></Settings>
  <Actions Context="user"><Exec><Command>C:\\Windows\\System32\\conhost.exe</Command><Arguments>--headless \
C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass \
-File "{folder}\\agent.ps1" -Request "{folder}\\request.json" -Reply "{folder}\\reply.json"</Arguments></Exec></Actions>
</Task>
"""


@pytest.fixture
def laptop():
    laptop = LabLaptop()
    files, sid = laptop.machine.files, laptop.alice.sid
    files.make(FOLDER)
    laptop.run(
        "icacls.exe", FOLDER, "/inheritance:r", "/grant:r", "*S-1-5-32-544:(OI)(CI)F", "*S-1-5-18:(OI)(CI)F", f"*{sid}:(OI)(CI)RX"
    )
    files.write(rf"{FOLDER}\reply.json", b"")
    laptop.run("icacls.exe", rf"{FOLDER}\reply.json", "/grant", f"*{sid}:(WD)")
    files.write(rf"{FOLDER}\agent.ps1", agent.source())
    files.write(rf"{FOLDER}\task.xml", b"\xff\xfe" + TASK.format(sid=sid, folder=FOLDER).encode("utf-16-le"))
    return laptop


def carry_out(laptop, *calls):
    """Write the request, create and run the task, and return the reply, None where none came."""
    files = laptop.machine.files
    files.write(rf"{FOLDER}\request.json", json.dumps({"id": 1, "calls": calls, "keep_going": True}).encode())

    async def story():
        create = await run(
            laptop.machine, laptop.admin, "schtasks.exe", "/Create", "/TN", "\\x\\7", "/XML", rf"{FOLDER}\task.xml", "/F"
        )
        start = await run(laptop.machine, laptop.admin, "schtasks.exe", "/Run", "/TN", "\\x\\7")
        assert (create.code, start.code) == (0, 0), error(create) + error(start)
        for _ in range(50):
            await asyncio.sleep(0.01)
            if files.read(rf"{FOLDER}\reply.json").endswith(b"\n"):
                return json.loads(files.read(rf"{FOLDER}\reply.json"))["results"]
        return None

    return laptop.tell(story)


WHOAMI = {"verb": "run", "exe": "whoami.exe"}


def test_the_task_is_carried_out_as_the_user_in_their_session(laptop):
    write, read, run = carry_out(
        laptop,
        {"verb": "registry.write", "key": r"HKCU\Software\X", "name": "a", "type": "DWord", "data": 5},
        {"verb": "registry.write", "key": r"HKLM\SOFTWARE\X", "name": "a", "type": "DWord", "data": 5},
        WHOAMI,
    )
    assert write["ok"]
    assert read["error"]["kind"] == "access_denied"
    assert run["ok"]
    assert laptop.machine.registry.get(rf"HKU\{laptop.alice.sid}\Software\X", "a") == 5
    assert not laptop.machine.complaints


def test_the_user_may_not_change_what_they_are_asked(laptop):
    (write,) = carry_out(laptop, {"verb": "file.write", "path": rf"{FOLDER}\request.json", "data": ""})
    assert write["error"]["kind"] == "access_denied"


def test_others_may_not_read_the_task(laptop):
    bob = windows.add_person(laptop.machine, "bob")
    outcome = laptop.cmd(rf'type "{FOLDER}\agent.ps1"', Token(bob, False, 2))
    assert outcome.code == 1
    assert "denied" in error(outcome)


def test_without_a_session_nothing_happens(laptop):
    laptop.machine.log_off(laptop.alice)
    assert carry_out(laptop, WHOAMI) is None


def test_another_agent_than_the_shipped_one_is_not_started(laptop):
    laptop.machine.files.write(rf"{FOLDER}\agent.ps1", agent.source() + b"# changed")
    assert carry_out(laptop, WHOAMI) is None
    assert "not the agent that is shipped" in laptop.machine.complaints[0]


def test_a_task_that_runs_too_long_is_ended(laptop):
    files = laptop.machine.files
    xml = files.read(rf"{FOLDER}\task.xml").decode("utf-16").replace("PT60S", "PT1S")
    files.write(rf"{FOLDER}\task.xml", b"\xff\xfe" + xml.encode("utf-16-le"))
    files.write(rf"{FOLDER}\request.json", b'{"id": 1, "calls": [{"verb": "file.wait", "path": "C:\\\\never", "timeout": 60}]}')

    async def story():
        await run(laptop.machine, laptop.admin, "schtasks.exe", "/Create", "/TN", "x", "/XML", rf"{FOLDER}\task.xml")
        await run(laptop.machine, laptop.admin, "schtasks.exe", "/Run", "/TN", "x")
        await asyncio.sleep(0.05)
        assert "powershell.exe" in [item.name for item in laptop.machine.processes]
        await asyncio.sleep(1.2)
        assert "powershell.exe" not in [item.name for item in laptop.machine.processes]

    laptop.tell(story)


def test_tasks_are_listed_and_deleted(laptop):
    create = ("/Create", "/TN", "x", "/XML", rf"{FOLDER}\task.xml")
    assert laptop.run("schtasks.exe", *create).code == 0
    assert laptop.run("schtasks.exe", *create).code == 1, "it exists, and /F is not given"
    assert "\\x" in text(laptop.run("schtasks.exe", "/Query"))
    assert laptop.run("schtasks.exe", "/Delete", "/TN", "x", "/F").code == 0
    for words in (("/Query", "/TN", "x"), ("/Run", "/TN", "x"), ("/Delete", "/TN", "x", "/F")):
        assert laptop.run("schtasks.exe", *words).code == 1


def test_a_user_without_rights_creates_no_task_and_changes_no_rights(laptop):
    assert laptop.run("schtasks.exe", "/Create", "/TN", "x", "/XML", rf"{FOLDER}\task.xml", token=laptop.user).code == 1
    assert laptop.run("icacls.exe", FOLDER, "/grant", f"*{laptop.alice.sid}:(OI)(CI)F", token=laptop.user).code == 5


def test_rights_are_shown_by_name(laptop):
    shown = text(laptop.run("icacls.exe", FOLDER))
    assert "CORP\\alice:(OI)(CI)(RX)" in shown
    assert "BUILTIN\\Administrators:(OI)(CI)(F)" in shown
    assert laptop.run("icacls.exe", r"C:\none").code == 2


def test_a_single_right_stands_in_brackets_and_only_a_folder_passes_rights_on(laptop):
    assert "CORP\\alice:(WD)" in text(laptop.run("icacls.exe", rf"{FOLDER}\reply.json"))
    for path, words in ((FOLDER, "WD"), (rf"{FOLDER}\reply.json", "(OI)(CI)F"), (FOLDER, "(OI)(CI)(ZZ)")):
        laptop.run("icacls.exe", path, "/grant", f"*{laptop.alice.sid}:{words}")
    assert len(laptop.machine.complaints) == 3
    laptop.run("icacls.exe", FOLDER, "/grant", f"*{laptop.alice.sid}:(CI)(WD,AD)")
    assert "CORP\\alice:(CI)(WD,AD)" in text(laptop.run("icacls.exe", FOLDER))
