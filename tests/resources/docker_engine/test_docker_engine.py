"""Docker Engine: what is planned for which host."""

import dataclasses

import pytest

from pyinfra_wsl.core.acts import Packages, Service, Shell
from pyinfra_wsl.core.linux import deletion
from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.docker_engine import plan as docker_engine
from pyinfra_wsl.resources.docker_engine.plan import Repository, Want
from pyinfra_wsl.resources.docker_engine.rootless_state import Rootless
from pyinfra_wsl.resources.docker_engine.running import Running
from pyinfra_wsl.resources.docker_engine.state import APT_KEY, PACKAGES, SOURCES_FILE, SYSTEM, State, Unit

DEBIAN = Os("debian", (), "12", "bookworm", "Debian GNU/Linux 12 (bookworm)")
FINGERPRINT = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"
VERSION = "5:28.5.1-1~debian.12~bookworm"
UP, DOWN = Unit(True, True, True), Unit(True)
SOURCES = render(
    "docker_engine.sources.j2",
    uri="https://download.docker.com/linux/debian",
    suite="bookworm",
    channel="stable",
    architecture="amd64",
    key=APT_KEY,
)
READY = State(
    os=DEBIAN,
    packages={**dict.fromkeys(PACKAGES, "2.0-1"), "docker-ce": VERSION, "docker-ce-cli": VERSION, "ca-certificates": "1"},
    units={"docker.service": UP, "docker.socket": UP},
    sources=SOURCES,
    key=(FINGERPRINT,),
    containers=0,
    members=("ada",),
    users={"ada": ("ada", "docker"), "bob": ("bob",)},
)
LIVE_RESTORE = Running({"live-restore": True})
FRESH = State(os=DEBIAN, users={"ada": ("ada",)})


def plan(want=None, state=READY, fetched=None, **different):
    return docker_engine.plan(want or Want(), dataclasses.replace(state, **different), fetched, render)


def sentences(plan):
    return [step.sentence for step in plan.steps]


def causes(plan):
    assert plan.steps == ()
    return [failure.cause for failure in plan.failures]


def test_a_host_that_is_ready_is_left_alone():
    found = plan(Want(users=("ada",)))
    assert (found.steps, found.failures) == ((), ())
    assert found.noop == "docker-ce 28.5.1 is installed, docker.service runs"


def test_a_fresh_host_gets_key_repository_packages_and_service_in_order():
    found = plan(
        Want(users=("ada",), repository=Repository(fingerprint="AB" * 20)), READY, units={}, packages={}, key=("AB" * 20,)
    )
    assert sentences(found)[0] == "install ca-certificates"
    assert sentences(found)[1].startswith("install docker-ce, docker-ce-cli, containerd.io")
    (packages,) = [act for act in found.steps[1].does if isinstance(act, Packages)]
    assert packages == Packages("apt", PACKAGES, update=True)
    assert Service("docker.service") in found.steps[1].does


def test_the_repository_is_a_deb822_file_signed_by_its_own_key():
    (step,) = plan(sources=None).steps
    assert step.note == SOURCES_FILE
    assert SOURCES.splitlines()[1:] == [
        "Types: deb",
        "URIs: https://download.docker.com/linux/debian",
        "Suites: bookworm",
        "Components: stable",
        "Architectures: amd64",
        "Signed-By: /etc/apt/keyrings/docker.asc",
    ]


def test_a_changed_mirror_is_a_change():
    found = plan(Want(repository=Repository("https://mirror.example.org/docker")))
    assert sentences(found) == ["use Docker's repository https://mirror.example.org/docker/debian"]


@pytest.mark.parametrize("conflict", ["docker.io", "containerd", "podman-docker"])
def test_conflicting_packages_are_named_and_stay_without_consent(conflict):
    found = plan(state=FRESH, packages={conflict: "1"}, key=(FINGERPRINT,))
    assert causes(found) == [f"{conflict} conflict with Docker's packages"]
    assert "remove_conflicting: true" in found.failures[0].remedy


def test_conflicting_packages_are_removed_first_with_consent():
    found = plan(Want(remove_conflicting=True), FRESH, packages={"docker.io": "1", "runc": "1"}, key=(FINGERPRINT,))
    assert sentences(found)[1:3] == ["use Docker's repository https://download.docker.com/linux/debian", "remove docker.io, runc"]
    assert found.steps[2].does == (Packages("apt", ("docker.io", "runc"), present=False),)


def test_a_package_that_conflicts_elsewhere_is_no_conflict_here():
    assert plan(packages={**READY.packages, "docker-compose-v2": "1"}).failures == ()


def test_a_user_who_is_not_there_stops_everything():
    assert causes(plan(Want(users=("ghost",)), FRESH, users={"ghost": None}, key=(FINGERPRINT,))) == [
        "docker_engine: there is no user ghost"
    ]


def test_joining_the_group_says_what_it_means():
    assert sentences(plan(Want(users=("bob",)))) == ["bob joins the group docker: members of docker are root on this host"]


def test_a_stopped_service_is_started_and_enabled():
    (step,) = plan(units={"docker.service": DOWN}).steps
    assert step.sentence == "docker.service runs and starts with the host"
    assert step.does == (Service("docker.service"),)


def test_a_stopped_service_is_started_where_a_plugin_is_missing_too():
    some = {name: version for name, version in READY.packages.items() if name != "docker-buildx-plugin"}
    found = plan(packages=some, units={"docker.service": DOWN})
    assert sentences(found) == ["install docker-buildx-plugin", "docker.service runs and starts with the host"]


def test_without_systemd_nothing_is_tried():
    assert causes(plan(systemd=False)) == ["systemd does not run on this host"]


def test_without_root_nothing_is_tried():
    assert causes(plan(root=False)) == ["this account may not change the host"]


def test_absent_leaves_data_unless_told():
    found = plan(Want("absent"), data=("/var/lib/docker",))
    assert sentences(found) == [f"remove {', '.join(PACKAGES)}", "forget Docker's repository and its key"]


def test_absent_deletes_data_with_consent_only():
    found = plan(Want("absent", allow_data_loss=True), data=("/var/lib/docker", "/var/lib/containerd"))
    assert found.steps[-1].said == "delete /var/lib/docker, /var/lib/containerd: images, containers and volumes"
    assert found.steps[-1].does == (deletion.deleted(["/var/lib/docker", "/var/lib/containerd"]),)


def test_absent_leaves_what_docker_desktop_needs():
    found = plan(Want("absent"), packages={**READY.packages, "docker-desktop": "4.50.0"})
    assert "docker-ce-cli" not in sentences(found)[0].split(", ")


def test_absent_on_a_host_without_docker_changes_nothing():
    found = plan(Want("absent"), FRESH, key=())
    assert found.steps == ()
    assert found.noop == "Docker Engine is not installed"


def waiting(plan):
    return [(deferred.sentence, deferred.waits_for, deferred.reason) for deferred in plan.deferred]


@pytest.mark.parametrize(("containers", "reason"), [(1, "1 container runs"), (3, "3 containers run")])
def test_what_ends_containers_waits_until_none_runs(containers, reason):
    found = plan(Want(daemon={"log-driver": "local"}), containers=containers)
    assert (found.steps, waiting(found)) == ((), [('daemon.json log-driver: unset → "local"', "containers stopped", reason)])
    assert sentences(plan(Want(version="28.6"), containers=containers)) == []
    assert sentences(plan(Want("absent"), containers=containers)) == []


def test_a_daemon_that_does_not_answer_may_have_containers():
    ((_, _, reason),) = waiting(plan(Want(daemon={"log-driver": "local"}), containers=None))
    assert reason == "it is not known whether containers run"


def test_with_consent_what_ends_containers_happens_and_says_so():
    (step,) = plan(Want(daemon={"log-driver": "local"}, apply="now"), containers=1).steps
    assert step.note == "dockerd is restarted; 1 container stops with it"


def test_a_removal_that_waits_takes_nothing_away_least_of_all_data():
    want = Want("absent", allow_data_loss=True)
    found = plan(want, containers=1, data=("/var/lib/docker",))
    assert found.steps == ()
    assert [reason for _, _, reason in waiting(found)] == ["1 container runs"] * 3
    assert sentences(plan(want, containers=0, data=("/var/lib/docker",)))[-1].startswith("delete /var/lib/docker")


def test_containers_that_live_through_a_restart_hold_nothing_back():
    found = plan(Want(daemon={"log-driver": "local"}), running=LIVE_RESTORE, containers=3)
    assert (len(found.steps), found.deferred) == (1, ())


def test_what_live_restore_would_leave_behind_is_stopped_with_the_consent_to_it():
    found = plan(Want("absent", apply="now"), running=LIVE_RESTORE, containers=2)
    assert found.steps[0].does[0] == Shell(f"{SYSTEM} ps -q | xargs -r {SYSTEM} stop")


def test_what_is_only_written_keeps_no_container():
    found = plan(Want(daemon={"log-driver": "local"}), daemon={"live-restore": True}, containers=3)
    assert (found.steps, len(found.deferred)) == ((), 1)


@pytest.mark.parametrize("want", [Want("absent"), Want(users=("ada",), rootless=True)])
def test_no_container_lives_through_the_end_of_its_daemon(want):
    found = plan(want, running=LIVE_RESTORE, containers=3, rootless={"ada": Rootless(1000, "/home/ada")})
    assert any(reason == "3 containers run" for _, _, reason in waiting(found))


def test_what_needs_no_restart_holds_nothing_back():
    found = plan(Want(daemon={"debug": True}, users=("bob",)), containers=3)
    assert (len(found.steps), found.deferred) == (2, ())


def test_packages_in_the_way_whose_containers_run_hold_all_else_back():
    found = plan(Want(remove_conflicting=True), FRESH, packages={"docker.io": "1"}, key=(FINGERPRINT,), containers=2)
    assert found.steps == ()
    assert waiting(found)[0] == ("remove docker.io", "containers stopped", "2 containers run")
    assert {reason for _, _, reason in waiting(found)} == {"2 containers run"}
