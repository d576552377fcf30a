"""Whatever a fleet file holds, it is taken or refused in lines; nothing else happens."""

import copy
import hashlib
import json
import random
import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyinfra_wsl import data as resources
from pyinfra_wsl import fleet

EXAMPLE = (Path(__file__).resolve().parents[2] / "inventory" / "fleet.yml").read_text()
KEYS = sorted(
    {"defaults", "groups", "hosts", "A", "B", "Ubuntu", "password", "<<"}
    | set(resources.schema("fleet")["$defs"]["host"]["properties"])
    | {
        key
        for name in ("wsl", "wsl_distro", "reboot", "connection", "hypervisor", "docker_engine")
        for key in resources.schema(name)["properties"]
    }
    | {"wsl2", "memory", "experimental", "boot", "systemd", "user", "default", "package", "sha256"}
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "8gb", "absent", "linux", "A", "C:\\x"])
)
DATA = st.recursive(
    PLAIN, lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(KEYS), below, max_size=4), max_leaves=20
)
VALUES = st.dictionaries(st.sampled_from(KEYS), DATA, max_size=4)
FLEETS = st.fixed_dictionaries({
    "hosts": st.dictionaries(st.sampled_from(["A", "B"]), VALUES | DATA, min_size=1),
    "defaults": VALUES | DATA,
    "groups": st.dictionaries(st.sampled_from(["A", "devs"]), VALUES | DATA) | DATA,
})  # fmt: skip
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def taken_or_refused(file, text):
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    try:
        assert fleet.load(file).hosts
    except fleet.FleetError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(re.match(re.escape(str(file)) + r":[0-9]+: [^\n]", one) and one.isprintable() for one in problems), problems
    assert all(len(one) < 2500 for one in problems)


@given(DATA | FLEETS)
@QUICK
def test_any_data(tmp_path, data):
    taken_or_refused(tmp_path / "fleet.yml", json.dumps(data))


@given(st.text(st.characters(codec="utf-8"), max_size=40))
@QUICK
def test_any_text(tmp_path, text):
    taken_or_refused(tmp_path / "fleet.yml", text)


@given(st.integers(0, len(EXAMPLE)), st.integers(0, 12), st.text(st.sampled_from("\\\"'{}[]:,#&*!|>%@`- \t\nab0"), max_size=6))
@QUICK
def test_the_example_with_a_slip_of_the_hand(tmp_path, at, length, instead):
    taken_or_refused(tmp_path / "fleet.yml", EXAMPLE[:at] + instead + EXAMPLE[at + length :])


RICH = r"""
defaults: &d
  user: 'CORP\bo'
  connection: {user: fleet, port: 22, key: ~/k, known_hosts: known, password_from: {command: [pass, show, "a\nb"]}}
  reboot: {policy: no_user, window: "22:00-06:00", timeout: 900}
  windows_features: {VirtualMachinePlatform: enabled, TelnetClient: null}
  wsl: {default_version: 2, package: {minimum: 2.6.1, installer: u.msi, sha256: SHA}}
  wslconfig: {wsl2: {memory: 8GB, swap: 0x10, networkingMode: mirrored, kernelCommandLine: a=b}, apply: when_idle}
  snapshot_ttl: 1.5
  site: fra
  time_zone: Europe/Berlin
groups:
  devs: {wsl_distros: {Ubuntu-24.04: &u {source: u.tar, sha256: SHA, location: 'D:\wsl', wsl_conf: {boot: {systemd: true}}}}}
  linux: {os: linux, docker_engine: {users: [ada], daemon: {log-driver: local, a: [1, {b: 1.5}]}}, kvm: {device_mode: "0660"}}
hosts:
  LT-0001: {groups: [devs], address: 10.0.0.1}
  LT-0002: {<<: *d, wsl_distros: {U: {<<: [*u], default_user: ada}}}
  build-01:
    groups: [linux]
    docker_integration: null
    docker_desktop_linux: {user: ada, settings: {Cpus: 4}, package: {source: u.tar, sha256: SHA}}
rollout:
  rings:
  - {name: a, groups: [devs], hosts: [build-01]}
  - {name: b, percent: 50%, gate: {converged: 9}}
  - {name: c, size: 1}
  - {name: d}
  gate: {converged: 95%, wait: 1h30m, approve: true, new_failures: stop, verify: false}
  windows: [{days: [mon, tue-thu], from: "18:00", to: "24:00"}, {days: weekend, from: "8:00", to: "9:00"}]
  retry: {first: 10m, longest: 4h, until: 7d}
  notify: {command: [./tell, x]}
"""
CONTENT = b"image"
SNIPPETS = [
    *(bytes([one]) for one in range(256)),
    *(b"!!int ", b"!!float x", b"!!binary ", b"!!set ", b"!x ", b"! ", b"&d ", b"*d", b"*u", b"<<: ", b"<<: *d\n", b"? "),
    *(b"- " * 60, b"[" * 70, b"{a: " * 60, b"]" * 9, b"}" * 9, b"1" * 5000, b"0x" + b"f" * 5000, b"x" * 3000, b"~", b"null"),
    *(b"\\0", b"\\x1b", b"\\ud800", b"\\U0010ffff", b"\\q", b"\xc2\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\r\n", b"---\n"),
    *(b"https://u:p@h/x?y", b"file:///a%00", b"~nobody-here/x", b"|\n", b">-\n", b"1.0e999", b"-0", b"999gb", b"%TAG ! x\n"),
]
ODD = [
    *(None, True, -1, 0, 10**30, 2**64, 1.5, "", "\0", "a\nb", "a\tb", "~nobody-here/x", "x" * 5000, "1" * 5000, "\\", "-x", "."),
    *([], {}, [None], [[]], {"": ""}, {"a\0": 1}, {"x" * 3000: 1}, ["a", "a"], [1, "a"] * 600, "https://u:p@h/x?y", "https://["),
]


def slips(rng, text):
    """Return a file's bytes with some of them lost, doubled, or with others in their place."""
    found = bytearray(text)
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.randrange(len(found) + 1)
        length = rng.choice([0, 0, 1, 3, 40])
        piece = rng.choice(SNIPPETS) if rng.random() < 0.8 else bytes(found[at : at + rng.randrange(200)])
        found[at : at + length] = piece
    return bytes(found)


def places(value, path=()):
    yield path
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(one, (*path, key))


def swapped(rng, data):
    """Return data of which some values are odd ones, or others of the same file."""
    found = copy.deepcopy(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        path = rng.choice([one for one in places(found) if one])
        other = found
        for part in rng.choice(list(places(found))) if rng.random() < 0.3 else ():
            other = other[part]
        holder = found
        for part in path[:-1]:
            holder = holder[part]
        odd = copy.deepcopy(rng.choice(ODD) if other is found else other)
        if isinstance(holder, dict) and rng.random() < 0.3 and not isinstance(odd, dict | list):
            holder[odd] = holder.pop(path[-1])
        else:
            holder[path[-1]] = odd
    return yaml.safe_dump(found, allow_unicode=True)


@pytest.fixture
def rich(tmp_path):
    """A fleet file with all that there is, and the files that it names."""
    for name in ("u.msi", "u.tar"):
        (tmp_path / name).write_bytes(CONTENT)
    file = tmp_path / "fleet.yml"
    text = RICH.replace("SHA", hashlib.sha256(CONTENT).hexdigest())
    file.write_text(text)
    assert set(fleet.load(file).hosts) == {"LT-0001", "LT-0002", "build-01"}
    return file, text


@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_slips_and_oddities_are_taken_or_refused_soon(rich, seed):
    file, text = rich
    rng = random.Random(seed)  # noqa: S311
    data = yaml.safe_load(text)
    slowest = 0.0
    for _ in range(250):
        for one in (slips(rng, text.encode()), swapped(rng, data)):
            began = time.process_time()
            taken_or_refused(file, one)
            slowest = max(slowest, time.process_time() - began)
    assert slowest < 2
