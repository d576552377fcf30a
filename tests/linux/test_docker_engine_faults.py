"""What goes wrong with Docker Engine ends with one line of cause and next step, and the next run repairs it."""

import json

import pytest

from .fleet import assert_converged, assert_refused, assert_unchanged

NOBODYS = "0123456789ABCDEF0123456789ABCDEF01234567"


@pytest.fixture(scope="module")
def engine(repository):
    return {"repository": repository.url, "key_fingerprint": repository.fingerprint, "users": ["ops"]}


@pytest.fixture
def make_fleet(make_container, fleet_of, engine, request):
    """Return a function that starts a bare Debian 12 and declares the engine for it."""

    def make(suite="bookworm", **changed):
        name = request.node.name.replace("_", "-")[5:45].strip("-")
        return fleet_of(make_container(name, suite), docker_engine=engine | changed)

    return make


@pytest.fixture(scope="module")
def bare(make_container, fleet_of, engine):
    """A host on which nothing is ever changed."""
    return fleet_of(make_container("engine-refused", "bookworm"), docker_engine=engine)


def assert_untouched(host):
    assert host.out("ls /etc/apt/sources.list.d /etc/apt/keyrings /etc/docker 2>/dev/null | grep docker || true") == ""
    assert host.run("dpkg -s docker-ce").returncode != 0


def test_a_user_who_does_not_exist_is_refused_before_anything_changes(bare, engine):
    assert_refused(bare.converge(docker_engine=engine | {"users": ["ada"]}), "there is no user ada")
    assert_untouched(bare.host)


def test_a_key_with_another_fingerprint_is_refused_before_anything_is_written(bare, engine, repository):
    run = bare.converge(docker_engine=engine | {"key_fingerprint": NOBODYS})
    assert_refused(run, repository.fingerprint, NOBODYS, "nothing was written")
    assert_untouched(bare.host)


def test_a_release_that_docker_left_behind_is_refused(bare):
    bare.host.out("cp /etc/os-release /etc/os-release.kept; sed -i 's/\"12/\"10/; s/bookworm/buster/g' /etc/os-release")
    assert_refused(bare.converge(), "Debian", "upgrade it to Debian 11")
    bare.host.out("mv /etc/os-release.kept /etc/os-release")
    assert_untouched(bare.host)


def test_a_daemon_json_that_is_no_json_is_refused_and_kept(bare, engine):
    bare.host.out("mkdir -p /etc/docker; echo '{\"log-driver\": ' > /etc/docker/daemon.json")
    run = bare.converge(docker_engine=engine | {"daemon": {"debug": True}})
    assert_refused(run, "/etc/docker/daemon.json is no JSON")
    assert bare.host.out("cat /etc/docker/daemon.json") == '{"log-driver":'
    bare.host.out("rm -r /etc/docker")


def test_packages_in_the_way_are_removed_only_with_consent(make_fleet, engine):
    fleet = make_fleet()
    fleet.host.out("apt-get install -y --no-install-recommends runc", timeout=120)
    assert_refused(fleet.converge(), "runc", "remove_conflicting: true")
    assert fleet.host.run("command -v runc").returncode == 0
    fleet.declared["docker_engine"] = engine | {"remove_conflicting": True}
    assert_converged(fleet.converge())
    assert fleet.host.run("command -v runc").returncode != 0
    assert_unchanged(fleet.converge())


def test_a_held_apt_is_waited_for_and_its_holder_is_named(make_fleet):
    fleet = make_fleet()
    hold = "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(600)"
    fleet.host.out(f'systemd-run --quiet --unit=holder python3 -c "{hold}"; sleep 0.5')
    assert_refused(fleet.converge("--data", "apt_lock_timeout=2"), "apt is held by python3", "/var/lib/dpkg/lock-frontend")
    fleet.host.out("systemctl stop holder")
    assert_converged(fleet.converge())
    assert_unchanged(fleet.converge())


def test_a_full_disk_is_said_and_leaves_nothing_half_written(make_fleet):
    fleet = make_fleet(daemon={"debug": True})
    fleet.host.run("dd if=/dev/zero of=/filler bs=64k 2>/dev/null; dd if=/dev/zero of=/filler2 bs=1 count=4096 2>/dev/null")
    assert_refused(fleet.converge(), "the disk of the host is full", "df -h")
    fleet.host.out("rm /filler*")
    assert fleet.host.out("find /etc/apt -name '.*.??????'") == ""
    assert_converged(fleet.converge())
    assert json.loads(fleet.host.out("cat /etc/docker/daemon.json")) == {"debug": True}
    assert_unchanged(fleet.converge())


def test_a_line_cut_in_the_middle_is_one_failed_host_and_the_next_run_completes_it(make_fleet):
    fleet = make_fleet()
    fleet.host.out("touch /run/cut-the-line")
    run = fleet.converge()
    assert_refused(run, "install docker-ce")
    assert fleet.host.run("test -e /run/cut-the-line").returncode == 1
    assert_converged(fleet.converge())
    assert fleet.host.out("dpkg-query -W -f '${db:Status-Abbrev}' docker-ce") == "ii"
    assert_unchanged(fleet.converge())


def test_a_setting_that_the_first_dockerd_refuses_is_named_and_the_next_run_mends_it(make_fleet, engine):
    fleet = make_fleet(daemon={"bridge-to": "nowhere"})
    assert_refused(fleet.converge(), "dockerd refuses daemon.json", "bridge-to")
    fleet.host.out("rm /etc/docker/daemon.json")  # keys that are no longer declared stay
    fleet.declared["docker_engine"] = engine | {"daemon": {"debug": True}}
    assert_converged(fleet.converge())
    assert fleet.host.out("systemctl is-active docker") == "active"
    assert_unchanged(fleet.converge())


def test_a_setting_that_dockerd_refuses_leaves_the_old_file(make_fleet, engine):
    fleet = make_fleet(daemon={"debug": True})
    assert_converged(fleet.converge())
    assert_refused(fleet.converge(docker_engine=engine | {"daemon": {"debug": True, "bridge-to": "nowhere"}}), "bridge-to")
    assert json.loads(fleet.host.out("cat /etc/docker/daemon.json")) == {"debug": True}
    assert fleet.host.out("systemctl is-active docker") == "active"
    assert_unchanged(fleet.converge())
