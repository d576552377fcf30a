"""A daemon without root for a user, on real Debian hosts: Debian's own engine under Docker's names, and containers that run."""

import json

import pytest
from hosts.contents import real
from hosts.packages import Repository

from .fleet import IMAGE, assert_converged, assert_refused, assert_unchanged

MOST_COMMANDS = 15
FILE = "/home/ops/.config/docker/daemon.json"
DAEMON = {"log-driver": "local", "dns": ["9.9.9.9"]}
USER_SYSTEMCTL = "XDG_RUNTIME_DIR=/run/user/1000 systemctl --user"


@pytest.fixture(scope="module")
def engine(suite, tmp_path_factory):
    """Return what is declared, after the packages of the suite's engine are served."""
    repository = Repository(tmp_path_factory.mktemp("engine"), real(suite))
    yield {
        "repository": repository.url, "key_fingerprint": repository.fingerprint,
        "daemon": DAEMON, "users": ["ops"], "rootless": True,
    }  # fmt: skip
    repository.close()


@pytest.fixture(scope="module")
def fleet(suite, make_container, fleet_of, engine):
    """A host that was converged from nothing, as the dry run said, with an image of busybox in its user's daemon."""
    made = fleet_of(make_container(f"rootless-{suite}", suite, disk="4G", nested=True), docker_engine=engine)
    foretold = made.dry()
    assert made.host.out("find /etc/apt/sources.list.d /etc/apt/keyrings /home/ops -name '*docker*' 2>/dev/null || true") == ""
    first = made.converge()
    assert_converged(first)
    assert [said[: len(done)] for said, done in zip(foretold, first.changes, strict=True)] == first.changes
    made.host.out(IMAGE)
    docker(made, "import /tmp/image.tar busybox")
    return made


def docker(fleet, command):
    return fleet.host.out(f"docker --host unix:///run/user/1000/docker.sock {command}", user="ops")


def running(fleet):
    return docker(fleet, "run --detach --network none busybox /bin/busybox sleep 600")


def test_a_bare_host_gets_a_daemon_without_root(fleet):
    info = json.loads(docker(fleet, "info --format '{{json .}}'"))
    assert any("rootless" in option for option in info["SecurityOptions"])
    assert (info["LoggingDriver"], info["DockerRootDir"]) == ("local", "/home/ops/.local/share/docker")
    assert fleet.host.run("systemctl is-active docker.service docker.socket").stdout.split() == ["inactive", "inactive"]
    assert fleet.host.run("systemctl is-enabled docker.service docker.socket").stdout.split() == ["disabled", "disabled"]
    assert "docker" not in fleet.host.out("id -Gn ops").split()


def test_its_containers_run_and_their_root_is_the_user(fleet):
    assert docker(fleet, "run --rm busybox /bin/busybox id -u") == "0"
    assert "172." in docker(fleet, "run --rm busybox /bin/busybox ip address")
    container = running(fleet)
    assert fleet.host.out("ps -o user= -C busybox") == "ops"
    docker(fleet, f"rm --force {container}")


def test_a_second_run_changes_nothing_and_asks_at_most_fifteen_times(fleet):
    run = fleet.converge()
    assert_unchanged(run)
    assert len(run.commands) <= MOST_COMMANDS, run.commands


def test_after_a_reboot_it_runs_without_a_logon_and_nothing_is_left_to_do(fleet):
    fleet.host.reboot()
    fleet.host.wait_for_ssh(until="test -S /run/user/1000/docker.sock")
    assert_unchanged(fleet.converge())


def test_verification_with_testinfra_agrees(fleet):
    done = fleet.verify()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


@pytest.mark.parametrize(
    ("drift", "look", "repaired"),
    [
        (f"su ops -c '{USER_SYSTEMCTL} stop docker'", f"su ops -c '{USER_SYSTEMCTL} is-active docker'", "active"),
        (f"su ops -c '{USER_SYSTEMCTL} disable docker'", f"su ops -c '{USER_SYSTEMCTL} is-enabled docker'", "enabled"),
        (f"echo '{{\"debug\": true}}' > {FILE}", f"cat {FILE}", '"log-driver": "local"'),
        ("loginctl disable-linger ops", "ls /var/lib/systemd/linger", "ops"),
        ("sed -i /^ops:/d /etc/subgid", "cat /etc/subgid", "ops:"),
        ("systemctl enable --now docker.socket", "systemctl is-enabled docker.socket || true", "disabled"),
        ("apt-get purge -y slirp4netns", "dpkg-query -W -f '${db:Status-Abbrev}' slirp4netns", "ii"),
    ],
)  # fmt: skip
def test_drift_is_repaired_by_the_next_run(fleet, drift, look, repaired):
    fleet.host.out(drift)
    run = fleet.converge()
    assert_converged(run)
    assert run.changes, run.output
    assert repaired in fleet.host.out(look)


def test_after_all_repairs_nothing_is_left_to_do(fleet):
    assert_unchanged(fleet.converge())


def test_settings_wait_while_a_container_runs_and_are_made_when_it_is_gone(fleet, engine):
    container = running(fleet)
    changed = engine | {"daemon": {"log-driver": "json-file"}}
    run = fleet.converge(docker_engine=changed)
    assert run.result["outcome"] == "deferred", run.output
    assert run.result["deferred"][0]["waits_for"] == "containers stopped"
    assert run.result["deferred"][0]["reason"] == "1 container runs"
    assert docker(fleet, "ps --quiet --no-trunc") == container
    docker(fleet, f"rm --force {container}")
    assert_converged(fleet.converge(docker_engine=changed))
    assert docker(fleet, "info --format '{{.LoggingDriver}}'") == "json-file"
    assert_converged(fleet.converge())


def test_settings_with_which_it_would_not_start_end_no_container(fleet, engine):
    container, before = running(fleet), fleet.host.out(f"cat {FILE}")
    for daemon in ({"storage-driver": "auf"}, {"hosts": ["tcp://x"], "log-driver": "journald", "log-opts": {"max-size": "1m"}}):
        run = fleet.converge(docker_engine=engine | {"daemon": daemon, "apply": "now"})
        assert_refused(run, f"dockerd would not start with this daemon.json: {'failed' if len(daemon) == 1 else ''}")
    assert fleet.host.out(f"cat {FILE}") == before
    assert docker(fleet, "ps --quiet --no-trunc") == container
    left = "find /run/user/1000 /home/ops/.local/share/docker -maxdepth 1 -name '*pyinfra-wsl-dockerd*'"
    assert fleet.host.out(left) == ""
    docker(fleet, f"rm --force {container}")


def test_a_cut_between_its_file_and_its_restart_is_seen_by_the_next_run(fleet, engine):
    fleet.host.out(f"sed -i s/9.9.9.9/1.1.1.1/ {FILE}")
    run = fleet.converge(docker_engine=engine | {"daemon": DAEMON | {"dns": ["1.1.1.1"]}})
    assert_converged(run)
    assert run.changes == ["dockerd of ops runs with daemon.json: dns"]
    assert_converged(fleet.converge())
    assert_unchanged(fleet.converge())


def test_a_file_that_is_no_json_is_refused_and_kept(fleet):
    fleet.host.out(f"mv {FILE} {FILE}.kept; echo '{{' > {FILE}")
    assert_refused(fleet.converge(), f"{FILE} is no JSON")
    assert fleet.host.out(f"cat {FILE}") == "{"
    fleet.host.out(f"mv {FILE}.kept {FILE}")


def test_a_daemon_that_cannot_start_says_why(fleet):
    fleet.host.out(f"su ops -c '{USER_SYSTEMCTL} stop docker'; chmod 755 /usr/bin/newuidmap")
    run = fleet.converge()
    fleet.host.out("chmod 4755 /usr/bin/newuidmap")
    assert_refused(run, "dockerd of ops does not start", "newuidmap: write to uid_map failed")
    assert_converged(fleet.converge())


def test_back_to_the_systems_daemon(fleet, engine):
    with_root = engine | {"rootless": False}
    assert_converged(fleet.converge(docker_engine=with_root))
    assert fleet.host.out("systemctl is-active docker") == "active"
    assert fleet.host.run("test -S /run/user/1000/docker.sock").returncode == 1
    assert fleet.host.run("test -d /home/ops/.local/share/docker").returncode == 0, "data stays"
    assert_unchanged(fleet.converge(docker_engine=with_root))


def test_from_the_systems_daemon_and_away(fleet):
    assert_converged(fleet.converge())
    assert_refused(fleet.converge(docker_engine={"state": "absent"}), "ops runs a daemon without root", "docker_engine.users")
    gone = {"state": "absent", "users": ["ops"]}
    assert_converged(fleet.converge(docker_engine=gone))
    assert fleet.host.run("test -d /home/ops/.local/share/docker").returncode == 0, "data stays"
    assert_unchanged(fleet.converge(docker_engine=gone))


def test_data_that_stayed_goes_with_consent_though_dockers_programs_are_gone(fleet, suite):
    gone = {"state": "absent", "users": ["ops"], "allow_data_loss": True}
    if suite == "bullseye":
        pytest.skip(
            "unshare maps no ranges of ids before util-linux 2.38: converge with allow_data_loss while Docker is installed"
        )
    assert_converged(fleet.converge(docker_engine=gone))
    assert fleet.host.run("test -e /home/ops/.local/share/docker").returncode == 1
    assert fleet.host.run(f"su ops -c '{USER_SYSTEMCTL} cat docker'").returncode != 0
    assert_unchanged(fleet.converge(docker_engine=gone))
