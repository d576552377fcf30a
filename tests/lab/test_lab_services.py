"""Services, local groups, pipes, owners and variables of a laptop (Microsoft, "Windows commands", "Environment Variables")."""

import asyncio
import base64
import json

import pytest
from lab_laptop import LabLaptop, error, text

from pyinfra_wsl.lab.agent import Agent
from pyinfra_wsl.lab.machine import start
from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, SYSTEM
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY
from pyinfra_wsl.lab.machine.text import encoding
from pyinfra_wsl.lab.machine.windows import PROGRAM_IMAGE

SERVICE = "com.docker.service"


@pytest.fixture
def laptop():
    laptop = LabLaptop()
    laptop.machine.services.create(SERVICE, "Docker Desktop Service", r"C:\d.exe", 3, ("LanmanServer",))
    return laptop


def ask(laptop, token=None, **call):
    """Ask the laptop's agent."""
    token = token or laptop.admin
    process = laptop.machine.processes.add("powershell.exe", token)
    agent = Agent(laptop.machine, token, process, None, token.account.profile, laptop.machine.environment(token))
    reply = asyncio.run(agent.answer(json.dumps({"id": 1, "calls": [call]})))["results"][0]
    assert reply["ok"], reply
    return reply["value"]


@pytest.mark.parametrize(
    ("words", "code", "runs"),
    [
        (("start", SERVICE), 0, True),
        (("stop", SERVICE), 1062, False),
        (("config", SERVICE, "start=", "auto"), 0, False),
        (("config", SERVICE, "start=", "disabled"), 0, False),
        (("start", "nothing"), 1060, False),
        (("query", SERVICE), 0, False),
    ],
)
def test_a_service_on_demand_is_started_and_set(laptop, words, code, runs):
    assert laptop.run("sc.exe", *words).code == code
    assert laptop.machine.services.running(SERVICE) == runs


def test_a_service_does_not_start_when_what_it_needs_is_disabled(laptop):
    """com.docker.service depends on LanmanServer (docker/for-win #10288)."""
    for words in (("config", "LanmanServer", "start=", "disabled"), ("stop", "LanmanServer")):
        assert laptop.run("sc.exe", *words).code == 0
    assert laptop.run("sc.exe", "start", SERVICE).code == 1068
    assert laptop.run("sc.exe", "start", "LanmanServer").code == 1058


def test_what_a_service_needs_starts_with_it(laptop):
    assert laptop.run("net.exe", "stop", "LanmanServer").code == 0
    assert laptop.run("net.exe", "start", SERVICE).code == 0
    assert laptop.machine.services.running("LanmanServer")
    assert laptop.run("net.exe", "start", SERVICE).code == 2


def test_a_boot_starts_what_is_automatic_and_nothing_else(laptop):
    laptop.run("sc.exe", "start", SERVICE)
    laptop.run("sc.exe", "stop", "LanmanServer")
    laptop.tell(laptop.machine.reboot)
    assert not laptop.machine.services.running(SERVICE)
    assert laptop.machine.services.running("LanmanServer")


def test_only_administrators_switch_services(laptop):
    assert laptop.run("sc.exe", "start", SERVICE, token=laptop.user).code == 5
    assert laptop.run("net.exe", "start", SERVICE, token=laptop.user).code == 2
    assert not laptop.machine.services.running(SERVICE)


def test_cim_tells_services_with_their_state(laptop):
    wanted = {"class": "Win32_Service", "properties": ["Name", "State", "StartMode"], "filter": f"Name='{SERVICE}'"}
    assert ask(laptop, verb="cim.get", **wanted)["objects"] == [{"Name": SERVICE, "State": "Stopped", "StartMode": "Manual"}]


def test_a_group_is_made_filled_shown_and_emptied(laptop):
    assert laptop.run("net.exe", "localgroup", "docker-users").code == 2
    assert laptop.run("net.exe", "localgroup", "docker-users", "/add").code == 0
    assert laptop.run("net.exe", "localgroup", "docker-users", r"CORP\alice", "/add").code == 0
    assert "1378" in error(laptop.run("net.exe", "localgroup", "docker-users", r"CORP\alice", "/add"))
    assert "\nCORP\\alice\n" in text(laptop.run("net.exe", "localgroup", "docker-users"))
    groups = ask(laptop, verb="cim.get", **{"class": "Win32_Group", "filter": "Name='docker-users'"})["objects"]
    assert [one["Name"] for one in groups] == ["docker-users"]
    assert laptop.run("net.exe", "localgroup", "docker-users", r"CORP\alice", "/delete").code == 0
    assert laptop.machine.groups.of(laptop.alice.sid) == frozenset()


def test_a_membership_counts_from_the_next_logon(laptop):
    laptop.run("net.exe", "localgroup", "docker-users", "/add")
    laptop.run("net.exe", "localgroup", "docker-users", "alice", "/add")
    assert laptop.alice.memberships == frozenset()
    laptop.machine.log_off(laptop.alice)
    laptop.machine.log_on(laptop.alice)
    assert laptop.alice.memberships == {"docker-users"}


def test_only_administrators_change_groups(laptop):
    assert laptop.run("net.exe", "localgroup", "docker-users", "/add", token=laptop.user).code == 2
    assert laptop.machine.groups.get("docker-users") is None


def test_a_pipe_is_there_for_as_long_as_its_process_runs(laptop):
    server = laptop.machine.processes.add("dockerd.exe", laptop.admin)
    assert laptop.machine.pipes.listen("docker_engine", server)
    assert not laptop.machine.pipes.listen("Docker_Engine", laptop.machine.processes.add("other.exe", laptop.admin))
    assert ask(laptop, verb="file.state", path=r"\\.\pipe\docker_engine")["exists"]
    assert [one["name"] for one in ask(laptop, verb="file.list", path=r"\\.\pipe" + "\\")["entries"]] == ["docker_engine"]
    laptop.machine.processes.end(server)
    assert not ask(laptop, verb="file.state", path=r"\\.\pipe\docker_engine")["exists"]


def test_a_folder_belongs_to_who_made_it_until_it_is_given_away(laptop):
    files = laptop.machine.files
    files.stat(r"C:\ProgramData").grants = {"S-1-5-32-545": "M"}
    owners = [files.make(rf"C:\ProgramData\{name}", token).owner for name, token in (("a", laptop.admin), ("u", laptop.user))]
    assert [*owners, files.make(r"C:\ProgramData\w").owner] == [ADMINISTRATORS, laptop.alice.sid, SYSTEM]
    files.write(r"C:\ProgramData\u\f", b"", laptop.user)
    assert laptop.run("icacls.exe", r"C:\ProgramData\u", "/setowner", "*S-1-5-32-544", "/t", token=laptop.user).code == 5
    assert laptop.run("icacls.exe", r"C:\ProgramData\u", "/setowner", "*S-1-5-32-544", "/t").code == 0
    assert {files.stat(rf"C:\ProgramData\u{below}").owner for below in ("", r"\f")} == {ADMINISTRATORS}


def test_a_users_variable_replaces_the_laptops_and_their_path_comes_behind_it(laptop):
    own = rf"HKU\{laptop.alice.sid}\Environment"
    laptop.machine.registry.set(ENVIRONMENT_KEY, "DOCKER_HOST", "String", "tcp://10.0.0.1:2375")
    laptop.machine.registry.set(own, "docker_host", "ExpandString", "tcp://%COMPUTERNAME%:2376")
    laptop.machine.registry.set(own, "Path", "ExpandString", r"%USERPROFILE%\bin")
    theirs, ours = laptop.machine.environment(laptop.user), laptop.machine.environment(laptop.admin)
    assert (theirs["DOCKER_HOST"], ours["DOCKER_HOST"]) == ("tcp://LT-LAB:2376", "tcp://10.0.0.1:2375")
    assert theirs["Path"] == rf"{ours['Path'].rstrip(';')};C:\Users\alice\bin"
    assert ask(laptop, verb="cim.get", **{"class": "Win32_Environment", "filter": "Name='DOCKER_HOST'"})["objects"]


def test_a_program_is_known_by_what_its_file_holds_whatever_its_name(laptop):
    programs = laptop.machine.part(start.Programs)

    async def seven(_inv):
        return 7

    programs.kinds = {b"MZ-seven": lambda _machine, data: seven if data.endswith(b"x64") else 216}
    laptop.machine.files.write(r"C:\a.exe", b"MZ-seven x64")
    laptop.machine.files.write(r"C:\b.exe", b"MZ-seven arm64")
    laptop.machine.files.write(r"C:\hostname.exe", PROGRAM_IMAGE)
    assert laptop.run(r"C:\a.exe").code == 7
    assert laptop.run(r"C:\hostname.exe").code == 0
    with pytest.raises(start.StartError) as raised:
        laptop.run(r"C:\b.exe")
    assert raised.value.code == 216


def test_what_certutil_prints_is_the_digest(laptop):
    laptop.machine.files.write(r"C:\a.bin", base64.b64decode("AAA="))
    assert "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7" in text(
        laptop.run("certutil.exe", "-hashfile", r"C:\a.bin", "SHA256")
    )


@pytest.mark.parametrize(("culture", "owner"), [("en-US", "BUILTIN\\Administrators"), ("de-DE", "VORDEFINIERT\\Administ")])
def test_dir_shows_owners_cut_off_and_in_the_language_of_windows(culture, owner):
    laptop = LabLaptop(culture=culture)
    laptop.machine.files.make(r"C:\ProgramData\DockerDesktop", laptop.admin)
    laptop.machine.files.make(r"C:\ProgramData\other").owner = laptop.alice.sid
    lines = text(laptop.cmd(r"dir /q /ad C:\ProgramData")).splitlines()
    shown = {line.split()[-1]: line for line in lines}
    assert owner in shown["DockerDesktop"]
    assert r"CORP\alice" in shown["other"]


def test_virtual_machines_of_hyper_v_are_in_a_namespace_of_their_own():
    laptop = LabLaptop()
    call = {
        "verb": "cim.get",
        "class": "Msvm_ComputerSystem",
        "namespace": "root/virtualization/v2",
        "filter": "ElementName='vm'",
    }
    laptop.machine.virtual_machines["vm"] = True
    with pytest.raises(AssertionError, match="Invalid namespace"):
        ask(laptop, **call)
    for name in ("Microsoft-Hyper-V-All", "Microsoft-Hyper-V", "Microsoft-Hyper-V-Services"):
        laptop.machine.features.set_state(name, "Enabled")
    laptop.machine.settle()
    assert [one["EnabledState"] for one in ask(laptop, **call)["objects"]] == [2]


@pytest.mark.parametrize(("culture", "word"), [("en-US", "Members"), ("de-DE", "Mitglieder"), ("zh-CN", "成员")])
def test_a_group_is_shown_in_the_language_of_windows_its_own_people_by_their_bare_names(culture, word):
    laptop = LabLaptop(culture=culture)
    for account in (laptop.alice, laptop.admin.account):
        laptop.machine.groups.add("docker-users", account.sid)
    shown = laptop.run("net.exe", "localgroup", "docker-users").stdout.decode(encoding(culture)).split("\r\n")
    assert word in shown
    assert {r"CORP\alice", "fleet-admin"} <= set(shown)
