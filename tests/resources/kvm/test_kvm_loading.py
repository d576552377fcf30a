"""What keeps a module of KVM from its loading, told apart; and who has the last word on /dev/kvm."""

import dataclasses
import os
import subprocess

import pytest
from support.kvm_host import READY
from support.looks import look

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.linux.host import PRELUDE, parts
from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.kvm import loading, rules
from pyinfra_wsl.resources.kvm.cause import obstacle
from pyinfra_wsl.resources.kvm.plan import Want, plan
from pyinfra_wsl.resources.kvm.state import read

FIRMWARE = Failure("virtualization is off in the firmware", "turn it on", "firmware")
MODPROBE = """#!/bin/sh
echo "$*" >>{folder}/calls
case "$*" in {fails}) echo "modprobe: WARNING: something else" >&2
  echo "modprobe: ERROR: could not {verb} 'kvm_intel': {said}" >&2; exit 1 ;; esac
"""


def carry_out(shell, folder, said, fails="*", verb="insert"):
    """Carry it out where modprobe fails with certain arguments; return the failure and what modprobe was asked."""
    (folder / "modprobe").write_text(MODPROBE.format(folder=folder, fails=fails, verb=verb, said=said))
    (folder / "modprobe").chmod(0o755)
    line = shell.line.replace("/dev/kvm", str(folder / "kvm"))
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["dash", "-c", line], capture_output=True, text=True, check=False, env=env)
    failure = explain("load kvm_intel", done.stderr.splitlines(), shell.refusals) if done.returncode else None
    return failure, (folder / "calls").read_text().splitlines()


@pytest.mark.parametrize("said", ["Operation not supported", "No such device", "Input/output error"])
def test_what_the_firmware_forbids_is_its_matter(tmp_path, said):
    assert carry_out(loading.load("kvm_intel", FIRMWARE), tmp_path, said)[0] == FIRMWARE


@pytest.mark.parametrize(
    "said", ["Device or resource busy", "Key was rejected by service", "Operation not permitted", "Exec format error"]
)
def test_what_has_nothing_to_do_with_the_firmware_is_told_as_it_is(tmp_path, said):
    failure, _ = carry_out(loading.load("kvm_intel", FIRMWARE), tmp_path, said)
    assert failure.cause == f"the kernel does not load kvm_intel: modprobe: ERROR: could not insert 'kvm_intel': {said}"
    assert failure.code == "load"


def test_a_module_that_loads_and_brings_its_device_is_loaded(tmp_path):
    (tmp_path / "kvm").touch()
    assert carry_out(loading.load("kvm_intel", FIRMWARE), tmp_path, "", "never") == (None, ["kvm_intel"])


def test_a_module_that_cannot_be_unloaded_is_still_there(tmp_path):
    failure, calls = carry_out(loading.reload("kvm_intel"), tmp_path, "Device or resource busy", "-r*", "remove")
    assert failure.cause.startswith("kvm_intel cannot be unloaded: ")
    assert (failure.code, calls) == ("busy", ["-r kvm_intel"])


def test_a_module_that_is_gone_is_said_to_be(tmp_path):
    failure, calls = carry_out(loading.reload("kvm_intel"), tmp_path, "Key was rejected by service", "kvm_intel")
    assert failure.cause.startswith("kvm_intel was unloaded, and the kernel does not load it again: ")
    assert calls == ["-r kvm_intel", "kvm_intel"]
    assert carry_out(loading.reload("kvm_intel"), tmp_path, "", "never")[0] is None


def test_a_kernel_that_loads_no_module_any_more_is_named_before_anything_is_changed():
    fixed = dataclasses.replace(READY, modules_disabled=True)
    assert obstacle(fixed) is None  # it is loaded already
    failure = obstacle(dataclasses.replace(fixed, loaded=()))
    assert failure.cause.startswith("kernel.modules_disabled is 1: ")
    assert read(look(modules_disabled="1")).modules_disabled
    assert not read(look(modules_disabled="0")).modules_disabled
    assert not read(look(modules_disabled=(1, "cat: no such file"))).modules_disabled


LATER, EARLIER = "/etc/udev/rules.d/99-zz-kvm.rules", "/usr/lib/udev/rules.d/50-udev-default.rules"
OURS = f'{rules.RULE_FILE}:2:KERNEL=="kvm", GROUP="kvm", MODE="0660"'


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([OURS, f'{EARLIER}:9:KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"'], None),
        (
            [OURS, f'{LATER}:3:KERNEL=="kvm", GROUP="kvm", MODE="0666"'],
            f'{LATER} line 3 has the last word: MODE="0666"',
        ),
        ([OURS, f'{LATER}:3:KERNEL=="kvm", GROUP="kvm", MODE="660"'], None),
        ([OURS, f'{LATER}:3:KERNEL=="kvm", GROUP = "staff"'], f'{LATER} line 3 has the last word: GROUP="staff"'),
        ([OURS, f'{LATER}:3:KERNEL=="kvm", MODE=="0666", TAG+="uaccess"'], None),
        ([OURS, f'{EARLIER}:9:KERNEL=="kvm", MODE:="0666"'], f'{EARLIER} line 9 has the last word: MODE:="0666"'),
        ([OURS, f"{LATER}:1:#", '/usr/lib/udev/rules.d/99-zz-kvm.rules:3:KERNEL=="kvm", MODE="0666"'], None),
        ([OURS.replace("0660", "0600")], None),
        ([], None),
    ],
)
def test_a_mode_that_would_not_last_is_refused(lines, said):
    found = plan(Want(users=("ada",)), dataclasses.replace(READY, rules=tuple(lines)), render).failures
    told = [one.cause.replace(" on /dev/kvm at each start of the host", "") for one in found]
    assert told == ([said] if said else [])


def test_the_look_finds_the_rules_and_what_hides_them(tmp_path):
    for name, text in {
        "etc/udev/rules.d/50-a.rules": '# KERNEL=="kvm"\nKERNEL=="kvm", MODE="0600"\nKERNEL=="kvmgt"\n',
        "usr/lib/udev/rules.d/60-b.rules": 'SUBSYSTEM=="misc", KERNEL=="vhost-net|kvm", MODE="0666"\n',
        "etc/udev/rules.d/70-c.rules": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    script = rules.SCRIPT
    for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"):
        script = script.replace(f" {folder}", f" {tmp_path}{folder}")
    done = subprocess.run(["dash", "-c", PRELUDE + script], capture_output=True, text=True, check=True)
    assert [line.replace(str(tmp_path), "") for line in parts(done.stdout)["rules"].lines] == [
        '/etc/udev/rules.d/50-a.rules:2:KERNEL=="kvm", MODE="0600"',
        '/usr/lib/udev/rules.d/60-b.rules:1:SUBSYSTEM=="misc", KERNEL=="vhost-net|kvm", MODE="0666"',
        "/etc/udev/rules.d/70-c.rules:1:#",
    ]
