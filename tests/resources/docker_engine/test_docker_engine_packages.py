"""Docker's packages: versions, pins and holds."""

import dataclasses

import pytest
from test_docker_engine import READY, VERSION
from test_docker_engine import plan as engine

from pyinfra_wsl.core.acts import Packages, Shell
from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.resources.docker_engine.packages import Wanted, changes
from pyinfra_wsl.resources.docker_engine.state import PACKAGES

OLD = {**READY.packages, "docker-ce": "5:28.4.0-1~debian.12~bookworm", "docker-ce-cli": "5:28.4.0-1~debian.12~bookworm"}
HOLD = Shell(f"apt-mark hold {' '.join(PACKAGES)}")


def plan(version=None, hold=None, **different):
    return list(changes(Wanted(version, hold), dataclasses.replace(READY, **different), 0))


def test_what_is_installed_is_kept_where_no_version_is_declared():
    assert plan(packages=OLD) == []


@pytest.mark.parametrize("version", ["28.5.1", "28.5", "28"])
def test_a_version_is_as_declared_by_its_first_parts(version):
    assert plan(version) == []


@pytest.mark.parametrize("version", ["28.5.10", "28.50", "2"])
def test_a_version_that_only_begins_alike_is_another(version):
    assert plan(version) != []


def test_another_version_is_installed_and_held():
    (step,) = plan("28.5.1", True, packages=OLD)
    assert step.said == "docker-ce 28.4.0 → 28.5.1 (held there; dockerd is restarted)"
    assert step.does == (Packages("apt", ("docker-ce=5:28.5.1-*", "docker-ce-cli=5:28.5.1-*"), update=True), HOLD)


def test_held_packages_are_changed_as_held_ones_so_that_a_failure_leaves_them_held():
    (step,) = plan("28.5.1", None, packages=OLD, held=("docker-ce",))
    specs = ("docker-ce=5:28.5.1-*", "docker-ce-cli=5:28.5.1-*")
    assert step.does == (Packages("apt", specs, update=True, held=True), Shell("apt-mark hold docker-ce"))
    (step,) = plan("28.5.1", False, packages=OLD, held=("docker-ce",))
    assert step.does[-1] == Shell("apt-mark unhold docker-ce")


def test_a_hold_alone_changes_no_package():
    (step,) = plan("28.5.1", True)
    assert step.does == (HOLD,)
    assert plan("28.5.1", True, held=PACKAGES) == []


def test_a_hold_is_taken_off_only_where_declared():
    (step,) = plan(None, False, held=("docker-ce",))
    assert step.does == (Shell("apt-mark unhold docker-ce"),)
    assert plan(None, None, held=("docker-ce",)) == []


def test_a_short_version_stands_for_all_that_begin_with_it():
    (step,) = plan("29.0", packages=OLD)
    assert step.does[0] == Packages("apt", ("docker-ce=5:29.0.*", "docker-ce-cli=5:29.0.*"), update=True)


def test_dnf_takes_versions_in_its_own_form():
    (step,) = plan("28.5.1", True, os=Os("fedora", (), "42"), packages={})
    assert step.does[0] == Shell(
        "dnf install -y --allowerasing 'docker-ce-28.5.1-*' 'docker-ce-cli-28.5.1-*'"
        " 'containerd.io' 'docker-buildx-plugin' 'docker-compose-plugin'"
    )
    assert "versionlock add docker-ce" in step.does[-1].line


def test_one_missing_package_is_installed_alone():
    (step,) = plan(packages={name: VERSION for name in READY.packages if name != "docker-compose-plugin"})
    assert step.does == (Packages("apt", ("docker-compose-plugin",), update=True),)


def test_where_apparmor_is_on_its_parser_is_installed():
    (step,) = engine(no_profiles=True).steps
    assert step.said == "install apparmor (AppArmor is on, and dockerd loads its profile with it)"
    assert engine(no_profiles=False).steps == ()
