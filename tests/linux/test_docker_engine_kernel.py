"""Debian's own Docker Engine on a kernel and a network of its own: with root, without, and where the kernel forbids it."""

import json

import pytest
from hosts.contents import real
from hosts.packages import Repository

from .fleet import IMAGE, assert_converged, assert_refused, assert_unchanged

pytestmark = pytest.mark.thorough
MODULES = "/etc/modules-load.d/pyinfra-wsl-docker.conf"


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """Return what is declared, after the packages are served."""
    repository = Repository(tmp_path_factory.mktemp("engine"), real("bookworm", system=True))
    yield {
        "repository": repository.url_of_guests, "key": str(repository.key), "key_fingerprint": repository.fingerprint,
        "users": ["ops"], "daemon": {"log-driver": "local"},
    }  # fmt: skip
    repository.close()


@pytest.fixture(scope="module")
def fleet(make_guest, fleet_of, engine):
    """A virtual machine with Docker Engine, converged from nothing."""
    made = fleet_of(make_guest("engine"), docker_engine=engine)
    assert_converged(made.converge())
    made.host.out(IMAGE, timeout=300)
    made.host.out("docker import /tmp/image.tar busybox")
    return made


def test_the_systems_daemon_runs_containers(fleet):
    info = json.loads(fleet.host.out("docker info --format '{{json .}}'"))
    assert info["LoggingDriver"] == "local"
    assert fleet.host.out("docker run --rm busybox /bin/busybox id -u") == "0"
    assert_unchanged(fleet.converge())


def test_the_look_wakes_no_daemon_through_its_socket(fleet):
    fleet.host.out("systemctl stop docker.service")
    assert fleet.dry() == ["docker.service runs"]
    assert fleet.host.run("systemctl is-active docker.service docker.socket").stdout.split() == ["inactive", "active"]
    assert_converged(fleet.converge())


def test_a_restart_waits_for_containers_and_live_restore_keeps_them(fleet, engine):
    container = fleet.host.out("docker run --detach busybox /bin/busybox sleep 3600")
    slower = engine | {"daemon": {"log-driver": "json-file"}}
    run = fleet.converge(docker_engine=slower)
    assert [(one["waits_for"], one["reason"]) for one in run.result["deferred"]] == [("containers stopped", "1 container runs")]
    kept = slower | {"daemon": {"live-restore": True}}
    assert_converged(fleet.converge(docker_engine=kept))
    assert_converged(fleet.converge(docker_engine=slower))
    assert fleet.host.out("docker info --format '{{.LoggingDriver}}'") == "json-file"
    assert fleet.host.out("docker ps --quiet --no-trunc") == container
    fleet.host.out(f"docker rm --force {container}")


def test_firewall_rules_that_somebody_flushed_come_back(fleet):
    rules = "iptables -t nat -S"
    fleet.host.out("iptables -t nat -F && iptables -t nat -X && iptables -t filter -F && iptables -t filter -X")
    assert "DOCKER" not in fleet.host.out(rules)
    run = fleet.converge()
    assert_converged(run)
    assert run.changes == ["docker.service is restarted: its firewall rules are gone, and containers have no network"]
    assert "-N DOCKER" in fleet.host.out(rules)
    assert_unchanged(fleet.converge())


def test_userns_remap_says_what_is_hidden_and_keeps_it(fleet, engine):
    remapped = engine | {"daemon": {"userns-remap": "default"}}
    run = fleet.converge(docker_engine=remapped)
    assert_converged(run)
    assert "images, containers and volumes that are there now are not shown" in run.output
    assert fleet.host.out("docker images --quiet") == ""
    back = engine | {"daemon": {"userns-remap": ""}}
    run = fleet.converge(docker_engine=back)
    assert_converged(run)
    assert "without userns-remap: default dockerd does not show" in run.output
    assert fleet.host.out("docker images --quiet")


def test_a_kernel_that_forbids_namespaces_is_refused_and_left_so(fleet, engine):
    fleet.host.out("sysctl -q kernel.unprivileged_userns_clone=0")
    assert_refused(fleet.converge(docker_engine=engine | {"rootless": True}), "kernel.unprivileged_userns_clone is 0")
    assert fleet.host.out("sysctl -n kernel.unprivileged_userns_clone") == "0"
    fleet.host.out("sysctl -q kernel.unprivileged_userns_clone=1")


def test_a_daemon_without_root_finds_its_firewall_loaded(fleet, engine):
    fleet.declared["docker_engine"] = engine | {"rootless": True}
    assert_converged(fleet.converge())
    assert fleet.host.out(f"grep -v '^#' {MODULES}").split() == ["nf_tables", "ip_tables"]
    assert fleet.host.run("systemctl is-active docker.service docker.socket").stdout.split() == ["inactive", "inactive"]
    assert "--iptables=false" not in fleet.host.out("cat /home/ops/.config/systemd/user/docker.service")
    docker = "docker --host unix:///run/user/1000/docker.sock"
    fleet.host.out(f"{docker} import /tmp/image.tar busybox", user="ops")
    assert fleet.host.out(f"{docker} run --rm busybox /bin/busybox id -u", user="ops") == "0"
    fleet.host.out(f"rm {MODULES}")
    assert_converged(fleet.converge())
    assert_unchanged(fleet.converge())
    done = fleet.verify()
    assert done.returncode == 0, done.stdout + done.stderr
