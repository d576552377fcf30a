"""What programs say when they fail becomes a cause and a next step: texts of Debian 12's apt, of dnf and of coreutils."""

import pytest

from pyinfra_wsl.core.acts import REFUSED
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.errors import explain

HELD = Failure("apt is held by {said} since 300 seconds", "wait, then run again", "locked")


@pytest.mark.parametrize(
    ("text", "cause", "code"),
    [
        ("cat: write error: No space left on device", "the disk of the host is full", "disk_full"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "the disk of the host is full", "disk_full"),
        (
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)",
            "apt is held by unattended-upgr (process 812, lock /var/lib/dpkg/lock-frontend)",
            "locked",
        ),
        ("error: failed to synchronize all databases (unable to lock database)", "is held by another program", "locked"),
        ("E: Unable to locate package docker-ce", "no repository of the host has the package docker-ce", "no_package"),
        ("Error: No match for argument: qemu-kvm", "no repository of the host has the package qemu-kvm", "no_package"),
        ("E: Version '5:1.2.3-*' for 'docker-ce' was not found", "version 5:1.2.3-* of docker-ce", "no_package"),
        ("Temporary failure resolving 'deb.debian.org'", "cannot resolve", "network"),
        ("W: GPG error: http://x InRelease: NO_PUBKEY 8D81803C0EBFCD88", "signature does not fit", "signature"),
        ("usermod: Permission denied.", "may not do that", "access_denied"),
    ],
)
def test_known_words_are_explained(text, cause, code):
    failure = explain("install docker-ce", ["Reading package lists...", text])
    assert failure.cause.startswith("install docker-ce: ")
    assert cause in failure.cause
    assert failure.code == code
    assert failure.remedy


def test_our_own_scripts_bring_cause_and_next_step_along():
    failure = explain("install x", ["waiting", f"{REFUSED} held apt (process 9) "], {"other": Failure("no"), "held": HELD})
    assert failure == Failure("apt is held by apt (process 9) since 300 seconds", "wait, then run again", "locked")


def test_a_refusal_that_adds_nothing_is_told_as_it_is():
    assert explain("install x", [f"{REFUSED} gone "], {"gone": Failure("it is gone")}) == Failure("it is gone")


def test_of_several_refusals_the_last_one_counts():
    lines = [f"{REFUSED} held a", f"{REFUSED} held b", "", "bye"]
    assert explain("install x", lines, {"held": HELD}).cause == "apt is held by b since 300 seconds"


@pytest.mark.parametrize("line", [f"{REFUSED} strange x", f"it said {REFUSED} held x", REFUSED, "held x"])
def test_nobody_elses_words_pass_for_a_refusal(line):
    assert explain("install x", [line], {"held": HELD}).cause == f"install x: {line}"


def test_unknown_words_are_passed_on():
    assert explain("load kvm_amd", ["", "modprobe: ERROR: strange", ""]).cause == "load kvm_amd: modprobe: ERROR: strange"


def test_silence_is_said():
    assert explain("load kvm_amd", []).cause == "load kvm_amd: the command failed and said nothing"
