"""Starting distributions and Linux programs: refusals, users, wsl.conf, .wslconfig, idling out (LxssUserSession.cpp)."""

import asyncio
import re

import pytest
from wsl_laptop import Laptop, archive, code, laptop, text

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import LOCAL_SYSTEM, Token
from pyinfra_wsl.lab.machine.machine import Firmware
from pyinfra_wsl.lab.wsl.registration import INSTALLING, lxss_key
from pyinfra_wsl.lab.wsl.wsl import Wsl

POLICIES = r"HKLM\SOFTWARE\Policies\WSL"
HYPERV = "CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED"


def ready(conf: bytes = b"", wslconfig: bytes | None = None, **settings) -> Laptop:
    here = laptop(**settings)
    here.register("D", root=archive(**{"etc__wsl.conf": conf}) if conf else archive())
    if wslconfig is not None:
        here.put(r"C:\Users\alice\.wslconfig", wslconfig)
    return here


def firmware(machine):
    machine.firmware = Firmware(virtualization=False)


def launch_off(machine):
    windows.set_hypervisor_launch(machine, "off")


@pytest.mark.parametrize("spoil", [firmware, launch_off])
def test_without_a_hypervisor_neither_start_nor_import_works(spoil):
    here = ready()
    spoil(here.machine)
    here.machine.settle()
    assert code(here.wsl("-d", "D", "-e", "true")) == f"Wsl/Service/CreateInstance/{HYPERV}"
    here.put(r"C:\d.tar", archive())
    assert code(here.wsl("--import", "E", r"C:\Users\alice\E", r"C:\d.tar")) == f"Wsl/Service/RegisterDistro/{HYPERV}"
    assert here.lxss("E") == {}
    assert not here.machine.files.exists(r"C:\Users\alice\E")


def test_without_the_platform_the_host_compute_service_is_missing_and_wsl1_still_starts():
    here = ready(features=("Microsoft-Windows-Subsystem-Linux",))
    assert code(here.wsl("-d", "D", "-e", "true")) == "Wsl/Service/CreateInstance/CreateVm/HCS/HCS_E_SERVICE_NOT_AVAILABLE"
    here.register("one", version=1)
    assert here.wsl("-d", "one", "-e", "wslinfo", "--networking-mode").stdout == b"wsl1\n"


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (["--list"], False),
        (["--status"], False),
        (["-d", "D", "-e", "true"], False),
        (["--shutdown"], False),
        (["--version"], True),
        (["--set-default-version", "2"], True),
        (["--install", "--no-distribution"], True),
    ],
)
def test_local_system_is_refused_by_the_service_and_not_by_wsl_exe(words, answers):
    here = ready()
    outcome = here.wsl(*words, token=Token(LOCAL_SYSTEM))
    assert (outcome.code == 0) == answers
    assert answers or code(outcome) == "Wsl/WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED"


@pytest.mark.parametrize(
    ("kind", "data", "refused"), [("DWord", 0, True), ("DWord", 1, False), ("DWord", 12, False), ("String", "0", False)]
)
def test_policy_allowwsl_refuses_only_as_the_number_0(kind, data, refused):
    here = ready()
    here.machine.registry.set(POLICIES, "AllowWSL", kind, data)
    outcome = here.wsl("--list", "--quiet")
    assert (outcome.code == -1) == refused
    assert not refused or code(outcome) == "Wsl/ERROR_ACCESS_DISABLED_BY_POLICY"


def test_policy_allowwsl_closes_what_runs():
    here = ready()

    async def tell():
        await here.call("-d", "D", "-e", "true")
        here.machine.registry.set(POLICIES, "AllowWSL", "DWord", 0)
        assert (await here.call("--list", "--running")).code == -1
        here.machine.registry.remove_value(POLICIES, "AllowWSL")
        assert (await here.call("--list", "--running", "--quiet")).stdout == b""

    here.story(tell)


def test_windows_10_needs_the_subsystem_feature_for_anything():
    here = laptop(build=19045, features=("VirtualMachinePlatform",))
    assert code(here.wsl("--list")) == "Wsl/WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED"


def test_windows_10_with_both_features_works():
    here = ready(build=19045)
    assert here.wsl("-d", "D", "-e", "true").code == 0


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("-d absent -e true", "Wsl/Service/WSL_E_DISTRO_NOT_FOUND"),
        ("-d half -e true", "Wsl/Service/WSL_E_DISTRO_NOT_FOUND"),
        ("--distribution-id nonsense -e true", "Wsl/E_INVALIDARG"),
        (
            "--distribution-id {00000000-0000-0000-0000-000000000001} -e true",
            "Wsl/Service/CreateInstance/ReadDistroConfig/WSL_E_DISTRO_NOT_FOUND",
        ),
        ("-d D -u nobody -e true", "Wsl/WSL_E_USER_NOT_FOUND"),
        ("-d D -e", "Wsl/E_INVALIDARG"),
        ("-d D --cd relative -e true", "Wsl/E_INVALIDARG"),
        ("-d D -d D -e true", ""),
        ("-d", ""),
    ],
)
def test_starts_that_fail(line, error):
    here = ready()
    here.register("half", state=INSTALLING)
    assert code(here.run_line(line)) == error


def test_without_any_distribution_the_text_has_no_code():
    assert code(laptop().wsl("-e", "true")) == ""


def test_a_missing_disk_is_told_as_such():
    here = ready()
    here.machine.files.remove(here.lxss("D")["BasePath"], tree=True)
    assert code(here.wsl("-d", "D", "-e", "true")) == "Wsl/Service/CreateInstance/MountDisk/HCS/ERROR_PATH_NOT_FOUND"


@pytest.mark.parametrize(
    ("line", "exit_code"),
    [("-d D -e false", 1), ("-d D -e no-such", 1), ("-d D -- no-such", 127), ("-d D -e true", 0), ("-d D -- true", 0)],
)
def test_linux_exit_codes_come_through(line, exit_code):
    assert ready().run_line(line).code == exit_code


@pytest.mark.parametrize(
    ("conf", "uid", "user", "number"),
    [
        (b"", 0, "", b"0\n"),
        (b"", 1000, "", b"1000\n"),
        (b"[user]\ndefault=dev\n", 0, "", b"1000\n"),
        (b"[user]\ndefault=dev\n", 0, "root", b"0\n"),
        (b"[user]\ndefault=gone\n", 1000, "", b"1000\n"),
        (b"", 4711, "", b"0\n"),
        (b"\xef\xbb\xbf[user]\ndefault=dev\n", 0, "", b"0\n"),
        (b"broken line\n[user]\ndefault=dev\n", 0, "", b"0\n"),
        (b"[user]\ndefault=dev\nbroken line\n", 0, "", b"1000\n"),
        (b"[user]\r\ndefault=dev\r\n", 0, "", b"1000\n"),
    ],
)
def test_whom_a_command_runs_as(conf, uid, user, number):
    here = ready(conf)
    here.machine.registry.set(rf"{lxss_key(here.person.sid)}\{here.lxss('D')['guid']}", "DefaultUid", "DWord", uid)
    assert here.wsl("-d", "D", *(["-u", user] if user else []), "-e", "id", "-u").stdout == number


def test_wsl_conf_acts_at_the_next_start_only():
    here = ready()

    async def tell():
        await here.call("-d", "D", "-e", "tee", "/etc/wsl.conf", stdin=b"[network]\nhostname=box\n")
        assert (await here.call("-d", "D", "-e", "hostname")).stdout == b"lt-1\n"
        await here.call("--terminate", "D")
        assert (await here.call("-d", "D", "-e", "hostname")).stdout == b"box\n"

    here.story(tell)


def test_warnings_go_to_stderr_of_the_command_that_starts_and_of_no_later_one():
    here = ready(b"nonsense\n", b"[wsl2]\nmemory=8gb\n")

    async def tell():
        first = await here.call("-d", "D", "-e", "true")
        assert first.code == 0
        lines = first.stderr.decode().split("\r\n")
        assert [line[:5] for line in lines if line] == ["wsl: ", "wsl: "]
        assert "8gb" in lines[0]
        assert "/etc/wsl.conf" in lines[1]
        assert (await here.call("-d", "D", "-e", "true")).stderr == b""

    here.story(tell)


@pytest.mark.parametrize(
    ("wslconfig", "command", "said"),
    [
        (None, ["nproc"], b"12\n"),
        (b"[wsl2]\r\nprocessors=4\r\n", ["nproc"], b"4\n"),
        (b"[wsl2]\nprocessors=400\n", ["nproc"], b"12\n"),
        (b"[wsl2]\nnetworkingMode=mirrored\n", ["wslinfo", "--networking-mode"], b"mirrored\n"),
        (b"[experimental]\nnetworkingMode=NONE\n", ["wslinfo", "--networking-mode"], b"none\n"),
        (None, ["wslinfo", "--wsl-version", "-n"], b"2.6.1.0"),
        (None, ["uname", "-m"], b"x86_64\n"),
    ],
)
def test_what_the_guest_says_of_its_vm(wslconfig, command, said):
    assert ready(wslconfig=wslconfig).wsl("-d", "D", "-e", *command).stdout == said


@pytest.mark.parametrize(
    ("line", "gib"),
    [(b"", 16), (b"memory=8GB", 8), (b"memory=8gb", 16), (b"memory=64GB", 32), (b"memory=0", 16), (b"memory=1", 0.25)],
)
def test_memory_is_what_the_vm_booted_with(line, gib):
    here = ready(wslconfig=b"[wsl2]\n" + line)

    async def tell():
        await here.call("-d", "D", "-e", "true")
        here.put(r"C:\Users\alice\.wslconfig", b"[wsl2]\nmemory=2GB")
        said = text(await here.call("-d", "D", "-e", "cat", "/proc/meminfo"))
        assert 0.5 < int(re.search(r"MemTotal: +(\d+) kB", said)[1]) / (gib * (1 << 20)) < 0.99  # the kernel keeps some
        await here.call("--shutdown")
        said = text(await here.call("-d", "D", "-e", "cat", "/proc/meminfo"))
        assert int(re.search(r"MemTotal: +(\d+) kB", said)[1]) == (2048 - 2048 // 64 - 112) << 10

    here.story(tell)


def test_a_bad_mac_address_is_the_one_fatal_line():
    here = ready(wslconfig=b"[wsl2]\nmacAddress=nonsense\n")
    here.register("one", version=1)
    here.put(r"C:\d.tar", archive())
    assert code(here.wsl("-d", "D", "-e", "true")) == "Wsl/Service/CreateInstance/CreateVm/ParseConfig/E_INVALIDARG"
    assert code(here.wsl("-d", "one", "-e", "true")) == "Wsl/Service/CreateInstance/ParseConfig/E_INVALIDARG"
    imported = here.wsl("--import", "E", r"C:\Users\alice\E", r"C:\d.tar")
    assert code(imported) == "Wsl/Service/RegisterDistro/ParseConfig/E_INVALIDARG"


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ("kernel=C:\\\\none", "KERNEL_NOT_FOUND"),
        ("kernel=C:\\\\here\nkernelModules=C:\\\\none", "KERNEL_NOT_FOUND"),
        ("kernelModules=C:\\\\here", "KERNEL_NOT_FOUND"),
        ("systemDistro=C:\\\\here", "SYSTEM_DISTRO_ERROR"),
        ("systemDistro=C:\\\\none.vhd", "SYSTEM_DISTRO_ERROR"),
    ],
)
def test_a_missing_file_stops_the_vm(rows, error):
    here = ready(wslconfig=f"[wsl2]\n{rows}\n".encode())
    here.put("C:\\here", b"MZ")
    assert code(here.wsl("-d", "D", "-e", "true")) == f"Wsl/Service/CreateInstance/CreateVm/WSL_E_CUSTOM_{error}"


def test_a_policy_takes_a_setting_away_with_a_warning():
    here = ready(wslconfig=b"[wsl2]\nnetworkingMode=mirrored\n")
    here.machine.registry.set(POLICIES, "AllowNetworkingModeUserSetting", "DWord", 0)
    outcome = here.wsl("-d", "D", "-e", "wslinfo", "--networking-mode")
    assert outcome.stdout == b"nat\n"
    assert b"disabled by the computer policy" in outcome.stderr


def test_a_distribution_and_then_its_vm_idle_out():
    here = ready(wslconfig=b"[general]\ninstanceIdleTimeout=20000\n[wsl2]\nvmIdleTimeout=40000\n")

    async def tell():
        await here.call("-d", "D", "-e", "true")
        await here.machine.sleep(15)
        assert (await here.call("-l", "--running", "-q")).stdout == b"D\r\n"
        await here.machine.sleep(15)
        assert (await here.call("-l", "--running", "-q")).stdout == b""
        assert here.machine.part(Wsl).sessions[here.person.sid].vm is not None
        await here.machine.sleep(45)
        assert here.machine.part(Wsl).sessions[here.person.sid].vm is None

    here.slow()
    here.story(tell)


def test_each_use_begins_the_wait_for_idleness_anew():
    here = ready(wslconfig=b"[general]\ninstanceIdleTimeout=20000\n")
    here.slow()

    async def tell():
        for _ in range(3):
            await here.call("-d", "D", "-e", "true")
            await here.machine.sleep(13)
        assert (await here.call("-l", "--running", "-q")).stdout == b"D\r\n"
        await here.machine.sleep(15)
        assert (await here.call("-l", "--running", "-q")).stdout == b""

    here.story(tell)


def test_a_running_program_keeps_its_distribution_and_ends_with_it():
    here = ready(wslconfig=b"[general]\ninstanceIdleTimeout=5000\n")
    here.slow()

    async def tell():
        sleeping = asyncio.create_task(here.call("-d", "D", "-e", "sleep", "30"))
        await here.machine.sleep(20)
        assert (await here.call("-l", "--running", "-q")).stdout == b"D\r\n"
        await here.call("--terminate", "D")
        assert (await sleeping).code == 1

    here.story(tell)


def test_systemd_needs_the_setting_and_an_init():
    assert ready(b"[boot]\nsystemd=true\n").wsl("-d", "D", "-e", "systemctl", "is-system-running").stdout == b"offline\n"
    here = laptop()
    here.register("D", root=archive(**{"etc__wsl.conf": b"[boot]\nsystemd=true\n", "sbin__init": b"#!"}))
    assert here.wsl("-d", "D", "-e", "systemctl", "is-system-running").stdout == b"running\n"


@pytest.mark.parametrize(
    "line", ["-d D -e sh -c true", "--mount C:\\x", "-d D -- echo $HOME", "-d D -e apt update", "-d D -e /usr/bin/apt"]
)
def test_what_is_not_simulated_is_loud(line):
    here = laptop()
    here.register("D", root=archive(usr__bin__apt=b"#!"))
    assert here.run_line(line).code == 251
    assert here.machine.complaints
