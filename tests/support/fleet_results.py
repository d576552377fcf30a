"""Results of a fleet that nobody has: hosts, outcomes and causes in fixed shares, of several runs."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pyinfra_wsl.report import results

SETTINGS = {
    "windows_feature": "features", "hypervisor": "hypervisor", "wslconfig": ".wslconfig", "wsl": "WSL", "reboot": "restart",
    "wsl_distro": "distributions", "wsl_conf": "wsl.conf", "docker_integration": "Docker's WSL integration",
}  # fmt: skip
KEYS = {
    "windows_feature": ("windows_features.VirtualMachinePlatform", "windows_features.Microsoft-Windows-Subsystem-Linux"),
    "hypervisor": ("hypervisor.launch",), "wsl": ("wsl.package.minimum",), "reboot": ("reboot.policy",),
    "wslconfig": tuple(f"wslconfig.wsl2.{name}" for name in ("memory", "processors", "networkingMode", "swap", "dnsTunneling")),
    "wsl_distro": tuple(f"wsl_distros.Ubuntu-24.04.{name}" for name in ("state", "version", "default_user", "default")),
    "wsl_conf": ("wsl_distros.Ubuntu-24.04.wsl_conf.boot.systemd", "wsl_distros.Ubuntu-24.04.wsl_conf.automount.options"),
    "docker_integration": ("wsl_distros.Ubuntu-24.04.docker_integration", "docker_integration.default_distro"),
}  # fmt: skip
GROUPS = ("developers", "testers", "finance", "field")
BEGIN = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)

_FAILURES = (
    ("wsl", "Windows has no hypervisor that WSL 2 can use: HCS_E_HYPERV_NOT_INSTALLED",
     "switch on virtualization in the firmware of {host}, then run again", "Wsl/Service/CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED"),
    ("wsl_distro", "distribution Ubuntu-24.04: present: C:\\Users\\{host}\\AppData\\Local\\wsl has {number} MiB free of 4,096 "
     "MiB that are needed", "free space on drive C:, or declare another location, then run again", "disk"),
    ("docker_integration", "Docker Desktop is not installed", "install Docker Desktop, or declare its package", ""),
)  # fmt: skip


def document(host, run, *, groups=(), outcome="converged", failures=(), deferred=(), changes=(), before=None, seconds=0.6):
    """Return a result as a run of today writes it."""
    return {
        "run": run, "host": host, "groups": list(groups), "outcome": outcome, "seconds": seconds, "processes": 1, "requests": 2,
        "restarts": 0, "resources": {
            name: {"words": words, "known": True, "settings": list(KEYS[name])} for name, words in SETTINGS.items()
        }
        if outcome not in ("offline", "not looked at") else {},
        "changes": [{"resource": of, "words": SETTINGS[of], "sentence": text, "seconds": 0.4} for of, text in changes],
        "deferred": [dict(zip(("resource", "sentence", "waits_for", "reason"), one, strict=True)) for one in deferred],
        "failures": [dict(zip(("resource", "cause", "remedy", "code"), one, strict=True)) for one in failures],
        "not_proved": [], "not_reached": [], "warnings": [], "before": before,
    }  # fmt: skip


def _id(host, part):
    """Return what is unique to a laptop, as its identifiers and sums are, and cannot be packed."""
    return sha256(f"{host}/{part}".encode()).hexdigest()


def _of(number, run, before):
    """Return one host's result: what share of hosts ends how is fixed, and which hosts differs from run to run."""
    host, groups = f"LT-{number:04}", [GROUPS[number % len(GROUPS)], *(["pilots"] if number % 10 == 0 else [])]
    kind = (number * 37 + int(run["id"], 16) ** 2 * 7) % 100
    seen = {**(before or {"wsl": {"kind": "package", "version": f"2.{kind % 7}.1.0"}})}
    seen["windows"] = {**seen.get("windows", {}), "computer": host, "ids": [_id(host, part) for part in range(6)]}
    common = {"groups": groups, "before": seen, "seconds": 0.3 + kind / 70}
    if kind < 4:
        failure = _FAILURES[number % 3]
        texts = [text.format(host=host, number=number % 900) for text in failure]
        return document(host, run, outcome="failed", failures=[texts], **common)
    if kind < 6:
        offline = ("connection", f"{host} does not answer on port 22 within 10 s", "look whether it is switched on", "offline")
        return document(host, run, outcome="offline", failures=[offline], **(common | {"before": None}))
    if kind < 14:
        waits = [("wslconfig", ".wslconfig as declared", "user logon", "nobody is at the screen")]
        return document(host, run, outcome="deferred", deferred=waits, **common)
    if kind < 17:
        waits = [("reboot", "restart: VirtualMachinePlatform is EnablePending", "maintenance window", "22:00-06:00")]
        return document(host, run, outcome="deferred", deferred=waits, **common)
    if kind < 23:
        return document(host, run, changes=[("wslconfig", ".wslconfig [wsl2] memory: 9GB → 8GB")], **common)
    return document(host, run, **common)


def write(folder, hosts, runs=1, before=None):
    """Write results of so many hosts and runs, a day between two of them; return the folders of the runs."""
    folders = []
    for number in range(runs):
        ended = BEGIN + timedelta(days=number)
        run = {"id": f"{number:08x}", "ended": ended.isoformat(), "holder": "ada@control"}
        folder_ = folder / f"{ended:%Y-%m-%dT%H-%M-%S}-{number:08x}"
        results.write([_of(one, run, before) for one in range(1, hosts + 1)], folder_)
        folders.append(folder_)
    return folders


def like(path):
    """Return what a run found on a real host of the lab, from its result."""
    return json.loads(path.read_text("utf-8"))["before"]
