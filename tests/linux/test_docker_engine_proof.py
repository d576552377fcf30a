"""daemon.json beside Debian's own dockerd with root, in a network of its own: proved, brought into force, taken back."""

import json
import shlex

import pytest
from hosts.contents import real
from hosts.packages import Repository

from .fleet import IMAGE, assert_converged, assert_refused, assert_unchanged

FILE = "/etc/docker/daemon.json"
RUNC = r"""#!/bin/sh
for word; do [ "$before" != --bundle ] || sed -i 's/"cgroupsPath":"[^"]*",*//' "$word/config.json"; before=$word; done
exec /usr/bin/runc --rootless true "$@"
"""
"""Starts containers where this machine's control groups cannot be written to from the host: without one of their own."""
DAEMON = {"log-driver": "json-file", "log-opts": {"max-size": "10m"}}


@pytest.fixture(scope="module")
def engine(suite, tmp_path_factory):
    """Return what is declared, after the packages of the suite's engine are served."""
    repository = Repository(tmp_path_factory.mktemp("engine"), real(suite, system=True, apart=True))
    yield {"repository": repository.url, "key_fingerprint": repository.fingerprint, "daemon": DAEMON, "apply": "now"}
    repository.close()


@pytest.fixture(scope="module")
def fleet(suite, make_container, fleet_of, engine):
    """A host that was converged from nothing, with a container that runs."""
    made = fleet_of(make_container(f"proof-{suite}", suite, disk="4G", nested=True, networks=True), docker_engine=engine)
    assert_converged(made.converge())
    made.host.out(f"printf %s {shlex.quote(RUNC)} > /usr/local/bin/runc; chmod 755 /usr/local/bin/runc")
    made.host.out(IMAGE)
    made.host.out("docker import /tmp/image.tar busybox")
    return made


@pytest.fixture
def container(fleet):
    """A container that must not end."""
    name = fleet.host.out("docker run --detach --network none busybox /bin/busybox sleep 3600")
    yield name
    fleet.host.out(f"docker rm --force {name}")


def declared(engine, **daemon):
    return engine | {"daemon": DAEMON | daemon}


def test_a_second_run_changes_nothing_by_one_command(fleet):
    run = fleet.converge()
    assert_unchanged(run)
    assert len(run.commands) == 1, run.commands


def file(fleet):
    return json.loads(fleet.host.out(f"cat {FILE}"))


def assert_nothing_left(fleet):
    ours = "-name '*pyinfra-wsl-dockerd*' -o -path '/srv/*' -o -name '.daemon*'"
    assert fleet.host.out(f"find /run /srv /etc/docker /var/lib/docker -maxdepth 1 {ours}") == ""
    assert fleet.host.run("pgrep -f 'dockerd .*pyinfra'").returncode == 1


@pytest.fixture
def untouched(fleet, container):
    """Prove after a test that file, daemon and container are what they were, and that nothing of a proof is left."""
    before, pid = file(fleet), fleet.host.out("systemctl show -p MainPID --value docker")
    yield
    assert file(fleet) == before
    assert fleet.host.out("systemctl show -p MainPID --value docker") == pid
    assert fleet.host.out("docker ps --quiet --no-trunc") == container
    assert_nothing_left(fleet)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("daemon", "words"),
    [
        ({"hosts": ["unix:///run/other.sock"]}, ["both as a flag and in the configuration file", "hosts"]),
        ({"log-driver": "journald"}, ["unknown log opt 'max-size' for journald log driver"]),
        ({"log-driver": "loki", "log-opts": None}, ["there is no log driver loki"]),
        ({"authorization-plugins": ["nobody"]}, ['"nobody" not found']),
        ({"storage-driver": "auf"}, ["graphdriver"]),
        ({"default-runtime": "kata"}, ["kata"]),
        ({"bip": "10.9.0.0/16"}, ["10.9.0.0"]),
        ({"default-address-pools": [{"base": "10.9.0.0/16", "size": 8}]}, ["pool"]),
        ({"userns-remap": "nobody"}, ["nobody"]),
        ({"tlsverify": True, "tlscacert": "/no/ca.pem", "tlscert": "/no/cert.pem", "tlskey": "/no/key.pem"}, ["/no/"]),
        ({"data-root": "/srv/new/docker", "storage-driver": "auf"}, ["graphdriver"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_only_a_start_finds_out_ends_no_container(fleet, engine, daemon, words):
    assert_refused(fleet.converge(docker_engine=declared(engine, **daemon)), *words)


SHOWN = "docker info --format '{{.LoggingDriver}} {{.Debug}}'"
DROP_IN = "/etc/systemd/system/docker.service.d/test.conf"
UNIT = """[Service]
EnvironmentFile=-/etc/default/docker
EnvironmentFile=-/etc/default/none
Environment="A=b c"
ExecStart=
ExecStart=/usr/bin/unshare --net /usr/bin/dockerd -H fd:// $DOCKER_OPTS
"""


@pytest.mark.usefixtures("untouched")
def test_flags_of_a_drop_in_and_of_its_environment_count(fleet, engine):
    fleet.host.out(
        f"mkdir -p $(dirname {DROP_IN}); printf %s {shlex.quote(UNIT)} > {DROP_IN}; systemctl daemon-reload;"
        " echo 'DOCKER_OPTS=\"--label rack=7 --bip 10.9.8.1/24\"' > /etc/default/docker"
    )
    assert_refused(fleet.converge(docker_engine=declared(engine, labels=["a=b"])), "labels", "flag", "rack=7")
    assert_refused(fleet.converge(docker_engine=declared(engine, bip="10.9.9.1/24")), "bip", "10.9.8.1/24")
    fleet.host.out(f"sed -i 's|-H fd://|& --config-file /etc/other.json|' {DROP_IN}")
    assert_refused(fleet.converge(docker_engine=declared(engine, debug=True)), "its unit reads /etc/other.json")
    fleet.host.out(f"rm {DROP_IN}; systemctl daemon-reload")


def test_what_dockerd_reads_anew_is_in_force_and_ends_no_container(fleet, engine, container):
    assert_converged(fleet.converge(docker_engine=declared(engine, debug=True)))
    assert fleet.host.out(SHOWN) == "json-file true"
    assert fleet.host.out("docker ps --quiet --no-trunc") == container
    assert_unchanged(fleet.converge(docker_engine=declared(engine, debug=True, **{"shutdown-timeout": None})))
    assert_nothing_left(fleet)


def test_after_a_restart_that_fails_dockerd_runs_with_the_former_file(fleet, engine):
    before = file(fleet)
    fleet.host.out("mkdir /srv/broken; touch /srv/broken/network")
    run = fleet.converge(docker_engine=declared(engine, **{"data-root": "/srv/broken"}))
    assert_refused(
        run, "dockerd does not take daemon.json over", "/srv/broken/network", "the former file is back, and dockerd runs"
    )
    assert file(fleet) == before
    assert fleet.host.out("systemctl is-active docker") == "active"
    assert fleet.host.out("docker info --format '{{.DockerRootDir}}'") == "/var/lib/docker"
    fleet.host.out("rm -r /srv/broken")


def test_a_key_of_a_nested_object_that_is_null_is_taken_out_of_the_file(fleet, engine):
    daemon = {"log-driver": "journald", "log-opts": {"max-size": None, "tag": "all"}}
    assert_converged(fleet.converge(docker_engine=engine | {"daemon": daemon}))
    assert file(fleet)["log-opts"] == {"tag": "all"}
    assert fleet.host.out(SHOWN).startswith("journald")
    assert_unchanged(fleet.converge(docker_engine=engine | {"daemon": daemon}))
    assert_converged(fleet.converge(docker_engine=engine | {"daemon": DAEMON | {"log-opts": {"max-size": "10m", "tag": None}}}))


def test_a_cut_between_file_and_restart_is_seen_by_the_next_run(fleet, engine, container):
    later = declared(engine, **{"log-opts": {"max-size": "20m"}})
    fleet.host.out(f"sed -i s/10m/20m/ {FILE}")
    waits = fleet.converge(docker_engine=later | {"apply": "when_idle"})
    assert waits.deferred == ["dockerd runs with daemon.json: log-opts"]
    assert fleet.host.out("docker ps --quiet --no-trunc") == container
    run = fleet.converge(docker_engine=later)
    assert_converged(run)
    assert run.changes == ["dockerd runs with daemon.json: log-opts"]
    made = fleet.host.out("docker create --network none busybox /bin/true")
    assert "20m" in fleet.host.out(f"docker inspect {made} --format '{{{{json .HostConfig.LogConfig.Config}}}}'")
    assert_unchanged(fleet.converge(docker_engine=later))
