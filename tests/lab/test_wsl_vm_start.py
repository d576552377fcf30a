"""What a VM needs to start, what it does without, and what it says (src/windows/service/exe/WslCoreVm.cpp, tag 2.6.1)."""

import pytest
from wsl_laptop import Laptop, archive, code, laptop, text

from pyinfra_wsl.lab.machine.machine import Firmware
from pyinfra_wsl.lab.machine.start import COMPLAINT
from pyinfra_wsl.lab.wsl.texts import Tongue, numbers

PATH = r"C:\Users\alice\.wslconfig"
KERNEL, MODULES, SYSTEM = "C:/wsl/kernel", "C:/wsl/modules.vhdx", "C:/wsl/system.vhd"
CREATE = "Wsl/Service/CreateInstance/CreateVm"


def ready(*lines: str, **settings) -> Laptop:
    here = laptop(**settings)
    here.register("D")
    here.put(PATH, ("[wsl2]\n" + "\n".join(lines) + "\n").encode())
    return here


def start(here: Laptop):
    return here.wsl("-d", "D", "-e", "wslinfo", "--networking-mode")


def said(outcome) -> list[str]:
    return [warning.rstrip() for warning in outcome.stderr.decode().split("wsl: ") if warning]


def texts(here: Laptop, *wanted: tuple) -> list[str]:
    tongue = Tongue.of(here.machine)
    return [tongue.text(name, *values).replace("\n", "\r\n").rstrip() for name, *values in wanted]


FATAL = [
    # lines, files that are there, the error's name, its text, where it is in WslCoreVm.cpp
    (["kernel=C:/none"], [], "WSL_E_CUSTOM_KERNEL_NOT_FOUND", ("MessageCustomKernelNotFound", PATH, "C:/none"), "Initialize"),
    (["kernel=kernel"], [], "WSL_E_CUSTOM_KERNEL_NOT_FOUND", ("MessageCustomKernelNotFound", PATH, "kernel"), "Initialize"),
    (
        ["kernel=%USERPROFILE%/kernel"],
        ["C:/Users/alice/kernel"],
        "WSL_E_CUSTOM_KERNEL_NOT_FOUND",
        ("MessageCustomKernelNotFound", PATH, "%USERPROFILE%/kernel"),
        "Initialize: no variable is expanded",
    ),
    (
        [f"kernel={KERNEL}", "kernelModules=C:/none.vhdx"],
        [KERNEL],
        "WSL_E_CUSTOM_KERNEL_NOT_FOUND",
        ("MessageCustomKernelModulesNotFound", PATH, "C:/none.vhdx"),
        "Initialize",
    ),
    (
        ["kernelModules=C:/none.vhdx"],
        [],
        "WSL_E_CUSTOM_KERNEL_NOT_FOUND",
        ("MessageCustomKernelModulesNotFound", PATH, "C:/none.vhdx"),
        "Initialize: that it is there is looked at first",
    ),
    (
        [f"kernelModules={MODULES}"],
        [MODULES],
        "WSL_E_CUSTOM_KERNEL_NOT_FOUND",
        ("MessageMismatchedKernelModulesError",),
        "Initialize",
    ),
    (
        ["systemDistro=C:/none.vhd"],
        [],
        "WSL_E_CUSTOM_SYSTEM_DISTRO_ERROR",
        ("MessageCustomSystemDistroError", PATH),
        "GenerateConfigJson",
    ),
    (
        [f"systemDistro={SYSTEM}x"],
        [SYSTEM + "x"],
        "WSL_E_CUSTOM_SYSTEM_DISTRO_ERROR",
        ("MessageCustomSystemDistroError", PATH),
        "GenerateConfigJson: .vhdx is neither .img nor .vhd",
    ),
]


@pytest.mark.parametrize("case", FATAL, ids=lambda case: case[0][0])
@pytest.mark.parametrize("package", ["2.6.1.0", "2.9.4.0"])
def test_lines_that_stop_every_start(case, package):
    lines, there, name, words, source = case
    here = ready(*lines, package=package)
    for path in there:
        here.put(path, b"x")
    here.put(r"C:\d.tar", archive())
    outcome = start(here)
    assert code(outcome) == f"{CREATE}/{name}", source
    assert texts(here, words)[0] in text(outcome)
    imported = here.wsl("--import", "E", r"C:\Users\alice\E", r"C:\d.tar")
    assert code(imported) == f"Wsl/Service/RegisterDistro/CreateVm/{name}"
    assert here.lxss("E") == {}


@pytest.mark.parametrize(
    ("lines", "there"),
    [
        ([f"kernel={KERNEL}"], [KERNEL]),
        (["kernel=kernel"], [r"C:\Windows\System32\kernel"]),  # where the service works
        ([f"kernel={KERNEL}", f"kernelModules={MODULES}"], [KERNEL, MODULES]),
        ([f"systemDistro={SYSTEM}"], [SYSTEM]),
        (["systemDistro=C:/wsl/system.IMG"], ["C:/wsl/system.img"]),
        (["debugConsole=true", "debugConsoleLogFile=Z:/none/log.txt"], []),  # CATCH_LOG
        (["crashDumpFolder=Z:/none", "maxCrashDumpCount=3"], []),  # only looked at when something crashed
    ],
)
def test_lines_that_stop_nothing_and_say_nothing(lines, there):
    here = ready(*lines)
    for path in there:
        here.put(path, b"x")
    outcome = start(here)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, b"nat\n", b"")


@pytest.mark.parametrize("feature", [True, False])
def test_a_missing_kernel_is_told_before_a_missing_hypervisor(feature):
    # Initialize looks at the files before CreateComputeSystem
    here = ready("kernel=C:/none", features=("VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux")[1 - feature :])
    here.machine.firmware = Firmware(virtualization=False)
    here.machine.settle()
    assert code(start(here)) == f"{CREATE}/WSL_E_CUSTOM_KERNEL_NOT_FOUND"


@pytest.mark.parametrize(
    ("line", "path", "number"),
    [
        ("swapFile=C:/none/swap", "C:/none/swap.vhdx", 3),
        ("swapFile=Z:/swap.VHDX", "Z:/swap.VHDX", 3),
        ("swapFile=swap.vhdx", "swap.vhdx", 5),  # relative: below System32, made with the user's rights
    ],
)
def test_without_a_place_for_its_swap_disk_the_vm_starts_and_says_so(line, path, number):
    here = ready(line)
    outcome = start(here)
    assert outcome.code == 0
    assert said(outcome) == texts(here, ("MessagedFailedToCreateSwapVhd", path, Tongue.of(here.machine).system(number)))
    assert start(here).stderr == b""


def test_a_swap_disk_is_made_is_in_use_and_goes_with_its_vm():
    here = ready("swapFile=C:/Users/alice/swap")
    assert start(here).stderr == b""
    path = r"C:\Users\alice\swap.vhdx"
    assert here.machine.files.stat(path).open_by
    assert here.wsl("--shutdown").code == 0
    assert not here.machine.files.exists(path)


@pytest.mark.parametrize("lines", [["swap=0", "swapFile=Z:/none"], ["safeMode=true", "swapFile=Z:/none"]])
def test_without_swap_no_disk_is_made(lines):
    assert "Z:/none" not in start(ready(*lines)).stderr.decode()


BRIDGED = [
    ([], "WSL_E_VMSWITCH_NOT_SET", ("MessageVmSwitchNotSet",)),
    (["vmSwitch=LAN"], "WSL_E_VMSWITCH_NOT_FOUND", ("MessageVmSwitchNotFound", "LAN", "Default Switch,WAN")),
]


@pytest.mark.parametrize(("lines", "name", "words"), BRIDGED)
def test_bridged_without_its_switch_has_no_network(lines, name, words):
    # BridgedNetworking::Initialize, caught in WslCoreVm::Initialize, which falls back to none
    here = ready("networkingMode=bridged", *lines)
    here.machine.switches = ["Default Switch", "WAN"]
    outcome = start(here)
    assert outcome.stdout == b"none\n"
    shown = f"CreateInstance/CreateVm/ConfigureNetworking/{name}"
    fallback = ("MessageNetworkInitializationFailedFallback2", "Bridged", "None")
    assert said(outcome) == texts(here, ("MessageErrorCode", texts(here, words)[0], shown), fallback)


def test_bridged_to_a_switch_that_is_there_says_nothing():
    here = ready("networkingMode=bridged", "vmSwitch=LAN")
    here.machine.switches = ["LAN"]
    outcome = start(here)
    assert (outcome.stdout, outcome.stderr) == (b"bridged\n", b"")


def test_a_switch_that_is_missing_at_an_import_is_told_in_its_contexts():
    here = ready("networkingMode=bridged")
    here.put(r"C:\d.tar", archive())
    outcome = here.wsl("--import", "E", r"C:\Users\alice\E", r"C:\d.tar")
    assert outcome.code == 0
    assert "Error code: RegisterDistro/CreateVm/ConfigureNetworking/WSL_E_VMSWITCH_NOT_SET" in outcome.stderr.decode()


def test_mirrored_falls_back_to_nat_on_a_windows_that_is_too_old():
    # ValidateNetworkingMode
    here = ready("networkingMode=mirrored", build=22000, ubr=2538)
    outcome = start(here)
    assert outcome.stdout == b"nat\n"
    reason = texts(here, ("MessageMirroredNetworkingNotSupportedWindowsVersion", 22000, 2538))[0]
    assert said(outcome) == texts(here, ("MessageMirroredNetworkingNotSupportedReason", reason))


@pytest.mark.parametrize(("package", "mode"), [("2.6.1.0", b"mirrored\n"), ("2.8.4.0", b"mirrored\n"), ("2.8.5.0", b"nat\n")])
def test_mirrored_falls_back_without_ipv6_from_2_8_5_on(package, mode):
    here = ready("networkingMode=mirrored", package=package)
    here.machine.registry.set(r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip6\Parameters", "DisabledComponents", "DWord", 0xFF)
    assert start(here).stdout == mode


def test_mirrored_says_that_localhost_forwarding_has_no_effect():
    here = ready("networkingMode=mirrored", "localhostForwarding=false")
    assert said(start(here)) == texts(here, ("MessageLocalhostForwardingNotSupportedMirroredMode",))
    assert said(start(ready("networkingMode=nat", "localhostForwarding=false"))) == []


def test_what_windows_10_cannot_do_is_told_only_where_it_was_asked_for():
    # GenerateConfigJson, then ValidateNetworkingMode
    here = ready("nestedVirtualization=true", "firewall=true", "dnsTunneling=true", build=19045)
    wanted = ("MessageNestedVirtualizationNotSupported", "MessageHyperVFirewallNotSupported", "MessageDnsTunnelingNotSupported")
    assert said(start(here)) == texts(here, *[(name,) for name in wanted])
    assert said(start(ready(build=19045))) == []


def test_beside_global_secure_access_dns_tunneling_is_off():
    here = ready("dnsTunneling=true")
    here.machine.registry.create(r"HKLM\SYSTEM\CurrentControlSet\Services\GlobalSecureAccessTunnelingService")
    assert said(start(here)) == texts(here, ("MessageDnsTunnelingDisabled",))


# --- disks: CreateVhd in WslCoreFilesystem.cpp, SetSparse and ResizeDistribution in LxssUserSession.cpp ---


@pytest.mark.parametrize("package", ["2.6.1.0", "2.6.2.0"])
def test_a_sparse_disk_is_refused_on_stderr_of_an_import_and_of_a_conversion(package):
    here = laptop(package=package)
    here.put(PATH, b"[experimental]\nsparseVhd=true\n")
    here.put(r"C:\d.tar", archive())
    warning = texts(here, ("MessageSparseVhdDisabled",))
    imported = here.wsl("--import", "D", r"C:\Users\alice\D", r"C:\d.tar")
    assert (imported.code, said(imported)) == (0, warning)
    assert said(here.wsl("-d", "D", "-e", "true")) == []
    assert said(here.wsl("--set-version", "D", "1")) == []
    assert said(here.wsl("--set-version", "D", "2")) == warning
    assert said(here.wsl("--import", "one", r"C:\Users\alice\one", r"C:\d.tar", "--version", "1")) == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("--manage one --set-sparse false", "Wsl/Service/WSL_E_VM_MODE_INVALID_STATE"),
        ("--manage one --resize 8GB", "Wsl/Service/WSL_E_WSL2_NEEDED"),
        ("--manage D --set-sparse true", "Wsl/Service/E_INVALIDARG"),
        ("--manage gone --set-sparse true --allow-unsafe", "Wsl/Service/ERROR_FILE_NOT_FOUND"),
        ("--manage gone --resize 8GB", "Wsl/Service/ERROR_FILE_NOT_FOUND"),
    ],
)
def test_wsls_own_checks_come_before_the_labs_refusal(line, error):
    here = ready()
    here.register("one", version=1)
    here.machine.files.remove(here.register("gone").disk)
    assert code(here.run_line(line)) == error


def test_a_disk_in_use_is_not_made_sparse():
    here = ready()
    start(here)
    assert code(here.run_line("--manage D --set-sparse true --allow-unsafe")) == "Wsl/Service/WSL_E_DISTRO_NOT_STOPPED"
    here.wsl("--terminate", "D")  # its disk stays attached
    assert code(here.run_line("--manage D --set-sparse true --allow-unsafe")) == "Wsl/Service/ERROR_SHARING_VIOLATION"


@pytest.mark.parametrize(
    "line",
    [
        "--manage D --set-sparse true --allow-unsafe",
        "--manage D --resize 8GB",
        "--manage D -r 8GB",
        "--install Debian --no-launch --vhd-size 8GB",
        "--install Debian --no-launch --vhd-size 8GB --fixed-vhd",
        "--install --no-distribution --prompt-before-exit",
    ],
)
def test_what_would_do_nothing_in_the_lab_is_refused_loudly(line):
    here = ready()
    assert here.run_line(line).code == COMPLAINT
    assert here.machine.complaints


def test_making_a_disk_of_the_lab_dense_is_done_because_it_is_dense():
    assert ready().run_line("--manage D --set-sparse false").code == 0


@pytest.mark.parametrize("package", ["2.0.9.0", "2.5.9.0", "2.6.1.0", "2.7.0.0", "2.8.12.0", "2.9.4.0", "2.9.5.0"])
def test_texts_that_are_not_asked_for_first_are_there_in_every_release(package):
    names = [
        *("MessageCustomKernelNotFound", "MessageCustomKernelModulesNotFound", "MessageMismatchedKernelModulesError"),
        *("MessageCustomSystemDistroError", "MessageNestedVirtualizationNotSupported", "MessagedFailedToCreateSwapVhd"),
        *("MessageHyperVFirewallNotSupported", "MessageMirroredNetworkingNotSupportedReason", "MessageDnsTunnelingNotSupported"),
        *("MessageMirroredNetworkingNotSupportedWindowsVersion", "MessageLocalhostForwardingNotSupportedMirroredMode"),
        *("MessageVmSwitchNotSet", "MessageVmSwitchNotFound", "MessageNetworkInitializationFailedFallback2"),
        *(
            "MessageSparseVhdDisabled",
            "MessageSparseVhdWsl2Only",
            "MessageVhdInUse",
            "MessageErrorCode",
            "MessageSafeModeEnabled",
        ),
        *("MessageFailedToOpenConfigFile", "MessageTooManyProcessors", "MessageSettingOverriddenByPolicy"),
        *(
            "MessageDnsTunnelingDisabled",
            "MessageConfigVirtio9pDisabled",
            "MessageConfigUnknownKey",
            "MessageConfigKeyDuplicated",
        ),
        *("MessageConfigInvalidBoolean", "MessageConfigInvalidInteger", "MessageConfigInvalidEnum", "MessageConfigInvalidIp"),
        *("MessageConfigMacAddress", "MessageInvalidNumberString", "MessageConfigInvalidKey", "MessageConfigInvalidSection"),
        *("MessageConfigExpected", "MessageConfigInvalidEscape"),
    ]
    tongue = Tongue("en-US", numbers(package))
    assert [name for name in names if not tongue.has(name)] == []
