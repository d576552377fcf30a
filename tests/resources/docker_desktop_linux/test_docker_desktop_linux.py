"""Docker Desktop for Linux: what is planned for which host."""

import base64
import dataclasses

import pytest
from support.looks import look

from pyinfra_wsl.core.acts import Fetch, PackageFile, Packages, Shell
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.deletion import deleted
from pyinfra_wsl.core.linux.host import Os, as_user
from pyinfra_wsl.core.plan import Plan, Step
from pyinfra_wsl.resources.docker_desktop_linux import plan as docker_desktop_linux
from pyinfra_wsl.resources.docker_desktop_linux.plan import Package, Want
from pyinfra_wsl.resources.docker_desktop_linux.state import Account, State, read

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PACKAGE = Package("docker-desktop-amd64.deb", DIGEST)
READY = State(
    os=Os("debian", (), "12", "bookworm", "Debian GNU/Linux 12 (bookworm)"),
    vm="none",
    qemu="7.2.22",
    packages={"docker-desktop": "4.50.0-209931", "docker-ce-cli": "5:28.5.1-1~debian.12~bookworm"},
    desktop=("gnome.desktop",),
    account=Account(1000, "/home/ada", ("ada", "kvm")),
    pass_ready=True,
    owner="ada",
    settings={"Cpus": 4, "SettingsVersion": 45},
)
REPOSITORY = Plan((Step("use Docker's repository", (Shell("true"),)),))
BARE = {"packages": {}, "settings": None, "owner": None}


def plan(want=None, repository=None, **different):
    return docker_desktop_linux.plan(want or Want("ada"), dataclasses.replace(READY, **different), repository or Plan())


def sentences(plan):
    return [step.sentence for step in plan.steps]


def test_a_host_that_is_ready_is_left_alone():
    found = plan(Want("ada", settings={"cpus": 4}, package=PACKAGE))
    assert (found.steps, found.deferred, found.failures, found.warnings) == ((), (), (), ())
    assert found.noop == "Docker Desktop 4.50.0 is as declared"


def test_a_fresh_host_gets_the_repository_first_and_the_package_after_its_digest():
    want = Want("ada", package=PACKAGE, settings={"Cpus": 2}, autostart=True, accept_license=True)
    found = plan(want, REPOSITORY, **BARE, account=Account(1000, "/home/ada", ("ada",)))
    assert sentences(found) == [
        "use Docker's repository",
        "install Docker Desktop",
        "settings-store.json Cpus: unset → 2, LicenseTermsVersion: unset → 2",
        "ada joins the group kvm",
        "Docker Desktop starts with ada's session",
    ]
    place = f"/var/cache/pyinfra-wsl/{DIGEST}.deb"
    assert found.steps[1].does == (
        Fetch("docker-desktop-amd64.deb", DIGEST, place),
        PackageFile("apt", place),
        Shell(f"rm -f {place}"),
    )


@pytest.mark.parametrize(("declared", "changes"), [("4.50.0", 0), ("4.49.1", 0), ("4.50.1", 1), ("4.100", 1)])
def test_only_an_older_version_is_upgraded(declared, changes):
    assert len(plan(Want("ada", package=PACKAGE, version=declared)).steps) == changes


def test_an_rpm_replaces_the_old_one():
    (step,) = plan(Want("ada", package=PACKAGE, version="4.60"), os=Os("fedora", (), "42")).steps
    assert step.does[1] == PackageFile("dnf", f"/var/cache/pyinfra-wsl/{DIGEST}.rpm", "docker-desktop")


@pytest.mark.parametrize("package", [Package(), Package("x.deb"), Package("", DIGEST)])
def test_a_package_without_source_or_digest_is_refused(package):
    (failure,) = plan(Want("ada", package=package), **BARE).failures
    assert failure.remedy == "declare package: {source, sha256}"


def test_a_package_with_another_digest_is_refused_before_anything():
    found = plan(Want("ada", package=Package("x.deb", DIGEST, "its SHA-256 is 00, not 9f")), REPOSITORY, **BARE)
    assert found.steps == ()
    assert found.failures[0].cause == "the package x.deb: its SHA-256 is 00, not 9f"


def test_a_repository_that_cannot_be_had_stops_the_package():
    problem = Failure("no key", "give one")
    found = plan(Want("ada", package=PACKAGE), Plan(failures=(problem,)), **BARE)
    assert (found.steps, found.failures) == ((), (problem,))


@pytest.mark.parametrize(
    ("host", "cause", "remedy"),
    [
        ({"machine": "aarch64"}, "is for x86_64, this host is aarch64", "docker_engine"),
        ({"os": Os("debian", (), "11", "bullseye", "Debian 11")}, "does not support Debian 11", "Debian 12"),
        ({"os": Os("debian", (), "13", "trixie", "Debian 13")}, "does not install on Debian 13", "docker_engine"),
        ({"os": Os("ubuntu", (), "22.04", "jammy", "Ubuntu 22.04")}, "does not support Ubuntu 22.04", "24.04"),
        ({"os": Os("void", name="Void")}, "does not support Void", "docker_engine"),
        ({"root": False}, "may not change the host", "connection.sudo: true"),
        ({"account": None}, "there is no user ada", "create the user"),
        ({"systemd": False}, "systemd does not run", "boots with systemd"),
        ({"kvm": False}, "no /dev/kvm", "declare kvm"),
        ({"desktop": ()}, "no desktop is installed", "docker_engine"),
        ({"qemu": "5.1.0"}, "QEMU 5.1.0 is too old", "5.2"),
        (
            {"settings": None, "settings_problem": "is no JSON: line 1"},
            "/home/ada/.docker/desktop/settings-store.json is no JSON",
            "mend it",
        ),
        ({"config_problem": "line 1"}, "/home/ada/.docker/config.json is no JSON", "mend it"),
    ],
)
def test_every_refusal_has_its_cause_and_changes_nothing(host, cause, remedy):
    found = plan(Want("ada", settings={"Cpus": 8}), **host)
    assert found.steps == ()
    (failure,) = found.failures
    assert cause in failure.cause
    assert remedy in failure.remedy


@pytest.mark.parametrize(
    "system", [Os("ubuntu", ("debian",), "24.04"), Os("fedora", (), "42"), Os("rhel", ("fedora",), "9.6"), Os("arch")]
)
def test_releases_that_docker_names_are_not_refused(system):
    assert plan(os=system).failures == ()


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ({"vm": "kvm"}, "virtual machine (kvm)"),
        ({"os": Os("arch")}, "experimental"),
        ({"desktop": ("xfce.desktop",)}, "this host has xfce.desktop"),
        ({"pass_ready": False}, "pass init"),
    ],
)
def test_what_works_differently_is_said(host, words):
    (warning,) = plan(**host).warnings
    assert words in warning


def test_settings_keep_the_spelling_and_the_other_keys_of_the_file():
    (step,) = plan(Want("ada", settings={"memorymib": 8192, "CPUS": 2}), settings={"Cpus": 4, "MemoryMiB": 4096, "X": 1}).steps
    assert step.sentence == "settings-store.json Cpus: 4 → 2, MemoryMiB: 4096 → 8192"
    assert '+  "MemoryMiB": 8192,' in step.diff
    assert '   "X": 1' in step.diff
    assert "runuser -u ada" in step.does[0].line


def test_settings_that_are_written_twice_get_the_value_in_both_spellings():
    (step,) = plan(Want("ada", settings={"Cpus": 2}), settings={"cpus": 2, "Cpus": 4}).steps
    assert step.sentence == "settings-store.json Cpus: 4 → 2"


def test_settings_that_a_loss_of_power_took_are_not_replaced():
    lost = read(look(settings=base64.b64encode(b"\0" * 300).decode()))
    planned = plan(Want("ada", settings={"Cpus": 2}), settings=lost.settings, settings_problem=lost.settings_problem)
    assert planned.steps == ()
    assert [one.cause for one in planned.failures] == [
        "/home/ada/.docker/desktop/settings-store.json holds nothing but NUL bytes, as a loss of power leaves it"
    ]


def test_the_licence_is_accepted_only_by_consent():
    assert "LicenseTermsVersion" not in "".join(sentences(plan(Want("ada", settings={"Cpus": 1}))))
    assert sentences(plan(Want("ada", accept_license=True))) == ["settings-store.json LicenseTermsVersion: unset → 2"]
    assert plan(Want("ada", accept_license=True), settings={"licenseTermsVersion": 2}).steps == ()


def test_what_would_end_somebodys_work_waits():
    want = Want("ada", package=PACKAGE, version="4.60", settings={"Cpus": 2})
    found = plan(want, REPOSITORY, active=True)
    assert found.steps == ()
    assert [(one.sentence, one.waits_for) for one in found.deferred] == [
        ("Docker Desktop 4.50.0 → 4.60", "docker desktop idle"),
        ("settings-store.json Cpus: 4 → 2", "docker desktop idle"),
    ]


def test_the_context_is_repaired_while_docker_desktop_runs_and_only_then():
    config = {"currentContext": "other"}
    assert sentences(plan(active=True, contexts=("desktop-linux",), config=config)) == ["context other → desktop-linux for ada"]
    assert plan(active=False, contexts=("desktop-linux",), config=config).steps == ()
    assert plan(active=True, contexts=("desktop-linux",), config={"currentContext": "desktop-linux"}).steps == ()


@pytest.mark.parametrize(("wanted", "have", "verb"), [(True, False, "enable"), (False, True, "disable")])
def test_autostart_is_switched_without_a_session(wanted, have, verb):
    (step,) = plan(Want("ada", autostart=wanted), enabled=have).steps
    assert f"SYSTEMD_OFFLINE=1 systemctl --user {verb} docker-desktop.service" in step.does[0].line


@pytest.mark.parametrize(("wanted", "have"), [(None, True), (None, False), (True, True), (False, False)])
def test_autostart_as_declared_is_left_alone(wanted, have):
    assert plan(Want("ada", autostart=wanted), enabled=have).steps == ()


def test_a_folder_that_root_took_is_given_back():
    assert sentences(plan(owner="root")) == ["/home/ada/.docker belongs to ada again"]


LEFT = ("/home/ada/.docker/desktop", "/usr/local/bin/com.docker.cli")


def test_a_removal_leaves_data_and_takes_what_points_to_docker_desktop():
    config = {"credsStore": "desktop", "currentContext": "desktop-linux", "auths": {}}
    found = plan(Want("ada", "absent"), left=LEFT, config=config, enabled=True)
    assert sentences(found) == [
        "remove Docker Desktop",
        "remove /usr/local/bin/com.docker.cli",
        "config.json of ada no longer names Docker Desktop (credsStore, currentContext)",
    ]
    assert Packages("apt", ("docker-desktop",), present=False) in found.steps[0].does
    assert "auths" in found.steps[2].does[0].line


def test_a_removal_deletes_data_with_consent_only():
    found = plan(Want("ada", "absent", allow_data_loss=True), packages={}, left=LEFT[:1])
    (act,) = found.steps[-1].does
    assert act == as_user("ada", 1000, "/home/ada", deleted(["/home/ada/.docker/desktop"]))


def test_a_removal_deletes_nothing_through_a_link_and_leaves_it_without_consent():
    behind = {"left": LEFT[:1], "data_link": "/srv/ada"}
    (failure,) = plan(Want("ada", "absent", allow_data_loss=True), **behind).failures
    assert failure.cause.startswith("/home/ada/.docker/desktop is a link to /srv/ada: ")
    assert sentences(plan(Want("ada", "absent"), **behind)) == ["remove Docker Desktop"]


def test_a_removal_does_not_touch_what_is_somebody_elses():
    found = plan(Want("ada", "absent"), packages={}, config={"credsStore": "pass", "currentContext": "remote"}, left=LEFT[:1])
    assert found.steps == ()
    assert found.noop == "Docker Desktop is not installed"


def test_a_removal_works_on_a_host_that_could_not_have_it():
    assert sentences(plan(Want("ada", "absent"), desktop=(), kvm=False, account=None)) == ["remove Docker Desktop"]


@pytest.mark.parametrize(
    ("host", "who"),
    [({"active": True}, "ada"), ({"running": ("bob",)}, "bob"), ({"active": True, "running": ("ada", "bob")}, "ada, bob")],
)
def test_a_removal_waits_for_the_virtual_machine_and_its_containers(host, who):
    config = {"credsStore": "desktop", "currentContext": "desktop-linux"}
    found = plan(Want("ada", "absent", allow_data_loss=True), left=LEFT, config=config, enabled=True, **host)
    assert (found.steps, len(found.deferred)) == ((), 4)
    assert {one.waits_for for one in found.deferred} == {"docker desktop idle"}
    assert {one.reason for one in found.deferred} == {f"it runs for {who}; it is changed when it does not"}


def test_a_removal_that_is_done_waits_for_nothing():
    assert plan(Want("ada", "absent"), packages={}, running=("bob",)).deferred == ()


def test_an_upgrade_waits_for_everybodys_and_settings_for_ones_own():
    found = plan(Want("ada", package=PACKAGE, version="4.60", settings={"Cpus": 2}), REPOSITORY, running=("bob",))
    assert [one.sentence for one in found.deferred] == ["Docker Desktop 4.50.0 → 4.60"]
    assert sentences(found) == ["settings-store.json Cpus: 4 → 2"]


def test_a_group_whose_name_begins_as_kvm_is_another():
    account = Account(1000, "/home/ada", ("ada", "kvm users"))
    (step,) = plan(account=account).steps
    assert step.sentence == "ada joins the group kvm"


@pytest.mark.parametrize(("have", "changes"), [(True, 1), (1, 0), (1.0, 1)])
def test_settings_are_compared_by_their_kind(have, changes):
    assert len(plan(Want("ada", settings={"Cpus": 1}), settings={"Cpus": have}).steps) == changes
