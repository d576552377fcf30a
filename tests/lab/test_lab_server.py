"""Laptops over real SSH: who may in, what runs, and what happens when the line is cut."""

import asyncio
import json

import asyncssh
import pytest
from ssh import KEY, agent_of, connect, machine, serve

from pyinfra_wsl import agent
from pyinfra_wsl.lab.wsl import package as wsl_package

HANG = {"verb": "run", "exe": "ping.exe", "arguments": ["-n", "100000", "127.0.0.1"]}


REFUSED = r"refused|Connect call failed"


async def hangs_up(channel):
    """Read until the other side is gone, however it goes."""
    try:
        while await channel.line():
            continue
    except asyncssh.Error:
        return


def names(laptop):
    return sorted(item.name for item in laptop.machine.processes)


def test_a_command_runs_in_cmd_with_its_exit_code():
    async def story(laptop):
        async with connect(laptop) as connection:
            done = await connection.run("hostname & exit 7")
            assert (done.stdout, done.exit_status) == ("LT-SSH\r\n", 7)

    serve(story)


def test_the_password_of_an_administrator_opens():
    async def story(laptop):
        async with connect(laptop, client_keys=None, password="correct horse") as connection:
            assert (await connection.run("whoami")).stdout == "lt-ssh\\fleet-admin\r\n"

    serve(story)


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_keys": None, "password": "wrong"},
        {"username": "alice"},
        {"username": "nobody"},
        {"client_keys": [asyncssh.generate_private_key("ssh-ed25519")]},
    ],
    ids=["password", "a user without rights", "nobody", "key"],
)
def test_others_stay_outside(wrong):
    async def story(laptop):
        with pytest.raises(asyncssh.PermissionDenied):
            await connect(laptop, **wrong)

    serve(story)


def test_the_laptop_is_built_when_somebody_comes():
    async def story(laptop):
        assert laptop.built is None
        async with connect(laptop) as connection:
            await connection.run("ver")
        assert laptop.built is not None

    serve(story)


@pytest.mark.parametrize("shell", ["cmd", "powershell"])
def test_the_agent_starts_through_either_default_shell(shell):
    async def story(laptop):
        async with agent_of(laptop) as channel:
            assert channel.hello["user"] == "fleet-admin"
            (state,) = await channel.ask({"verb": "file.state", "path": r"%SystemRoot%\System32\cmd.exe"})
            assert state["value"]["exists"]

    assert serve(story, shell=shell).machine.complaints == []


def test_powershell_as_the_default_shell_runs_plain_programs_only():
    async def story(laptop):
        async with connect(laptop) as connection:
            assert (await connection.run("hostname")).stdout == "LT-SSH\r\n"
            assert (await connection.run("$env:X = 1")).exit_status == 251

    assert serve(story, shell="powershell").machine.complaints  # noqa: S604 - the name of sshd's default shell


@pytest.mark.parametrize("shell", ["cmd", "powershell"])
@pytest.mark.parametrize(
    "command",
    [
        "powershell -Command $PSVersionTable",
        "powershell -c $PSVersionTable",
        "powershell.exe /com $PSVersionTable",
        "powershell -NoProfile -Command -",
        'powershell -Command "hostname; whoami"',
        'powershell -Command "hostname | more"',
        "powershell $PSVersionTable",
        "powershell",
        "powershell -Command",
        "powershell -NoProfile -EncodedCommand ZQBjAGgAbwA=",
        "pwsh -c $PSVersionTable",
        "pwsh -Command hostname",
    ],
)
def test_what_needs_a_powershell_is_a_loud_refusal(command, shell):
    async def story(laptop):
        async with connect(laptop) as connection:
            done = await connection.run(command)
            assert done.exit_status == (1 if command.startswith("pwsh") and shell == "cmd" else 251)
            assert done.stdout == ""
            said = "is not recognized" if command.startswith("pwsh") and shell == "cmd" else "the lab has no PowerShell"
            assert said in done.stderr

    laptop = serve(story, shell=shell)
    assert bool(laptop.machine.complaints) is not (command.startswith("pwsh") and shell == "cmd")


@pytest.mark.parametrize(
    "command", ["powershell -Command hostname", 'powershell.exe -NoProfile -command "hostname"', "powershell -c hostname"]
)
def test_a_plain_program_behind_command_runs(command):
    async def story(laptop):
        async with connect(laptop) as connection:
            assert (await connection.run(command)).stdout == "LT-SSH\r\n"

    assert serve(story).machine.complaints == []


def test_in_constrained_language_mode_the_agent_is_refused():
    async def story(laptop):
        laptop.machine.faults.constrained_language = True
        async with connect(laptop) as connection:
            done = await connection.run(agent.command_line())
            assert json.loads(done.stdout) == {"refused": "ConstrainedLanguage"}
            assert done.exit_status == 3

    serve(story)


def test_another_source_than_the_shipped_one_is_loud():
    async def story(laptop):
        async with connect(laptop) as connection:
            done = await connection.run(agent.command_line(), input="bm90IHRoZSBhZ2VudA==\n")
            assert done.exit_status == 251
            assert "not the agent that is shipped" in done.stderr

    serve(story)


def test_garbage_comes_once_where_it_is_asked_for():
    async def story(laptop):
        laptop.machine.faults.garbage_answers = 1
        async with agent_of(laptop) as channel:
            with pytest.raises(ValueError, match="Expecting value"):
                await channel.ask()
            assert await channel.ask() == []

    serve(story)


def test_a_closed_connection_ends_what_ran_in_it():
    async def story(laptop):
        async with agent_of(laptop) as channel:
            asking = asyncio.ensure_future(channel.ask(HANG))
            await asyncio.sleep(0.1)
            assert "ping.exe" in names(laptop)
        asking.cancel()
        await asyncio.sleep(0.1)
        assert names(laptop) == ["explorer.exe"]

    serve(story)


def test_a_lock_is_free_after_its_connection():
    lock = {"verb": "file.lock", "path": r"%ProgramFiles%\x\lock", "holder": "one"}

    async def story(laptop):
        async with agent_of(laptop) as first, agent_of(laptop) as second:
            assert (await first.ask(lock))[0]["ok"]
            assert (await second.ask(lock))[0]["error"]["kind"] == "in_use"
        async with agent_of(laptop) as third:
            assert (await third.ask(lock | {"timeout": 2}))[0]["ok"]

    serve(story)


def test_a_restart_cuts_the_line_and_the_laptop_comes_back_at_its_port():
    async def story(laptop):
        port, before = laptop.port, laptop.machine.booted_at
        async with agent_of(laptop) as channel:
            await channel.ask({"verb": "run", "exe": "shutdown.exe", "arguments": ["/g", "/t", "0"]})
            await hangs_up(channel)
        with pytest.raises(OSError, match=REFUSED):
            await connect(laptop)
        await asyncio.sleep(0.6)
        async with agent_of(laptop):
            assert laptop.port == port
            assert laptop.machine.booted_at > before

    serve(story)


def test_the_line_is_cut_in_the_middle_of_an_import_and_the_half_of_it_stays():
    def build():
        built = machine(pace=0.2)
        for name in ("VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux"):
            built.features.set_state(name, "Enabled")
        built.settle()
        wsl_package.install(built)
        built.files.write(r"C:\root.tar", bytes(10240))
        built.faults.drop_connection_during = "wsl.exe --import"
        return built

    async def story(laptop):
        words = ["--import", "X", r"C:\x", r"C:\root.tar"]
        async with agent_of(laptop) as channel:
            with pytest.raises((asyncssh.Error, ValueError)):
                await channel.ask({"verb": "run", "exe": r"C:\Program Files\WSL\wsl.exe", "arguments": words})
        assert laptop.machine.faults.drop_connection_during is None
        await asyncio.sleep(0.1)
        assert "wsl.exe" not in names(laptop)
        async with agent_of(laptop):
            pass

    serve(story, build)


def test_nothing_listens_on_a_laptop_that_is_off():
    async def story(laptop):
        with pytest.raises(OSError, match=REFUSED):
            await connect(laptop)
        laptop.replace(machine)
        await asyncio.sleep(0.1)
        async with connect(laptop) as connection:
            assert (await connection.run("hostname")).exit_status == 0

    serve(story, offline=True)


def test_several_sessions_share_one_laptop():
    async def story(laptop):
        async with connect(laptop) as one, connect(laptop, client_keys=[KEY]) as other:
            await one.run("mkdir C:\\shared")
            assert (await other.run("dir /b C:\\")).stdout.count("shared") == 1

    serve(story)
