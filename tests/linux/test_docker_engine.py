"""Docker Engine on real Debian hosts, whose packages are stand-ins."""

import json

import pytest

from .fleet import assert_converged, assert_refused, assert_unchanged

MOST_COMMANDS = 15
DAEMON = {"log-driver": "local", "log-opts": {"max-size": "10m"}, "dns": ["9.9.9.9"]}
PACKAGES = "docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin"


@pytest.fixture(scope="module")
def declared(repository):
    engine = {
        "repository": repository.url, "key_fingerprint": repository.fingerprint, "version": "28.5.0",
        "daemon": DAEMON, "users": ["ops"],
    }  # fmt: skip
    return {"docker_engine": engine}


@pytest.fixture(scope="module")
def fleet(suite, make_container, fleet_of, declared):
    """A host that was converged from nothing."""
    made = fleet_of(make_container(f"engine-{suite}", suite), **declared)
    first = made.converge()
    assert_converged(first)
    assert first.changes
    return made


def test_a_bare_host_gets_the_engine_as_declared(fleet):
    out = fleet.host.out
    assert out("systemctl is-active docker") == "active"
    assert out("systemctl is-enabled docker") == "enabled"
    assert out("dpkg-query -W -f '${Version}' docker-ce") == "5:28.5.0-1~test"
    assert set(out("apt-mark showhold").split()) == set(PACKAGES.split())
    assert "docker" in out("id -Gn ops").split()
    assert json.loads(out("cat /etc/docker/daemon.json")) == DAEMON


def test_a_second_run_changes_nothing_and_asks_at_most_fifteen_times(fleet):
    run = fleet.converge()
    assert_unchanged(run)
    assert len(run.commands) <= MOST_COMMANDS, run.commands


def test_after_a_reboot_nothing_is_left_to_do(fleet):
    fleet.host.reboot()
    assert fleet.host.out("systemctl is-active docker") == "active"
    assert_unchanged(fleet.converge())


def test_verification_with_testinfra_agrees(fleet):
    done = fleet.verify()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


LIST = "/etc/apt/sources.list.d/docker.sources"
KEY = "/etc/apt/keyrings/docker.asc"
FILE = "/etc/docker/daemon.json"


@pytest.mark.parametrize(
    ("drift", "look", "repaired"),
    [
        (f"rm {FILE}", f"cat {FILE}", '"log-driver": "local"'),
        (f'echo \'{{"log-driver": "journald", "debug": true}}\' > {FILE}', f"cat {FILE}", '"debug": true'),
        ("systemctl stop docker", "systemctl is-active docker", "active"),
        ("systemctl disable docker", "systemctl is-enabled docker", "enabled"),
        ("gpasswd --delete ops docker", "id -Gn ops", "docker"),
        ("apt-mark unhold docker-ce", "apt-mark showhold", "docker-ce\n"),
        (f"rm {LIST}", f"cat {LIST}", "Signed-By"),
        (f"sed -i 's/stable/test/' {LIST}", f"cat {LIST}", "stable"),
        (f"rm {KEY}", f"head -1 {KEY}", "PGP PUBLIC KEY"),
        (f"echo rubbish > {KEY}", f"head -1 {KEY}", "PGP PUBLIC KEY"),
        ("apt-get remove -y --allow-change-held-packages docker-compose-plugin", "dpkg -l docker-compose-plugin", "hi "),
        ("apt-get install -y --allow-change-held-packages docker-ce=5:28.5.1*", "dpkg-query -W docker-ce", "28.5.0"),
    ],
)
def test_drift_is_repaired_by_the_next_run(fleet, drift, look, repaired):
    fleet.host.out(drift)
    run = fleet.converge()
    assert_converged(run)
    assert run.changes, run.output
    assert repaired in fleet.host.out(look) + "\n"


def test_after_all_repairs_nothing_is_left_to_do(fleet):
    assert_unchanged(fleet.converge())


def test_what_ends_containers_waits_for_them_or_for_consent(fleet, declared):
    engine = declared["docker_engine"] | {"daemon": DAEMON | {"storage-driver": "vfs"}}
    fleet.host.out("printf 'c1\\nc2\\n' > /run/containers")
    run = fleet.converge(docker_engine=engine)
    assert (run.exit, run.result["outcome"]) == (0, "deferred"), run.output
    assert [(one["waits_for"], one["reason"]) for one in run.result["deferred"]] == [("containers stopped", "2 containers run")]
    assert json.loads(fleet.host.out(f"cat {FILE}")).get("storage-driver") is None
    assert_converged(fleet.converge(docker_engine=engine | {"apply": "now"}))
    assert json.loads(fleet.host.out(f"cat {FILE}"))["storage-driver"] == "vfs"
    fleet.host.out("rm /run/containers")


def test_a_user_who_may_sudo_does_as_well_as_root(make_container, fleet_of, declared, suite):
    fleet = fleet_of(make_container(f"sudo-{suite}", suite), user="ops", **declared)
    assert_converged(fleet.converge())
    run = fleet.converge()
    assert_unchanged(run)
    assert len(run.commands) <= MOST_COMMANDS, run.commands


def test_absent_takes_away_what_present_brought(make_container, fleet_of, declared, suite):
    fleet = fleet_of(make_container(f"absent-{suite}", suite), **declared)
    assert_converged(fleet.converge())
    assert_converged(fleet.converge(docker_engine={"state": "absent"}))
    assert "docker" not in fleet.host.out("dpkg-query -W -f '${db:Status-Abbrev} ${Package}\\n' | grep ^ii")
    assert fleet.host.out("ls /etc/apt/sources.list.d /etc/apt/keyrings | grep -c docker || true") == "0"
    assert_unchanged(fleet.converge(docker_engine={"state": "absent"}))
    gone = {"state": "absent", "allow_data_loss": True}
    volume = "/var/lib/docker/volumes/v/_data"
    fleet.host.out(f"mkdir -p {volume} /srv/share; touch /srv/share/theirs; mount --bind /srv/share {volume}")
    assert_refused(fleet.converge(docker_engine=gone), volume, "still mounted", "unmount it")
    fleet.host.out(f"test -e /srv/share/theirs && umount {volume}")
    assert_converged(fleet.converge(docker_engine=gone))
    assert fleet.host.run("test -e /var/lib/docker").returncode == 1
    assert_unchanged(fleet.converge(docker_engine=gone))
