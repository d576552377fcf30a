"""What WSL says of ``.wslconfig``: every warning with its own text, in WSL's order (tag 2.6.1 unless another is named).

Texts are looked up in the table made from WSL's history, so that a wording is that of the release and the user's language.
"""

import pytest
from wsl_laptop import Laptop, archive, code, laptop

from pyinfra_wsl.lab.wsl.texts import Tongue

PATH = r"C:\Users\alice\.wslconfig"
POLICIES = r"HKLM\SOFTWARE\Policies\WSL"
CONFIG = "src/windows/common/WslCoreConfig.cpp"
PARSER = "src/shared/configfile/configfile.cpp"


def ready(lines: bytes | str, **settings) -> Laptop:
    here = laptop(**settings)
    here.register("D")
    here.put(PATH, lines.encode() if isinstance(lines, str) else lines)
    return here


def said(here: Laptop, *words: str) -> list[str]:
    """The warnings of a command, each without its ``wsl: ``; a warning of several lines is one."""
    outcome = here.wsl(*(words or ("-d", "D", "-e", "true")))
    return [warning.rstrip() for warning in outcome.stderr.decode().split("wsl: ") if warning]


def texts(here: Laptop, *wanted: tuple) -> list[str]:
    tongue = Tongue.of(here.machine)
    return [tongue.text(name, *values).replace("\n", "\r\n").rstrip() for name, *values in wanted]


VALUES = [
    # value lines below [wsl2] or [experimental], and what the source says of them
    ("memory=8gb", ("MessageInvalidNumberString", "8gb", "wsl2.memory", PATH, 2), f"{PARSER} ParseImpl(MemoryString)"),
    ("processors=many", ("MessageConfigInvalidInteger", "many", "wsl2.processors", PATH, 2), f"{PARSER} ParseImpl(int)"),
    ("processors=", ("MessageConfigInvalidInteger", "", "wsl2.processors", PATH, 2), f"{PARSER} ParseImpl(int)"),
    ("processors=008", ("MessageConfigInvalidInteger", "008", "wsl2.processors", PATH, 2), "strtol with base 0"),
    ("guiApplications=yes", ("MessageConfigInvalidBoolean", "yes", "wsl2.guiApplications", PATH, 2), f"{PARSER} ParseImpl(bool)"),
    ("memroy=8GB", ("MessageConfigUnknownKey", "wsl2.memroy", PATH, 2), f"{PARSER} SetConfig"),
    ("swap", ("MessageConfigExpected", "'='", PATH, 2), f"{PARSER} ParseKeyValue"),
    ("1swap=0", ("MessageConfigInvalidKey", PATH, 2), f"{PARSER} NewLine"),
    ("[1x]", ("MessageConfigInvalidSection", PATH, 2), f"{PARSER} ParseSection"),
    ("[wsl2 ]", ("MessageConfigExpected", "']'", PATH, 2), f"{PARSER} ParseSection"),
    ("[wsl2] ; note", ("MessageConfigExpected", "' ' or '\\n'", PATH, 2), f"{PARSER} ParseSection"),
    (r"swapFile=C:\swap", ("MessageConfigInvalidEscape", "s", PATH, 2), f"{PARSER} ParseKeyValue"),
    ('swapFile="C:/x', ("MessageConfigExpected", "'", PATH, 2), f"{PARSER} ValueDone, 2.6.1"),
    (
        "networkingMode=consomme",
        ("MessageConfigInvalidEnum", "consomme", "wsl2.networkingMode", PATH, 2, "Bridged, Mirrored, Nat, None, VirtioProxy"),
        "configfile.h ParseEnumString; WslCoreConfig.h of 2.6.1",
    ),
]


@pytest.mark.parametrize(("line", "text", "source"), VALUES, ids=[line for line, *_ in VALUES])
def test_a_line_that_wsl_does_not_take_is_told_of_once(line, text, source):
    here = ready(f"[wsl2]\n{line}\n")
    assert said(here) == texts(here, text), source
    assert said(here) == [], "the VM runs: nothing is read"


def test_a_warning_is_in_the_users_language_and_the_text_is_the_releases():
    here = ready("[wsl2]\nmemory=8gb\n", culture="de-DE")
    (warning,) = said(here)
    assert warning == texts(here, ("MessageInvalidNumberString", "8gb", "wsl2.memory", PATH, 2))[0]
    assert warning.startswith("Ungültige")


def test_a_duplicated_key_is_told_with_both_places_and_an_alias_is_the_same_key():
    # ConfigKey::Parse; the first line counts even where its value is invalid
    here = ready("[wsl2]\nmemory=x\nmemory=8GB\n[experimental]\nnetworkingMode=none\n[wsl2]\nnetworkingMode=nat\n")
    assert said(here) == texts(
        here,
        ("MessageInvalidNumberString", "x", "wsl2.memory", PATH, 2),
        ("MessageConfigKeyDuplicated", "wsl2.memory", PATH, 3, "wsl2.memory", PATH, 2),
        ("MessageConfigKeyDuplicated", "wsl2.networkingMode", PATH, 7, "experimental.networkingMode", PATH, 5),
    )
    assert here.wsl("-d", "D", "-e", "wslinfo", "--networking-mode").stdout == b"none\n"


@pytest.mark.parametrize(
    ("package", "key", "known"),
    [
        ("2.6.1.0", "experimental.swiotlb", False),  # first in WslCoreConfig.h of 2.8.9
        ("2.8.8.0", "experimental.swiotlb", False),
        ("2.8.9.0", "experimental.swiotlb", True),
        ("2.9.4.0", "wsl2.isolateDistroCgroup", False),  # after 2.9.4
        ("2.9.5.0", "wsl2.isolateDistroCgroup", True),
    ],
)
def test_a_key_of_a_later_release_is_unknown(package, key, known):
    section, name = key.split(".")
    here = ready(f"[{section}]\n{name}=1\n", package=package)
    assert said(here) == ([] if known else texts(here, ("MessageConfigUnknownKey", key, PATH, 2)))


@pytest.mark.parametrize(
    ("package", "words", "mode"),
    [
        ("2.6.1.0", "virtioproxy", "virtioproxy"),  # wslinfo.cpp of the tag
        ("2.9.0.0", "Consomme", "consomme"),
        ("2.9.0.0", "virtioProxy", "consomme"),
        ("2.6.1.0", "MIRRORED", "mirrored"),
    ],
)
def test_networking_modes_are_those_of_the_release(package, words, mode):
    here = ready(f"[wsl2]\nnetworkingMode={words}\n", package=package)
    outcome = here.wsl("-d", "D", "-e", "wslinfo", "--networking-mode")
    assert (outcome.stdout.decode().strip(), outcome.stderr) == (mode, b"")


@pytest.mark.parametrize(("package", "quote"), [("2.6.1.0", "'"), ("2.7.2.0", '"'), ("2.8.0.0", "'"), ("2.8.5.0", '"')])
def test_what_is_expected_at_an_open_quote_differs_by_release(package, quote):
    here = ready('[wsl2]\nswapFile="C:/x\n', package=package)
    assert said(here) == texts(here, ("MessageConfigExpected", quote, PATH, 2))


def test_a_bad_dns_address_switches_tunneling_off_unless_a_later_line_switches_it_on():
    # parseDnsTunnelingIp; asked for on Windows 10 it is then refused, which shows that it was on
    bad = "[experimental]\ndnsTunnelingIpAddress=here\n"
    here = ready(bad, build=19045)
    assert said(here) == texts(here, ("MessageConfigInvalidIp", "here", "experimental.dnsTunnelingIpAddress", PATH, 2))
    on = "[wsl2]\ndnsTunneling=true\n"
    here = ready(on + bad, build=19045)
    assert said(here) == texts(here, ("MessageConfigInvalidIp", "here", "experimental.dnsTunnelingIpAddress", PATH, 4))
    here = ready(bad + on, build=19045)
    assert said(here)[1:] == texts(here, ("MessageDnsTunnelingNotSupported",))


def test_every_bad_port_of_a_list_is_told_of_with_the_whole_list():
    # parseIgnoredPorts: stoi stops at the first letter, empty entries are skipped
    here = ready("[experimental]\nignoredPorts=80, 8080,x,,0,70000,443y\n")
    bad = ("MessageConfigInvalidInteger", "80, 8080,x,,0,70000,443y", "experimental.ignoredPorts", PATH, 2)
    assert said(here) == texts(here, bad, bad, bad)


def test_policies_are_told_of_in_wsls_order_after_the_lines_and_too_many_processors():
    # Config::Initialize: processors, the overrides in their order, networking mode, firewall
    here = ready(
        "[wsl2]\nfirewall=false\nnetworkingMode=none\nkernelDebugPort=50000\nkernelCommandLine=quiet\nsystemDistro=C:/none.vhd\n"
        "kernelModules=C:/none.vhdx\nkernel=C:/none\nprocessors=400\nx=1\n"
    )
    for name in ("Kernel", "SystemDistro", "KernelCommandLine", "KernelDebug", "Firewall", "NetworkingMode"):
        here.machine.registry.set(POLICIES, f"Allow{name}UserSetting", "DWord", 0)
    here.machine.registry.set(POLICIES, "AllowNestedVirtualization", "DWord", 0)
    order = (
        "kernel",
        "kernelModules",
        "systemDistro",
        "kernelCommandLine",
        "kernelDebugPort",
        "nestedVirtualization",
        "firewall",
    )
    assert said(here) == texts(
        here,
        ("MessageConfigUnknownKey", "wsl2.x", PATH, 10),
        ("MessageTooManyProcessors", 400, 12),
        *[("MessageSettingOverriddenByPolicy", f"wsl2.{name}") for name in order],
    )


@pytest.mark.parametrize(
    ("line", "warned"), [("", True), ("nestedVirtualization=true", True), ("nestedVirtualization=false", False)]
)
def test_nested_virtualization_is_on_by_itself_so_that_its_policy_warns_without_a_line(line, warned):
    here = ready(f"[wsl2]\n{line}\n")
    here.machine.registry.set(POLICIES, "AllowNestedVirtualization", "DWord", 0)
    assert said(here) == (texts(here, ("MessageSettingOverriddenByPolicy", "wsl2.nestedVirtualization")) if warned else [])


def test_mirrored_by_a_policy_has_no_firewall_where_a_line_switches_it_off_and_falls_back():
    # ParseConfigFile enables the firewall for a mode that a line names; the policy's default is read in Initialize
    here = ready("[wsl2]\nfirewall=false\n")
    here.machine.registry.set(POLICIES, "DefaultNetworkingMode", "DWord", 3)
    assert here.wsl("-d", "D", "-e", "wslinfo", "--networking-mode").stdout == b"nat\n"
    here = ready("[wsl2]\nfirewall=false\nnetworkingMode=mirrored\n")
    assert here.wsl("-d", "D", "-e", "wslinfo", "--networking-mode").stdout == b"mirrored\n"


def test_safe_mode_is_told_of_and_switches_off_what_would_stop_the_vm():
    # Config::Initialize, EnableSafeMode: kernel, modules, swap and network are off; systemd is (WslDistributionConfig.cpp)
    here = ready(
        "[wsl2]\nsafeMode=true\nkernel=C:/none\nkernelModules=C:/none\nswapFile=Z:/none\nnetworkingMode=bridged\nvirtio9p=true\n"
    )
    assert said(here) == texts(here, ("MessageSafeModeEnabled",))
    assert here.wsl("-d", "D", "-e", "wslinfo", "--networking-mode").stdout == b"none\n"
    here = laptop()
    here.register("D", root=archive(**{"etc__wsl.conf": b"[boot]\nsystemd=true\n", "sbin__init": b"#!"}))
    here.put(PATH, b"[wsl2]\nsafeMode=true\n")
    assert here.wsl("-d", "D", "-e", "systemctl", "is-system-running").stdout == b"offline\n"


def test_safe_mode_does_not_excuse_a_missing_system_distribution():
    # SystemDistroPath is not among what safe mode clears
    here = ready("[wsl2]\nsafeMode=true\nsystemDistro=C:/none.vhd\n")
    assert code(here.wsl("-d", "D", "-e", "true")) == "Wsl/Service/CreateInstance/CreateVm/WSL_E_CUSTOM_SYSTEM_DISTRO_ERROR"


def test_virtio9p_is_refused_and_consomme_without_virtio_falls_back_from_2_8_9_on():
    here = ready("[wsl2]\nvirtio9p=true\n")
    assert said(here) == texts(here, ("MessageConfigVirtio9pDisabled",))
    lines = "[wsl2]\nvirtio=false\nvirtio9p=true\nnetworkingMode=virtioproxy\n"
    assert said(ready(lines, package="2.8.8.0")) == []
    for package, name in (("2.8.9.0", "MessageVirtioProxyRequiresVirtio"), ("2.9.0.0", "MessageConsommeRequiresVirtio")):
        here = ready(lines, package=package)
        assert said(here) == texts(here, (name, "Nat"))


def test_a_file_that_cannot_be_opened_is_told_of_and_none_at_all_is_not():
    here = laptop()
    here.register("D")
    assert said(here) == []
    here.wsl("--shutdown")
    here.machine.files.make(PATH)
    tongue = Tongue.of(here.machine)
    assert said(here) == texts(here, ("MessageFailedToOpenConfigFile", PATH, tongue.system(5)))


def test_utf16_with_the_high_byte_first_is_not_opened():
    here = ready(b"\xfe\xff" + "[wsl2]\nmemory=x\n".encode("utf-16-be"))
    (warning,) = said(here)
    assert warning == texts(here, ("MessageFailedToOpenConfigFile", PATH, Tongue.of(here.machine).system(0)))[0]


def test_utf16_with_the_low_byte_first_is_read():
    here = ready(b"\xff\xfe" + "[wsl2]\r\nmemory=x\r\n".encode("utf-16-le"))
    assert said(here) == texts(here, ("MessageInvalidNumberString", "x", "wsl2.memory", PATH, 2))


def test_warnings_of_a_start_that_fails_are_printed_all_the_same():
    # ~ClientExecutionContext prints what the service collected, however the call ended
    here = ready("[wsl2]\nx=1\nkernel=C:/none\n")
    outcome = here.wsl("-d", "D", "-e", "true")
    assert code(outcome) == "Wsl/Service/CreateInstance/CreateVm/WSL_E_CUSTOM_KERNEL_NOT_FOUND"
    assert outcome.stderr.decode().rstrip() == "wsl: " + texts(here, ("MessageConfigUnknownKey", "wsl2.x", PATH, 2))[0]


def test_an_import_reads_the_file_itself_and_once_more_where_it_starts_the_vm():
    # LxssUserSessionImpl::RegisterDistribution and _CreateVm each construct a Config
    here = ready("[wsl2]\nx=1\n")
    here.put(r"C:\d.tar", archive())
    (warning,) = texts(here, ("MessageConfigUnknownKey", "wsl2.x", PATH, 2))

    async def tell():
        for name, times in (("E", 2), ("F", 1)):
            outcome = await here.call("--import", name, rf"C:\Users\alice\{name}", r"C:\d.tar")
            assert outcome.stderr.decode().split("\r\n")[:-1] == [f"wsl: {warning}"] * times
        assert (await here.call("-d", "E", "-e", "true")).stderr == b""

    here.story(tell)


@pytest.mark.parametrize(
    "words",
    [
        ["--export", "D", r"C:\Users\alice\x.tar"],
        ["--set-version", "D", "1"],
        ["--import-in-place", "E", r"C:\Users\alice\E\e.vhdx"],
        ["--manage", "D", "--set-default-user", "dev"],
    ],
)
def test_every_command_that_starts_the_vm_prints_its_warnings(words):
    # each call of the service collects them in its own ServiceExecutionContext; _CreateVm is on the way of all of these
    here = ready("[wsl2]\nx=1\n")
    here.put(r"C:\Users\alice\E\e.vhdx", here.machine.files.read(rf"{here.lxss('D')['BasePath']}\ext4.vhdx"))
    outcome = here.wsl(*words)
    assert outcome.code == 0
    assert outcome.stderr.decode().rstrip() == "wsl: " + texts(here, ("MessageConfigUnknownKey", "wsl2.x", PATH, 2))[0]


@pytest.mark.parametrize(
    "words", [["--list"], ["--status"], ["--version"], ["--terminate", "D"], ["--shutdown"], ["--unregister", "D"]]
)
def test_commands_that_start_nothing_say_nothing(words):
    outcome = ready("[wsl2]\nx=1\nkernel=C:/none\n").wsl(*words)
    assert (outcome.code, outcome.stderr) == (0, b"")


def test_wsl1_reads_the_file_at_each_start_of_a_distribution_and_starts_without_its_kernel():
    # LxssUserSessionImpl::_CreateInstance, LXSS_WSL_VERSION_1: _GetResultantConfig for the idle timeout
    here = ready("[wsl2]\nx=1\nkernel=C:/none\nsystemDistro=C:/none\n")
    here.register("one", version=1)
    assert said(here, "-d", "one", "-e", "true") == texts(here, ("MessageConfigUnknownKey", "wsl2.x", PATH, 2))


def test_a_path_of_other_letters_is_not_the_one_that_was_written():
    # static_cast<char>, then MultiByteToWide: what is no UTF-8 becomes U+FFFD
    here = ready("[wsl2]\nkernel=C:/kernel-é\n")
    here.put("C:\\kernel-é", b"kernel")
    outcome = here.wsl("-d", "D", "-e", "true")
    assert code(outcome).endswith("WSL_E_CUSTOM_KERNEL_NOT_FOUND")
    assert "C:/kernel-\ufffd" in outcome.stdout.decode()
