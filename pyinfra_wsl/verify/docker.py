"""What several modules ask Docker's own programs."""

import json
import re

import pytest

UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
SCOPES = ("all_users", "user")


def in_uninstall_key(laptop, registry, scope, value):
    """Return a value of the uninstall key, None where it or the key is not there; of an EXE's and an MSI's the greater one."""
    ask = registry if scope == "user" else lambda key, *words: laptop.run(f"reg.exe query %s{' %s' * len(words)}", key, *words)
    root = "" if scope == "user" else "HKLM\\"
    listed = ask(f"{root}{UNINSTALL}", "/s", "/d", "/e", "/f", "Docker Desktop")
    names = [line.strip().rpartition("\\")[2] for line in listed.stdout.splitlines() if line.startswith("HKEY_")]
    said = [ask(rf"{root}{UNINSTALL}\{name}", "/v", value) for name in names]
    found = [re.search(rf"{value}\s+REG_\w+\s+(.+)", one.stdout) for one in said if one.rc == 0]
    return max((one[1].strip() for one in found if one), default=None)


def folder(laptop, registry):
    """Return the program folder of the installation that is there."""
    return next(found for scope in SCOPES if (found := in_uninstall_key(laptop, registry, scope, "InstallLocation")))


def runs(laptop):
    """Whether Docker Desktop runs: for the user, where there is one; somebody else's is not theirs."""
    user = laptop.backend.user
    words = ("/fi", "IMAGENAME eq Docker Desktop.exe", *(("/fi", f"USERNAME eq {user.account}") if user else ()))
    said = laptop.run(f"tasklist.exe{' %s' * len(words)}", *words)
    return "Docker Desktop.exe" in said.stdout


def demand_session(laptop):
    """Skip a test while the user is logged off."""
    user = laptop.backend.user
    if user and not user.within_reach:
        pytest.skip(f"{user.account} is logged off: Docker Desktop runs in their session only; log on, then verify again")


def demand_running(laptop):
    """Skip a test while Docker Desktop does not run."""
    demand_session(laptop)
    if not runs(laptop):
        pytest.skip("Docker Desktop does not run: start it, then verify again to see what its engine says")


def on_windows(laptop, registry, as_user, verb):
    """Return what the laptop's own ``docker`` says, for its user; skips while Docker Desktop does not run."""
    demand_running(laptop)
    said = as_user("%s %s --format %s", rf"{folder(laptop, registry)}\resources\bin\docker.exe", verb, "{{json .}}")
    assert said.rc == 0, said.stderr
    return json.loads(said.stdout)


def inside(as_user, distro, verb):
    """Return what ``docker`` says inside a distribution."""
    said = as_user("wsl.exe -d %s -e docker %s --format %s", distro, verb, "{{json .}}")
    assert said.rc == 0, said.stdout + said.stderr
    return json.loads(said.stdout)
