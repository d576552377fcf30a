"""A daemon without root for each user: what is planned, and what its scripts say when it does not start."""

import dataclasses
import subprocess

import pytest
from test_docker_engine import DOWN, FRESH, READY, UP, VERSION, causes, plan, sentences, waiting

from pyinfra_wsl.core.acts import Packages, Service
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.resources.docker_engine.plan import Want
from pyinfra_wsl.resources.docker_engine.rootless import MODULES_FILE
from pyinfra_wsl.resources.docker_engine.rootless_state import Kernel, Rootless

WANT = Want(users=("ada",), rootless=True)
NOTHING = Rootless(1000, "/home/ada")
ADA = Rootless(
    1000, "/home/ada", subuids=True, subgids=True, linger=True, installed=True, enabled=True, running=True, containers=0
)
EXTRAS = dict.fromkeys(["uidmap", "dbus-user-session", "slirp4netns", "procps"], "1")
RUNS = {
    "packages": {**READY.packages, **EXTRAS, "docker-ce-rootless-extras": VERSION},
    "units": {"docker.service": DOWN, "docker.socket": DOWN},
    "containers": None,
    "rootless": {"ada": ADA},
}


def ready(want=WANT, **different):
    return plan(want, **{**RUNS, **different})


def test_a_host_that_is_ready_is_left_alone():
    found = ready()
    assert (found.steps, found.deferred, found.failures) == ((), (), ())
    assert found.noop.endswith("a daemon per user runs")


def test_from_the_systems_daemon_to_one_per_user():
    found = ready(units=READY.units, containers=0, users={"ada": ("ada",)}, rootless={"ada": NOTHING})
    assert sentences(found) == [
        "stop the system's docker.service",
        "65536 subordinate uids and gids for ada",
        "ada's services run without a logon",
        "a daemon without root for ada",
    ]
    assert found.steps[0].does == (Service("docker.service", present=False), Service("docker.socket", present=False))


def test_containers_of_the_systems_daemon_hold_its_end_back_and_nothing_else():
    found = ready(units=READY.units, containers=2, rootless={"ada": NOTHING})
    assert waiting(found) == [("stop the system's docker.service", "containers stopped", "2 containers run")]
    assert "a daemon without root for ada" in sentences(found)


def test_a_socket_that_would_start_the_systems_daemon_is_stopped_too():
    assert sentences(ready(units={"docker.service": DOWN, "docker.socket": UP})) == ["stop the system's docker.service"]


def test_an_installation_starts_no_daemon_of_the_system():
    found = plan(WANT, FRESH, key=READY.key, rootless={"ada": NOTHING})
    install = next(step for step in found.steps if step.sentence.startswith("install docker-ce"))
    assert Service("docker.service", present=False) in install.does
    assert Service("docker.socket", present=False) in install.does


@pytest.mark.parametrize(
    ("os", "needs"),
    [
        (READY.os, ("uidmap", "dbus-user-session", "slirp4netns", "procps")),
        (Os("fedora", (), "42", "", "Fedora"), ("shadow-utils", "slirp4netns")),
    ],
)
def test_what_the_package_does_not_depend_on_is_installed(os, needs):
    key = ("060A61C51B558A7F742B77AAC52FEB6B621E9F35",) if os.packages == "dnf" else READY.key
    found = ready(os=os, key=key, packages={**READY.packages, "docker-ce-rootless-extras": VERSION})
    step = next(step for step in found.steps if step.note == "rootless mode needs them")
    assert step.does == (Packages(os.packages, needs),)


def test_the_firewalls_modules_are_loaded_now_and_at_each_start():
    kernel = Kernel(loadable=("nf_tables", "ip_tables"), loaded=("nf_tables",))
    found = ready(kernel=kernel)
    assert sentences(found) == ["load nf_tables, ip_tables at each start", "load ip_tables"]
    assert found.steps[0].note == MODULES_FILE
    at_start = dataclasses.replace(kernel, at_start=kernel.loadable, loaded=kernel.loadable)
    assert ready(kernel=at_start).steps == ()


def test_a_container_leaves_the_modules_to_the_machine_around_it():
    assert ready(kernel=Kernel(loadable=("nf_tables",)), container="lxc").steps == ()


def test_a_kernel_that_has_them_built_in_needs_no_module():
    assert ready(kernel=Kernel()).steps == ()


@pytest.mark.parametrize(
    ("ids", "first"),
    [
        ((), 100_000),
        (((100_000, 65536),), 165_536),
        (((165_536, 65536), (100_000, 65536)), 231_072),
        (((100_000, 65536), (500_000, 65536)), 165_536),
        (((100_000, 65536), (200_000, 65536)), 265_536),
    ],
)
def test_subordinate_ids_are_those_that_nobody_has(ids, first):
    found = ready(kernel=Kernel(ids=ids), rootless={"ada": dataclasses.replace(ADA, subuids=False, subgids=False)})
    (step,) = found.steps
    assert step.note == f"{first}-{first + 65535}"


def test_two_users_get_different_ids():
    without = dataclasses.replace(ADA, subuids=False, subgids=False)
    want = Want(users=("ada", "bob"), rootless=True)
    notes = [step.note for step in ready(want, rootless={"ada": without, "bob": without}).steps]
    assert notes == ["100000-165535", "165536-231071"]


def test_only_the_kind_that_lacks_is_added():
    (step,) = ready(rootless={"ada": dataclasses.replace(ADA, subgids=False)}).steps
    assert step.said == "65536 subordinate gids for ada (100000-165535)"
    known, otherwise = step.does[0].line.split("; else ")
    assert known.endswith("then usermod --add-subgids 100000-165535 ada")
    assert otherwise == "echo ada:100000:65536 >>/etc/subgid; fi"  # a directory's user, whom usermod does not know


@pytest.mark.parametrize("what", ["installed", "enabled", "running"])
def test_a_daemon_that_is_not_quite_there_is_set_up_again(what):
    assert sentences(ready(rootless={"ada": dataclasses.replace(ADA, **{what: False})})) == ["a daemon without root for ada"]


SETTINGS = Want(users=("ada",), rootless=True, daemon={"log-driver": "local"})


def test_services_that_end_with_the_logon_are_started_again():
    found = ready(rootless={"ada": dataclasses.replace(ADA, linger=False)})
    assert sentences(found) == ["ada's services run without a logon", "a daemon without root for ada"]


def test_settings_go_into_the_users_own_file():
    (step,) = ready(SETTINGS, daemon={"log-driver": "local"}).steps
    assert step.said == 'daemon.json of ada log-driver: unset → "local" (dockerd is restarted)'
    assert step.does[0].line.startswith("env -i HOME=/home/ada ")
    assert " runuser -u ada -- " in step.does[0].line
    assert "/home/ada/.config/docker/daemon.json" in step.does[0].line
    assert 'systemctl --user "$1" docker.service' in step.does[0].line
    assert "! restart ||" in step.does[0].line


def test_settings_of_a_daemon_that_does_not_run_restart_nothing():
    first, second = ready(SETTINGS, rootless={"ada": dataclasses.replace(ADA, running=False)}).steps
    assert (len(first.does), first.note) == (1, "")
    assert second.sentence == "a daemon without root for ada"


def test_another_version_waits_for_containers_of_the_systems_daemon_that_is_yet_to_stop():
    found = ready(Want(users=("ada",), rootless=True, version="28.6"), units=READY.units, containers=3)
    assert [sentence for sentence, _, _ in waiting(found)] == ["docker-ce 28.5.1 → 28.6", "stop the system's docker.service"]
    assert sentences(ready(Want(users=("ada",), rootless=True, version="28.6"))) == ["docker-ce 28.5.1 → 28.6"]


def test_settings_wait_for_the_users_containers():
    found = ready(SETTINGS, rootless={"ada": dataclasses.replace(ADA, containers=1)})
    assert waiting(found) == [('daemon.json of ada log-driver: unset → "local"', "containers stopped", "1 container runs")]


def test_the_users_damaged_file_is_not_replaced():
    damaged = dataclasses.replace(ADA, config_problem="line 1 column 2")
    assert causes(ready(SETTINGS, rootless={"ada": damaged})) == [
        "/home/ada/.config/docker/daemon.json is no JSON: line 1 column 2"
    ]


@pytest.mark.parametrize(
    ("switches", "cause"),
    [
        ({"kernel.unprivileged_userns_clone": "0"}, "kernel.unprivileged_userns_clone is 0"),
        ({"user.max_user_namespaces": "0"}, "user.max_user_namespaces is 0"),
        ({"kernel.apparmor_restrict_unprivileged_userns": "1"}, "AppArmor keeps users from making namespaces"),
    ],
)
def test_a_kernel_that_allows_no_namespaces_is_refused(switches, cause):
    (found,) = causes(ready(kernel=Kernel(switches=switches)))
    assert found.startswith(cause)


@pytest.mark.parametrize(
    "kernel",
    [
        Kernel({"kernel.unprivileged_userns_clone": "1", "user.max_user_namespaces": "96365"}),
        Kernel({"kernel.apparmor_restrict_unprivileged_userns": "1"}, profile=True),
        Kernel({"kernel.apparmor_restrict_unprivileged_userns": "0"}),
    ],
)
def test_a_kernel_that_allows_namespaces_is_not(kernel):
    assert ready(kernel=kernel).failures == ()


def test_a_kernel_that_allows_none_does_not_matter_to_who_wants_none():
    assert plan(kernel=Kernel({"user.max_user_namespaces": "0"})).failures == ()


def test_root_has_no_daemon_without_root():
    want = Want(users=("root",), rootless=True)
    assert causes(ready(want, users={"root": ("root",)})) == ["docker_engine: root is no user without root"]


BACK = {**RUNS, "users": {"ada": ("ada", "docker")}}


def test_back_to_the_systems_daemon_takes_the_users_away_where_it_is_said():
    found = plan(Want(users=("ada",), rootless=False), **BACK)
    assert sentences(found) == ["no daemon without root for ada", "docker.service runs and starts with the host"]


def test_where_nothing_is_said_a_users_daemon_is_left_alone():
    assert sentences(plan(Want(users=("ada",)), **BACK)) == ["docker.service runs and starts with the host"]


def test_a_removal_waits_for_the_users_containers_and_leaves_their_data():
    busy = {**RUNS, "rootless": {"ada": dataclasses.replace(ADA, containers=2, data=True)}}
    found = plan(Want("absent", users=("ada",)), **busy)
    assert waiting(found)[0] == ("no daemon without root for ada", "containers stopped", "2 containers run")
    found = plan(Want("absent", users=("ada",), apply="now"), **busy)
    assert found.steps[0].said == "no daemon without root for ada (its images and volumes stay; 2 containers stop with it)"
    assert not any("delete" in sentence for sentence in sentences(found))


def test_a_removal_that_waits_for_a_users_containers_deletes_nothing():
    had = {**RUNS, "rootless": {"ada": dataclasses.replace(ADA, data=True, containers=1)}, "data": ("/var/lib/docker",)}
    assert plan(Want("absent", users=("ada",), allow_data_loss=True), **had).steps == ()


def test_a_removal_takes_no_daemon_from_under_a_user_who_is_not_named():
    assert causes(ready(Want("absent"), listening=("ada", "bob"))) == ["ada, bob run daemons without root from Docker's packages"]
    assert causes(ready(Want("absent", users=("ada",)), listening=("ada", "bob"))) == [
        "bob runs a daemon without root from Docker's packages"
    ]
    assert ready(Want("absent", users=("ada",)), listening=("ada",)).failures == ()
    assert ready(Want("absent"), packages={}, listening=("ada",)).failures == ()


def test_a_removal_deletes_data_with_consent_only():
    had = {**RUNS, "rootless": {"ada": dataclasses.replace(ADA, data=True)}}
    found = plan(Want("absent", users=("ada",), allow_data_loss=True), **had)
    assert sentences(found)[1] == "delete /home/ada/.local/share/docker: images, containers and volumes"
    line = found.steps[1].does[0].line
    assert "in=rootlesskit" in line
    assert "unshare --user" in line, "rootlesskit may have gone with its package"


def test_a_removal_deletes_nothing_of_a_user_through_a_link():
    had = {**RUNS, "rootless": {"ada": dataclasses.replace(ADA, data=True, data_link="/srv/ada")}}
    assert causes(plan(Want("absent", users=("ada",), allow_data_loss=True), **had)) == [
        "/home/ada/.local/share/docker is a link to /srv/ada: what lies there is not deleted through a link"
    ]
    assert plan(Want("absent", users=("ada",)), **had).failures == ()


def run(tmp_path, tool, journal="true"):
    """Carry out the setting up of a daemon as this user, with a setup tool and a journal that say what they are told to."""
    (step,) = ready(rootless={"ada": dataclasses.replace(ADA, running=False)}).steps
    for name, text in {
        "dockerd-rootless-setuptool.sh": tool,
        "journalctl": journal,
        "systemctl": 'case "$*" in *is-active*) exit 3; esac',
        "runuser": 'export USER=ada; while [ "$1" != sh ]; do shift; done; exec "$@"',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    act = step.does[0]
    line = act.line.replace(" PATH=", f" PATH={tmp_path}:", 1)
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    done.failure = explain(step.sentence, done.stderr.splitlines(), act.refusals)
    return done


LACKING = """cat <<'X'
\x1b[101m[ERROR]\x1b[49m Missing system requirements. Run the following commands to

########## BEGIN ##########
sudo sh -eux <<EOF
# Load ip_tables module
modprobe ip_tables
# Add subuid entry for ada
echo "ada:100000:65536" >> /etc/subuid
EOF
########## END ##########
X
exit 1"""


def test_what_dockers_tool_lacks_is_said_in_one_line(tmp_path):
    done = run(tmp_path, LACKING)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.failure == Failure(
        'Docker asks for more before it runs without root: modprobe ip_tables;echo "ada:100000:65536" >> /etc/subuid',
        "run that on the host as root, then run again",
        "lacks",
    )


def test_a_daemon_that_does_not_start_says_why_from_its_journal(tmp_path):
    log = "echo '[rootlesskit:parent] up'; echo 'failed to start daemon: no disk'; echo 'Main process exited'"
    done = run(tmp_path, "echo '[ERROR] Failed to start docker.service'; exit 1", log)
    assert done.returncode == 1
    assert done.failure.cause == "dockerd of ada does not start: failed to start daemon: no disk"
    assert done.failure.remedy.startswith("look at ")


def test_a_daemon_without_a_journal_says_what_the_tool_said(tmp_path):
    done = run(tmp_path, "echo 'Aborting because of the moon'; exit 1")
    assert done.failure.cause == "dockerd of ada does not start: Aborting because of the moon"
    assert done.failure.remedy


def test_a_tool_that_succeeds_says_nothing(tmp_path):
    done = run(tmp_path, "echo installed")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
