"""What stands beside Docker on a host: seen by the look, and said with its consequence and a remedy."""

import dataclasses
import os
import subprocess

import pytest
from support.looks import look

from pyinfra_wsl.core.acts import Service
from pyinfra_wsl.core.linux.host import PRELUDE, Os, parts
from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.docker_engine import plan as docker_engine
from pyinfra_wsl.resources.docker_engine import surroundings
from pyinfra_wsl.resources.docker_engine.plan import Want
from pyinfra_wsl.resources.docker_engine.running import Running
from pyinfra_wsl.resources.docker_engine.state import APT_KEY, PACKAGES, State, Unit, script
from pyinfra_wsl.resources.docker_engine.surroundings import Surroundings

READY = State(
    os=Os("debian", (), "12", "bookworm", "Debian GNU/Linux 12 (bookworm)"),
    packages={
        **dict.fromkeys(PACKAGES, "2.0-1"),
        "docker-ce": "5:28.5.1-1",
        "docker-ce-cli": "5:28.5.1-1",
        "ca-certificates": "1",
    },
    units={"docker.service": Unit(True, True, True), "docker.socket": Unit(True, True, True)},
    sources=render(
        "docker_engine.sources.j2",
        uri="https://download.docker.com/linux/debian",
        suite="bookworm",
        channel="stable",
        architecture="amd64",
        key=APT_KEY,
    ),
    key=("9DC858229FC7DD38854AE2D88D81803C0EBFCD88",),
    containers=0,
)
NFT = "iptables v1.8.9 (nf_tables)"
LEGACY = "iptables v1.8.7 (legacy)"


def plan(around, want=None, **different):
    state = dataclasses.replace(READY, around=around, **different)
    return docker_engine.plan(want or Want(), state, None, render)


def note(around, want=None, **different):
    found = plan(around, want, **different)
    assert found.failures == ()
    (one,) = found.warnings
    return one


def read(**sections):
    return surroundings.read(parts(look(**sections)))


def test_a_host_with_nothing_beside_docker_is_told_nothing():
    found = plan(Surroundings(cgroup="cgroup2fs", iptables="nf_tables", rules=True, firewalld=True))
    assert (found.steps, found.failures, found.warnings) == ((), (), ())


TRUSTED = Surroundings(firewalld=True, zones=("/etc/firewalld/zones/trusted.xml",))


@pytest.mark.parametrize(
    ("want", "different"),
    [(Want(), {"units": {"docker.service": Unit(True)}}), (Want(daemon={"debug": True}), {})],
    ids=["it is to start", "it is to take another configuration"],
)
def test_docker0_in_another_zone_keeps_dockerd_from_its_start(want, different):
    (failure,) = plan(TRUSTED, want, **different).failures
    assert "docker0 in its zone trusted" in failure.cause
    assert "--zone=trusted --remove-interface=docker0" in failure.remedy


def test_docker0_in_another_zone_is_a_note_while_the_daemon_runs_as_declared():
    found = plan(TRUSTED)
    assert (found.steps, found.failures) == ((), ())
    assert "its next start may fail (ZONE_CONFLICT)" in note(TRUSTED)


@pytest.mark.parametrize(
    ("around", "want"),
    [
        (Surroundings(firewalld=False, zones=("/etc/firewalld/zones/trusted.xml",)), Want()),
        (Surroundings(firewalld=True, zones=("/etc/firewalld/zones/trusted.xml",)), Want(daemon={"iptables": False})),
        (Surroundings(firewalld=True), Want()),
    ],
    ids=["firewalld does not run", "dockerd keeps off the firewall", "no other zone"],
)
def test_a_zone_that_nobody_asks_is_no_conflict(around, want):
    assert plan(around, want, units={"docker.service": Unit(True)}).failures == ()


def test_rules_that_the_other_firewall_has_are_named_with_the_way_to_move_them():
    one = note(read(iptables=NFT, legacy="7"))
    assert "7 rules are in iptables (legacy)" in one
    assert "'iptables-legacy-save' to 'iptables-nft-restore'" in one
    assert "'iptables-nft-save' to 'iptables-legacy-restore'" in note(read(iptables=LEGACY, nft_rules="2"))


@pytest.mark.parametrize(
    "sections", [{"iptables": NFT, "legacy": "0"}, {"iptables": NFT, "nft_rules": "9"}, {"iptables": (127, "")}]
)
def test_rules_of_the_firewall_in_use_are_no_mix(sections):
    assert read(**sections).other == 0


def test_an_iptables_before_there_were_two_is_the_legacy_one():
    assert read(iptables="iptables v1.6.1").iptables == "legacy"


def test_a_service_that_flushes_everybodys_rules_is_told_with_its_line():
    one = note(read(flushes="/etc/nftables.conf:3:flush ruleset"))
    assert "/etc/nftables.conf:3" in one
    assert "flush table inet filter" in one


def test_rules_that_are_gone_come_back_by_a_restart_that_waits_for_containers():
    lost = read(rules="gone")
    (step,) = plan(lost).steps
    assert step.does == (Service("docker.service", restarted=True),)
    assert "its firewall rules are gone" in step.sentence
    waiting = plan(lost, containers=2)
    assert waiting.steps == ()
    assert [(one.waits_for, one.reason) for one in waiting.deferred] == [("containers stopped", "2 containers run")]
    assert len(plan(lost, Want(apply="now"), containers=2).steps) == 1
    assert len(plan(lost, containers=2, running=Running({"live-restore": True})).steps) == 1


@pytest.mark.parametrize("daemon", [{"iptables": False}, {"firewall-backend": "nftables"}])
def test_a_daemon_that_writes_no_such_rules_is_not_restarted_for_them(daemon):
    assert plan(read(rules="gone"), daemon=daemon).steps == ()


@pytest.mark.parametrize("said", ["there", "", "?"])
def test_rules_that_are_there_or_unknown_are_left_alone(said):
    assert plan(read(rules=said)).steps == ()


def test_cgroup_v1_is_deprecated_for_daemons_with_and_without_root():
    assert "systemd.unified_cgroup_hierarchy=1" in note(read(cgroup="tmpfs"))
    assert list(surroundings.notes({}, read(cgroup="tmpfs"), before={}))
    assert read(cgroup="cgroup2fs").cgroup == "cgroup2fs"


def test_a_host_of_ipv6_alone_is_told_what_its_containers_lack():
    alone = read(routes="6\nipv6")
    assert "fixed-cidr-v6" in note(alone)
    assert plan(alone, daemon={"ipv6": True}).warnings == ()
    assert plan(read(routes="4\n6\nipv6")).warnings == ()


def test_ipv6_that_the_kernel_has_not_is_refused():
    (failure,) = plan(read(routes="4"), Want(daemon={"ipv6": True})).failures
    assert "ipv6.disable=1" in failure.remedy


def test_userns_remap_hides_what_is_there_and_says_so():
    one = note(read(remapped="/var/lib/docker/containers\n/var/lib/docker/image"), Want(daemon={"userns-remap": "default"}))
    assert "are not shown until userns-remap is taken away" in one


def test_data_below_another_root_is_named_when_userns_remap_ends():
    around = read(remapped="/var/lib/docker/231072.231072\n/var/lib/docker/image")
    assert around.remapped == ("/var/lib/docker/231072.231072",)
    one = note(around, Want(daemon={"userns-remap": ""}), daemon={"userns-remap": "default"})
    assert "/var/lib/docker/231072.231072" in one


def test_userns_remap_that_stays_is_told_nothing():
    around = read(remapped="/var/lib/docker/231072.231072\n/var/lib/docker/image")
    assert plan(around, Want(daemon={"userns-remap": "default"}), daemon={"userns-remap": "default"}).warnings == ()


@pytest.mark.parametrize(("who", "fails"), [("builder", False), ("builder:builder", False), ("ada", True), ("few", True)])
def test_userns_remap_of_a_user_without_ids_is_refused(who, fails):
    around = read(remap_ids="builder:231072:65536\nfew:300000:1000\n# x")
    failures = plan(around, Want(daemon={"userns-remap": who})).failures
    assert bool(failures) is fails
    assert all("subordinate ids" in failure.cause for failure in failures)


@pytest.mark.parametrize(
    ("subuid", "who", "fails"),
    [
        ("builder:231072:65536", "1001", False),  # by their number, where their name has the ids
        ("builder:231072:65536", "1001:1001", False),
        ("1001:231072:65536", "builder", False),  # and the other way round
        ("builder:231072:32768\nbuilder:400000:32768", "builder", False),  # ranges add up
        ("builder:231072:65536", "1002", True),
        ("builder:231072:32768\nada:400000:32768", "builder", True),
        ("1001x:231072:65536", "builder", True),
    ],
)
def test_userns_remap_takes_numbers_for_names_as_dockerd_does(subuid, who, fails):
    around = read(remap_ids=subuid, remap_users=(2, "builder:x:1001:1001::/home/builder:/bin/sh\nada:x:1002:1002:::"))
    assert bool(plan(around, Want(daemon={"userns-remap": who})).failures) is fails


def test_the_look_asks_who_has_the_ids(tmp_path):
    (tmp_path / "subuid").write_text("# x\nroot:1:65536\n0:70000:1\n-x:1:1\nno-such-user:1:1\n")
    (line,) = (one for one in surroundings.SCRIPT.splitlines() if one.startswith("part remap_users "))
    line = f"{PRELUDE}{line.replace('/etc/subuid', str(tmp_path / 'subuid'))}"
    done = subprocess.run(["dash", "-c", line], capture_output=True, text=True, check=True)
    names = {one.split(":")[0] for one in parts(done.stdout)["remap_users"].lines}
    assert names == {"root"}


def test_daemons_without_root_are_told_of_the_cgroup_alone():
    around = read(cgroup="tmpfs", flushes="/etc/nftables.conf:3:flush ruleset", routes="6\nipv6", rules="gone")
    (one,) = plan(around, Want(rootless=True)).warnings
    assert "cgroup v1" in one


ZONE = '<zone target="ACCEPT">\n  <short>Trusted</short>\n  <interface name="{}"/>\n</zone>\n'


@pytest.mark.parametrize(
    ("files", "zones"),
    [
        ({"trusted.xml": "docker0"}, ["trusted.xml"]),
        ({"docker.xml": "docker0"}, []),
        ({"docker.xml": "docker0", "home.xml": "docker0"}, ["home.xml"]),
        ({"trusted.xml": "docker01"}, []),
        ({}, []),
    ],
)
def test_the_look_finds_docker0_in_other_zones(tmp_path, files, zones):
    for name, interface in files.items():
        (tmp_path / name).write_text(ZONE.format(interface))
    assert [path.rpartition("/")[2] for path in seen(tmp_path, "/etc/firewalld/zones", tmp_path).zones] == zones


@pytest.mark.parametrize(
    ("text", "enabled", "found"),
    [
        ("#!/usr/sbin/nft -f\n\nflush ruleset\n\ntable inet filter {\n}\n", True, ("{}:3",)),
        ("#!/usr/sbin/nft -f\n\nflush ruleset\n", False, ()),
        ("# flush ruleset\nflush table inet filter\n", True, ()),
        ("\t flush   ruleset\n", True, ("{}:1",)),
    ],
    ids=["Debian's own file", "not enabled", "a table of its own", "spaces"],
)
def test_the_look_finds_a_service_that_flushes_all(tmp_path, text, enabled, found):
    config = tmp_path / "nftables.conf"
    config.write_text(text)
    program(tmp_path, "systemctl", "exit 0" if enabled else "exit 1")
    assert seen(tmp_path, "/etc/nftables.conf", config).flushes == tuple(one.format(config) for one in found)


@pytest.mark.parametrize(("tables", "other"), [("/proc/version", 2), ("/dev/null", 0), ("/proc/no-such-file", 0)])
def test_the_look_counts_legacy_rules_where_the_kernel_has_tables_for_them(tmp_path, tables, other):
    """As all files of /proc, the kernel's list of tables has the size 0, whatever is in it."""
    program(tmp_path, "iptables", f"echo '{NFT}'")
    program(tmp_path, "iptables-legacy-save", "printf ':INPUT ACCEPT\\n:FORWARD DROP\\n-A FORWARD -j ACCEPT\\n'")
    assert seen(tmp_path, "/proc/net/ip_tables_names", tables).other == other


@pytest.mark.parametrize(
    ("iptables", "rules"),
    [
        ('case "$*" in *"-S DOCKER"*) exit 0;; esac', True),
        ('case "$*" in *"-S DOCKER"*) exit 1;; *"-S"*) exit 0;; esac', False),
        ("exit 4", None),
    ],
    ids=["there", "gone", "nobody can tell"],
)
def test_the_look_asks_for_the_rules_of_a_daemon_that_runs(tmp_path, iptables, rules):
    assert seen(running(tmp_path, iptables), "/sys/class/net/docker0", tmp_path).rules is rules


def test_the_rules_of_a_daemon_with_flags_of_its_own_are_unknown(tmp_path):
    folder = running(tmp_path, 'case "$*" in *"-S DOCKER"*) exit 1;; *"-S"*) exit 0;; esac')
    flags = tmp_path / "cmdline"
    flags.write_bytes(b"/usr/bin/dockerd\0-H\0fd://\0--iptables=false\0")
    assert seen(folder, "/proc/$pid/cmdline", flags, also=("/sys/class/net/docker0", tmp_path)).rules is None


def running(folder, iptables):
    program(folder, "systemctl", f'case "$*" in *MainPID*) echo {os.getpid()};; esac')
    program(folder, "docker", "echo 0123456789ab")
    program(folder, "iptables", iptables)
    return folder


def program(folder, name, text):
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def seen(folder, place, stands_in, also=("@", "@")):
    """Run this part of the look; one place of the host is another here, and programs in the folder come first."""
    asked = 'ask() { docker "$@"; }\n'
    text = asked + surroundings.SCRIPT.replace(place, str(stands_in)).replace(*map(str, also))
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", PRELUDE + text], capture_output=True, text=True, check=True, env=os.environ | path)
    assert done.stderr == ""
    return surroundings.read(parts(done.stdout))


def test_the_whole_look_runs_here_and_says_nothing_of_what_is_not_here():
    done = subprocess.run(["sh", "-c", script(["root"])], capture_output=True, text=True, check=True)
    found = surroundings.read(parts(done.stdout))
    assert done.stderr == ""
    assert (found.firewalld, found.rules) == (False, None)
