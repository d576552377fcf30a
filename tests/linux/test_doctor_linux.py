"""The doctor on a real Debian host: what is declared for it, as whom it is reached, and that nothing is written there."""

import json
import subprocess
import time

import pytest
from hosts.place import key

from .fleet import BIN

CHANGED = (
    "find / -xdev -newermt @{since} -type f -not -path '/proc/*' -not -path '/sys/*' -not -path '/run/*' -not -path '/var/log/*'"
)
"""Files changed since a time, but for those that every logon writes."""


@pytest.fixture(scope="module")
def fleet(suite, make_container, fleet_of, repository):
    engine = {"repository": repository.url, "key_fingerprint": repository.fingerprint, "version": "28.5.0", "users": ["ops"]}
    return fleet_of(make_container(f"doctor-{suite}", suite), docker_engine=engine)


def doctor(fleet, *arguments, **declared):
    fleet._write({**fleet.declared, **declared})
    command = [BIN / "pyinfra-wsl", "doctor", "inventory.py", *arguments]
    done = subprocess.run(command, cwd=fleet.folder, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def lines(fleet, **declared):
    (host,) = json.loads(doctor(fleet, "--json", **declared).stdout)["hosts"]
    return {line["check"]: line for line in reversed(host["lines"])}  # the first of each check


def test_a_bare_host_is_told_what_a_run_would_do_and_is_left_as_it_is(fleet):
    time.sleep(1.1)
    since = fleet.host.out("date +%s")
    time.sleep(1.1)
    told = lines(fleet)
    assert told["rights"]["cause"] == "root acts as root there"
    assert told["system"]["cause"].startswith("Debian GNU/Linux 1")
    assert told["Docker Engine"]["verdict"] == "note"
    assert told["Docker Engine"]["deploy"].startswith("would")
    assert "fault" not in {one["verdict"] for one in told.values()}
    assert fleet.host.out(CHANGED.format(since=since)) == ""
    assert doctor(fleet).returncode == 0


def test_what_cannot_come_about_there_is_a_fault_with_a_next_step(fleet):
    told = lines(fleet, docker_engine=None, kvm={})
    assert told["KVM"]["verdict"] == "fault"
    assert "container (systemd-nspawn)" in told["KVM"]["cause"]
    assert told["KVM"]["remedy"]
    assert doctor(fleet, docker_engine=None, kvm={}).returncode == 1


def test_who_may_not_change_the_host_is_told_so(fleet):
    user, fleet.user = fleet.user, "ops"
    try:
        known = {"key": str(key()), "known_hosts": str(fleet.host.known_hosts)}
        told = lines(fleet, connection={"user": "ops", "port": fleet.host.port, **known})
    finally:
        fleet.user = user
    assert told["rights"]["verdict"] == "fault"
    assert told["rights"]["remedy"] == "connect as root, or declare connection.sudo: true"


def test_a_host_that_is_as_declared_is_well(fleet):
    fleet.converge()
    told = lines(fleet)
    assert told["Docker Engine"]["verdict"] == "ok", told
