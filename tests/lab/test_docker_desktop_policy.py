"""What an organisation lays down for Docker Desktop, and lets its members do; each row with its source."""

import json

import pytest
from docker_laptop import docker, ready, run, started, store

from pyinfra_wsl.lab.docker_desktop import policy, start_up
from pyinfra_wsl.lab.docker_desktop.places import POLICY_KEY
from pyinfra_wsl.lab.resource import docker as by_hand

ADMIN = {"configurationFileVersion": 2, "analyticsEnabled": {"locked": True, "value": False}}
RUN = rf"{start_up.RUN_KEY}"
SERVER = ("docker", "version", "--format", "{{.Server.Version}}")


def lay_down(here, admin=ADMIN, organisations=("acme",), bom=False):
    if admin is not None:
        here.put(policy.ADMIN, (b"\xef\xbb\xbf" if bom else b"") + json.dumps(admin).encode())
    if organisations:
        here.machine.registry.set(POLICY_KEY, "allowedOrgs", "MultiString", list(organisations))


@pytest.mark.parametrize(
    ("version", "admin", "starts", "source"),
    [
        ("4.40.0", ADMIN, True, "configure-json-file.md"),
        ("4.40.0", {"analyticsEnabled": {"locked": True, "value": False}}, False, "release notes 4.41: no version, no start"),
        ("4.41.0", {"analyticsEnabled": {"locked": True, "value": False}}, True, "release notes 4.41"),
        ("4.41.0", ADMIN | {"proxy": {"locked": True, "mode": "system"}}, False, "release notes 4.41.1"),
        ("4.41.1", ADMIN | {"proxy": {"locked": True, "mode": "system"}}, True, "release notes 4.41.1"),
        ("4.42.0", ADMIN | {"noSuchKey": {}}, False, "release notes 4.43: unknown keys"),
        ("4.43.0", ADMIN | {"noSuchKey": {}}, True, "release notes 4.43"),
        ("4.44.0", ADMIN | {"linuxVM": {"vpnkitCIDR": {"locked": True, "value": ""}}}, False, "release notes 4.44.1"),
        ("4.44.1", ADMIN | {"linuxVM": {"vpnkitCIDR": {"locked": True, "value": ""}}}, True, "release notes 4.44.1"),
    ],
)
def test_which_admin_file_keeps_which_version_from_starting(version, admin, starts, source):
    here = ready(version)
    lay_down(here, admin)
    docker(here).member_of = frozenset({"acme"})

    async def tell():
        assert ((await started(here)).status == "running") == starts, source

    run(tell)


@pytest.mark.parametrize(("version", "starts"), [("4.57.0", False), ("4.58.0", True)])
def test_a_byte_order_mark_in_an_admin_file(version, starts):
    """Release notes 4.58; docker/for-win #14950, #14700."""
    here = ready(version)
    lay_down(here, bom=True)
    docker(here).member_of = frozenset({"acme"})

    async def tell():
        app = await started(here)
        assert (app.status == "running") == starts
        assert starts or "invalid character 'ï'" in app.problem

    run(tell)


def test_what_is_locked_stays_whatever_a_user_sets():
    """configure-json-file.md; effective values are in the user's own file (_index.md)."""
    here = ready(AnalyticsEnabled=True, AutoStart=True)
    lay_down(
        here,
        ADMIN | {"exposeDockerAPIOnTCP2375": {"locked": False, "value": True}, "proxy": {"locked": True, "exclude": ["a", "b"]}},
    )
    docker(here).member_of = frozenset({"acme"})

    async def tell():
        app = await started(here)
        assert store(here)["AnalyticsEnabled"] is False
        assert store(here)["OverrideProxyExclude"] == "a,b"
        assert store(here)["ExposeDockerAPIOnTCP2375"] is True
        docker(here).change(AnalyticsEnabled=True, ExposeDockerAPIOnTCP2375=False)
        assert app.settings["AnalyticsEnabled"] is False
        by_hand.set_settings(here.machine, here.person, {"AnalyticsEnabled": True})
        await docker(here).app.work
        assert store(here)["AnalyticsEnabled"] is False

    run(tell)


def test_a_default_of_the_organisation_loses_against_a_users_choice():
    """configure-json-file.md: locked false."""
    here = ready(DisableUpdate=True)
    lay_down(here, ADMIN | {"disableUpdate": {"locked": False, "value": False}})
    docker(here).member_of = frozenset({"acme"})

    async def tell():
        assert (await started(here)).settings["DisableUpdate"] is True

    run(tell)


@pytest.mark.parametrize(
    ("admin", "orgs", "member", "runs", "source"),
    [
        (None, ("acme",), (), False, "methods.md: sign-in is enforced"),
        (None, ("acme",), ("other",), False, "methods.md"),
        (None, ("acme", "more"), ("more",), True, "methods.md: one of them is enough"),
        (None, ("Acme",), ("acme",), False, "methods.md: lower case"),
        (ADMIN, (), (), False, "configure-json-file.md: its presence forces sign-in"),
        (None, (), (), True, "nothing laid down"),
    ],
)
def test_whom_an_organisation_lets_in(admin, orgs, member, runs, source):
    here = ready()
    lay_down(here, admin, orgs)
    docker(here).member_of = frozenset(member)

    async def tell():
        app = await started(here)
        assert (app.status == "running") == runs, source
        assert runs or app.problem == "Sign in required!"

    run(tell)


def test_the_registry_wins_over_registry_json():
    """methods.md."""
    here = ready()
    here.put(policy.SIGN_IN, b'{"allowedOrgs": ["filed"]}')
    docker(here).member_of = frozenset({"filed"})

    async def tell():
        assert (await started(here)).status == "running"
        await docker(here).stop()
        lay_down(here, None, ("keyed",))
        assert (await started(here)).problem == "Sign in required!"

    run(tell)
