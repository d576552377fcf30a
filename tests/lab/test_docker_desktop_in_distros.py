"""What Docker Desktop's integration does inside distributions, and when it is gone (Docker's WSL pages; docker/for-win)."""

import json

import pytest
from wsl_laptop import archive, laptop, text

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop

DOCKER = r"C:\Program Files\Docker\Docker\resources\bin\docker.exe"
SERVER = ("docker", "version", "--format", "{{.Server.Version}}")


def ready(**settings):
    here = laptop()
    here.machine.part(DockerDesktop).install()
    here.register("D", default=True)
    here.machine.part(DockerDesktop).write_settings(here.person, **settings)
    return here


async def start(here):
    assert (await here.call("desktop", "start", exe=DOCKER)).code == 0


@pytest.mark.parametrize(
    ("settings", "answers"),
    [
        ({}, False),
        ({"IntegratedWslDistros": ["D"]}, True),
        ({"IntegratedWslDistros": ["d"]}, False),
        ({"IntegratedWslDistros": ["gone", "D"]}, True),
        ({"EnableIntegrationWithDefaultWslDistro": True}, True),
    ],
)
def test_the_engine_answers_inside_what_is_integrated(settings, answers):
    here = ready(**settings)

    async def tell():
        await start(here)
        outcome = await here.call("-d", "D", "-e", *SERVER)
        assert (outcome.code == 0 and outcome.stdout == b"28.3.3\n") == answers
        assert answers or b"WSL integration" in outcome.stdout

    here.story(tell)


def test_command_socket_and_group_are_there_while_it_runs():
    here = ready(IntegratedWslDistros=["D"])
    here.wsl("--manage", "D", "--set-default-user", "dev")

    async def tell():
        await start(here)
        assert (await here.call("-d", "D", "-e", "test", "-S", "/var/run/docker.sock")).code == 0
        proxy = ("test", "-e", "/mnt/wsl/docker-desktop/docker-desktop-user-distro")
        assert (await here.call("-d", "D", "-e", *proxy)).code == 0
        assert b"/cli-tools/" in (await here.call("-d", "D", "-e", "readlink", "-f", "/usr/bin/docker")).stdout
        assert b"docker" in (await here.call("-d", "D", "-e", "id", "-Gn")).stdout
        assert (await here.call("-d", "D", "-e", *SERVER)).code == 0
        await here.call("desktop", "stop", exe=DOCKER)
        assert (await here.call("-d", "D", "-e", "test", "-e", "/var/run/docker.sock")).code == 1
        assert (await here.call("-d", "D", "-e", *SERVER)).code == 1

    here.story(tell)


def test_a_user_outside_the_group_is_denied():
    here = ready(IntegratedWslDistros=["D"])

    async def tell():
        await start(here)
        outcome = await here.call("-d", "D", "-u", "dev", "-e", *SERVER)
        assert outcome.code == 1
        assert b"permission denied" in outcome.stderr

    here.story(tell)


@pytest.mark.parametrize("options", [{"version": 1}, {"root": archive(**{"lib__ld-musl-x86_64.so.1": b""})}])
def test_wsl1_and_musl_distributions_get_nothing(options):
    here = ready(IntegratedWslDistros=["D", "other"])
    here.register("other", **options)

    async def tell():
        await start(here)
        assert (await here.call("-d", "other", "-e", *SERVER)).code == 1
        assert (await here.call("-d", "D", "-e", *SERVER)).code == 0

    here.story(tell)


def test_a_changed_list_counts_at_the_next_start_only():
    here = ready()

    async def tell():
        await start(here)
        here.machine.part(DockerDesktop).change(IntegratedWslDistros=["D"])
        assert (await here.call("-d", "D", "-e", *SERVER)).code == 1
        assert (await here.call("desktop", "restart", exe=DOCKER)).code == 0
        assert (await here.call("-d", "D", "-e", *SERVER)).code == 0
        here.machine.part(DockerDesktop).change(IntegratedWslDistros=[])
        await here.call("desktop", "restart", exe=DOCKER)
        assert (await here.call("-d", "D", "-e", *SERVER)).code == 1

    here.story(tell)


def test_a_distribution_that_was_stopped_loses_the_integration_until_docker_starts_again():
    here = ready(IntegratedWslDistros=["D"])

    async def tell():
        await start(here)
        await here.call("--terminate", "D")
        assert (await here.call("-d", "D", "-e", *SERVER)).code == 1
        await here.call("desktop", "restart", exe=DOCKER)
        assert (await here.call("-d", "D", "-e", *SERVER)).code == 0

    here.story(tell)


def test_docker_keeps_what_it_integrates_from_idling_out():
    here = ready(IntegratedWslDistros=["D"])
    here.slow()

    async def tell():
        await start(here)
        await here.machine.sleep(60)
        assert text(await here.call("--list", "--running", "--quiet")).split() == ["D", "docker-desktop"]
        await here.call("desktop", "stop", exe=DOCKER)
        await here.machine.sleep(60)
        assert (await here.call("--list", "--running", "--quiet")).stdout == b""

    here.story(tell)


def test_docker_forgets_its_list_at_a_start_if_it_is_told_to():
    here = ready(IntegratedWslDistros=["D"])
    here.machine.part(DockerDesktop).forgets_integration = True

    async def tell():
        await start(here)
        assert (await here.call("-d", "D", "-e", *SERVER)).code == 1
        path = here.machine.part(DockerDesktop).settings_path(here.person)
        assert "IntegratedWslDistros" not in json.loads(here.machine.files.read(path))

    here.story(tell)
