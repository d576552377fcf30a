"""Docker Desktop on real Debian hosts; the package is a stand-in, what it depends on is Debian's own."""

import json

import pytest

from .fleet import assert_converged, assert_refused, assert_unchanged

MOST_COMMANDS = 15
SETTINGS = {"Cpus": 4, "AutoStart": False, "FilesharingDirectories": ["/home"]}
STORE = "/home/ops/.docker/desktop/settings-store.json"
DESKTOP = "mkdir -p /usr/share/wayland-sessions && touch /usr/share/wayland-sessions/gnome.desktop"


@pytest.fixture(scope="module")
def declared(repository, desktop_package):
    desktop = {
        "package": desktop_package("4.50.0"),
        "version": "4.50.0", "user": "ops", "autostart": True, "settings": SETTINGS,
    }  # fmt: skip
    # The repository is the engine's; a host that is to have Desktop alone declares the engine absent.
    return {
        "docker_desktop_linux": desktop,
        "docker_engine": {"repository": repository.url, "key_fingerprint": repository.fingerprint},
    }


@pytest.fixture(scope="module")
def fleet(make_container, fleet_of, declared):
    """A Debian 12 with a desktop that was converged from nothing."""
    made = fleet_of(make_container("desktop", "bookworm", kvm=True), **declared)
    made.host.out(DESKTOP)
    first = made.converge()
    assert_converged(first)
    return made


def test_a_host_with_a_desktop_gets_docker_desktop_as_declared(fleet):
    assert fleet.host.out("dpkg-query -W -f '${Version}' docker-desktop") == "4.50.0"
    assert json.loads(fleet.host.out(f"cat {STORE}")) == SETTINGS
    assert fleet.host.out(f"stat -c '%U %a' {STORE}") == "ops 600"
    assert "kvm" in fleet.host.out("id -Gn ops").split()


def test_a_second_run_changes_nothing_and_asks_at_most_fifteen_times(fleet):
    run = fleet.converge()
    assert_unchanged(run)
    assert len(run.commands) <= MOST_COMMANDS, run.commands


def test_after_a_reboot_nothing_is_left_to_do(fleet):
    fleet.host.reboot()
    assert_unchanged(fleet.converge())


def test_verification_with_testinfra_agrees(fleet):
    done = fleet.verify()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("drift", "look", "repaired"),
    [
        (f"echo '{{\"Cpus\": 2, \"MemoryMiB\": 4096}}' > {STORE}", f"cat {STORE}", '"MemoryMiB": 4096'),
        (f"rm {STORE}", f"cat {STORE}", '"Cpus": 4'),
        ("gpasswd --delete ops kvm", "id -Gn ops", "kvm"),
        ("rm /home/ops/.config/systemd/user/*.wants/docker-desktop.service",
         "ls /home/ops/.config/systemd/user/graphical-session.target.wants", "docker-desktop.service"),
        ("chown -R root: /home/ops/.docker", f"stat -c %U {STORE}", "ops"),
        ("apt-get remove -y docker-desktop", "dpkg-query -W docker-desktop", "4.50.0"),
    ],
)  # fmt: skip
def test_drift_is_repaired_by_the_next_run(fleet, drift, look, repaired):
    fleet.host.out(drift)
    run = fleet.converge()
    assert_converged(run)
    assert run.changes, run.output
    assert repaired in fleet.host.out(look)


def test_a_link_of_the_user_does_not_show_them_what_only_root_may_read(fleet):
    fleet.host.out(f'echo \'{{"secret": "of root"}}\' > /root/secret.json; ln -sf /root/secret.json {STORE}')
    assert_converged(fleet.converge())
    assert json.loads(fleet.host.out(f"cat {STORE}")) == SETTINGS
    assert "of root" in fleet.host.out("cat /root/secret.json")


def test_after_all_repairs_nothing_is_left_to_do(fleet):
    assert_unchanged(fleet.converge())


def test_a_package_with_another_sha256_is_refused_before_the_first_connection(fleet, declared):
    desktop = declared["docker_desktop_linux"]
    fleet.host.forget_commands()
    done = fleet.call(docker_desktop_linux=desktop | {"package": desktop["package"] | {"sha256": "0" * 64}})
    assert done.returncode != 0
    said = [line for line in (done.stdout + done.stderr).splitlines() if "has another SHA-256" in line]
    assert len(said) == 1
    assert said[0].startswith("fleet.yml:")
    assert "Traceback" not in done.stdout + done.stderr
    assert fleet.host.remote_commands() == []


def test_a_host_without_a_desktop_is_refused(make_container, fleet_of, declared):
    fleet = fleet_of(
        make_container("desktop-headless", "bookworm", kvm=True), docker_desktop_linux=declared["docker_desktop_linux"]
    )
    assert_refused(fleet.converge(), "no desktop is installed", "docker_engine")


def test_a_host_without_kvm_is_refused(make_container, fleet_of, declared):
    fleet = fleet_of(make_container("desktop-no-kvm", "bookworm"), docker_desktop_linux=declared["docker_desktop_linux"])
    fleet.host.out(DESKTOP)
    assert_refused(fleet.converge(), "there is no /dev/kvm")


@pytest.mark.parametrize("release", ["bullseye", "trixie"])
def test_a_release_that_docker_desktop_does_not_support_is_refused(make_container, fleet_of, declared, release, pytestconfig):
    if pytestconfig.getoption("--test-hosts", "few") != "all":
        pytest.skip("one release only: run with --test-hosts all")
    fleet = fleet_of(
        make_container(f"desktop-{release}", release, kvm=True), docker_desktop_linux=declared["docker_desktop_linux"]
    )
    fleet.host.out(DESKTOP)
    assert_refused(fleet.converge(), "Debian GNU/Linux")


def test_an_upgrade_waits_until_docker_desktop_does_not_run(fleet, declared, desktop_package):
    newer = declared["docker_desktop_linux"] | {"package": desktop_package("4.51.0"), "version": "4.51.0"}
    systemctl = "XDG_RUNTIME_DIR=/run/user/$(id -u ops) systemctl --user"
    fleet.host.out(f"loginctl enable-linger ops; systemctl start user@$(id -u ops); su ops -c '{systemctl} start docker-desktop'")
    run = fleet.converge(docker_desktop_linux=newer)
    assert (run.exit, run.result["outcome"], run.deferred) == (0, "deferred", ["Docker Desktop 4.50.0 → 4.51.0"]), run.output
    assert fleet.host.out(f"su ops -c '{systemctl} is-active docker-desktop'") == "active"
    fleet.host.out(f"su ops -c '{systemctl} stop docker-desktop'; loginctl disable-linger ops")
    run = fleet.converge(docker_desktop_linux=newer)
    assert_converged(run)
    assert run.changes == ["Docker Desktop 4.50.0 → 4.51.0"]
    assert fleet.host.out("dpkg-query -W -f '${Version}' docker-desktop") == "4.51.0"
    assert_unchanged(fleet.converge(docker_desktop_linux=newer))
    assert_unchanged(fleet.converge())  # a newer one than declared is left alone


def test_a_removal_waits_until_docker_desktop_does_not_run(fleet):
    systemctl = "XDG_RUNTIME_DIR=/run/user/$(id -u ops) systemctl --user"
    fleet.host.out(f"loginctl enable-linger ops; systemctl start user@$(id -u ops); su ops -c '{systemctl} start docker-desktop'")
    run = fleet.converge(docker_desktop_linux={"state": "absent", "user": "ops"})
    assert (run.exit, run.result["outcome"], run.changes) == (0, "deferred", []), run.output
    assert {one["reason"] for one in run.result["deferred"]} == {"it runs for ops; it is changed when it does not"}
    assert fleet.host.run("dpkg -s docker-desktop").returncode == 0
    assert fleet.host.out(f"su ops -c '{systemctl} is-active docker-desktop'") == "active"
    fleet.host.out(f"su ops -c '{systemctl} stop docker-desktop'; loginctl disable-linger ops")


def test_absent_takes_away_the_package_and_what_points_to_it(fleet):
    fleet.host.out('su ops -c \'mkdir -p ~/.docker && echo {\\"currentContext\\":\\"desktop-linux\\"} > ~/.docker/config.json\'')
    gone = {"state": "absent", "user": "ops"}
    assert_converged(fleet.converge(docker_desktop_linux=gone))
    assert fleet.host.run("dpkg -s docker-desktop").returncode != 0
    assert "desktop-linux" not in fleet.host.out("cat /home/ops/.docker/config.json")
    assert fleet.host.run("test -L /usr/local/bin/com.docker.cli").returncode == 1
    assert fleet.host.run(f"test -e {STORE}").returncode == 0, "settings and data stay without consent"
    assert_unchanged(fleet.converge(docker_desktop_linux=gone))
