"""WSL's package fetched by wsl.exe itself: from where, on which laptop, and what proves it."""

import pytest
from support.laptops import NOTHING, PACKAGE, laptop, wanted
from support.wire import ABSENT, RUN, Wire, key, ran

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.resources.wsl import plan as planning
from pyinfra_wsl.resources.wsl.resource import RESOURCE

FOLDER = "C:\\Program Files\\WSL\\"
OLD, NEW = ({"Version": one, "InstallLocation": FOLDER} for one in ("2.4.13.0", "2.7.11.0"))
PENDING = "RebootPending"
INBOX = {"kind": "inbox", "version": None, "exe": r"%SystemRoot%\System32\wsl.exe", "location": ""}


def step(source, **parts):
    want = wanted(RESOURCE, {"wsl": {"package": {"minimum": "2.6.1", "update": source}}})
    (found,) = planning.plan(want, laptop(**{"user": {"connected": True}} | parts)).steps
    return found


@pytest.mark.parametrize(
    ("source", "install", "update"),
    [("store", "", ""), ("web", " --web-download", " --web-download"), ("pre-release", " --web-download", " --pre-release")],
)
def test_each_source_is_asked_by_its_own_words(source, install, update):
    fresh = Wire({"--install": ran(), PENDING: ABSENT, r"Lxss\MSI": key(NEW)})
    fresh.drive(step(source, wsl=NOTHING).does(RUN))
    assert [line.partition("} ")[2] for line in fresh.said("run ")] == [f"--install --no-distribution{install}"]
    for there, exe in (({"version": "2.4.13.0"}, FOLDER), (INBOX, "%SystemRoot%\\System32\\")):
        older = Wire({"--update": ran(), r"Lxss\MSI": key(NEW), "registry.read": ABSENT})
        older.drive(step(source, wsl=there).does(RUN))
        (line,) = older.said("--update")
        assert line.startswith(f"run {exe}wsl.exe")
        assert line.partition("--update")[2] == update


def test_what_the_store_has_may_be_too_old_and_is_updated():
    wire = Wire({"--install": ran(), "--update": ran(), PENDING: ABSENT, r"Lxss\MSI": [key(OLD), key(NEW)]})
    assert wire.drive(step("pre-release", wsl=NOTHING).does(RUN)) is None
    assert wire.said("--update")[0].startswith(f"run {FOLDER}wsl.exe")


def test_a_restart_before_the_package_is_waited_for():
    wire = Wire({"--install": ran(), PENDING: key(), r"Lxss\MSI": ABSENT})
    deferred = wire.drive(step("web", wsl=NOTHING).does(RUN))
    assert (deferred.sentence, deferred.waits_for) == ("WSL package: none → the latest release of GitHub", "reboot")


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ({"--install": ran(), PENDING: ABSENT, r"Lxss\MSI": ABSENT}, "the registry names no WSL package"),
        ({"--install": ran(-1, "0x80072ee7"), PENDING: ABSENT, r"Lxss\MSI": ABSENT}, "wsl.exe could not install WSL"),
        (
            {"--install": ran(), "--update": ran(), PENDING: ABSENT, r"Lxss\MSI": key(OLD)},
            "the registry names WSL package 2.4.13.0, not 2.6.1 or later",
        ),
    ],
)
def test_success_without_the_package_is_no_success(script, cause):
    with pytest.raises(StepError, match=cause):
        Wire(script).drive(step("web", wsl=NOTHING).does(RUN))


UPDATE, INBOX_SAYS = "Error code: Wsl/UpdatePackage/", "Error: "
FAULTS = {
    "no name server": (f"{UPDATE}0x80072ee7", "the server's name is not known there"),
    "no name server, inbox": (f"{INBOX_SAYS}0x80072ee7", "the server's name is not known there"),
    "no name server, in Chinese": ("错误: 0x80072ee7\n无法解析服务器的名称或地址", "the server's name is not known there"),
    "a proxy that wants a logon": (f"{UPDATE}0x80190197", "the proxy asks for a logon"),
    "a proxy that forbids": (f"{UPDATE}HTTP_E_STATUS_FORBIDDEN", "a proxy blocks the address"),
    "a proxy that inspects": (f"{UPDATE}0x80072f0d", "certificate is not trusted"),
    "too many of one office": (f"{UPDATE}QueryLatestGitHubRelease/0x801901ad", "counts requests per address"),
    "a page in GitHub's place": (f"{UPDATE}QueryLatestGitHubRelease/WSL_E_INVALID_JSON", "no list of releases"),
    "another list in its place": (f"{UPDATE}QueryLatestGitHubRelease/E_UNEXPECTED", "no list of releases"),
    "cut in the middle": (f"{UPDATE}0x80072efe", "the server does not answer"),
    "half a package": (f"Update failed (exit code: 1620).\n{UPDATE}ERROR_INSTALL_PACKAGE_INVALID", "half a download"),
    "another package": (f"{UPDATE}TRUST_E_BAD_DIGEST", "not what its hash says"),
    "not signed": (f"{UPDATE}TRUST_E_NOSIGNATURE", "its signature is not trusted"),
    "the Store blocked": (f"{INBOX_SAYS}0x80240438", "the Store or Windows Update is not reachable"),
    "the Store forbidden by a proxy": ("0x80244018", "the Store or Windows Update is not reachable"),
    "the Store stands still": ("0x80D02002", "does not come, or was cut"),
    "a policy": (f"{INBOX_SAYS}0x800704ec", "a policy blocks WSL"),
    "no room": (f"{UPDATE}0x80070070", "the disk is full"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_goes_wrong_on_the_way_is_told_with_its_cause_and_what_to_do(name):
    said, cause = FAULTS[name]
    there = INBOX if "inbox" in name else {"version": "2.4.13.0"}
    wire = Wire({"--update": ran(-1, said), r"Lxss\MSI": key(OLD), "registry.read": ABSENT})
    with pytest.raises(StepError) as caught:
        wire.drive(step("web", wsl=there).does(RUN))
    assert caught.value.cause.startswith("wsl.exe could not update itself: ")
    assert cause in caught.value.cause
    assert caught.value.code
    assert "--debug" not in caught.value.remedy


def test_an_update_that_hangs_is_given_up():
    wire = Wire({"--update": ran(None, "", timed_out=True), r"Lxss\MSI": key(OLD), "registry.read": ABSENT})
    with pytest.raises(StepError, match="it did not end within"):
        wire.drive(step("web", wsl={"version": "2.4.13.0"}).does(RUN))


def test_a_fresh_laptop_has_nothing_that_could_be_ended():
    assert not step("web", wsl=NOTHING).note
    assert "ends every distribution" in step("web", wsl=INBOX).note
    want = wanted(RESOURCE, {"wsl": {"package": {"minimum": "2.6.1", "update": "web"}}})
    assert not planning.plan(want, laptop(wsl=PACKAGE)).steps
