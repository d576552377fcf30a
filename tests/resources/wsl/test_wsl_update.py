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


def test_a_fresh_laptop_has_nothing_that_could_be_ended():
    assert not step("web", wsl=NOTHING).note
    assert "ends every distribution" in step("web", wsl=INBOX).note
    want = wanted(RESOURCE, {"wsl": {"package": {"minimum": "2.6.1", "update": "web"}}})
    assert not planning.plan(want, laptop(wsl=PACKAGE)).steps
