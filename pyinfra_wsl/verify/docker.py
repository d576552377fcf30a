"""What several modules ask Docker's own programs."""

import json
import re

import pytest

UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
SCOPES = ("all_users", "user")


def in_uninstall_key(laptop, user, scope, value):
    """Return a value of the uninstall key, None where it or the key is not there; of an EXE's and an MSI's the greater one."""
    hive = "HKLM" if scope == "all_users" else rf"HKU\{user.sid}"
    listed = laptop.run("reg.exe query %s /s /d /e /f %s", rf"{hive}\{UNINSTALL}", "Docker Desktop")
    keys = [line.strip() for line in listed.stdout.splitlines() if line.startswith("HKEY_")]
    said = [laptop.run("reg.exe query %s /v %s", key, value) for key in keys]
    found = [re.search(rf"{value}\s+REG_\w+\s+(.+)", one.stdout) for one in said if one.rc == 0]
    return max((one[1].strip() for one in found if one), default=None)


def folder(laptop, user):
    """Return the program folder of the installation that is there."""
    return next(found for scope in SCOPES if (found := in_uninstall_key(laptop, user, scope, "InstallLocation")))


def demand_running(laptop):
    """Skip a test while Docker Desktop does not run."""
    if "Docker Desktop.exe" not in laptop.run("tasklist.exe").stdout:
        pytest.skip("Docker Desktop does not run: start it, then verify again to see what its engine says")


def on_windows(laptop, user, as_user, verb):
    """Return what the laptop's own ``docker`` says, for its user; skips while Docker Desktop does not run."""
    demand_running(laptop)
    said = as_user("%s %s --format %s", rf"{folder(laptop, user)}\resources\bin\docker.exe", verb, "{{json .}}")
    assert said.rc == 0, said.stderr
    return json.loads(said.stdout)


def inside(as_user, distro, verb):
    """Return what ``docker`` says inside a distribution."""
    said = as_user("wsl.exe -d %s -e docker %s --format %s", distro, verb, "{{json .}}")
    assert said.rc == 0, said.stdout + said.stderr
    return json.loads(said.stdout)
