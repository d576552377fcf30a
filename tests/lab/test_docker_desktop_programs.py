"""Docker Desktop on a laptop: its settings file, its start and end, its command line (Docker's documentation; docker/for-win)."""

import json

import pytest
from wsl_laptop import Laptop, laptop, text

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.start import COMPLAINT

DOCKER = r"C:\Program Files\Docker\Docker\resources\bin\docker.exe"
CLI = r"C:\Program Files\Docker\Docker\DockerCli.exe"
DESKTOP = r"C:\Program Files\Docker\Docker\Docker Desktop.exe"
STORE = r"C:\Users\alice\AppData\Roaming\Docker\settings-store.json"


def ready(version: str = "4.46.0", **settings) -> Laptop:
    here = laptop()
    here.machine.part(DockerDesktop).install(version)
    here.register("D")
    here.machine.part(DockerDesktop).write_settings(here.person, **settings)
    return here


async def status(here):
    return json.loads((await here.call("desktop", "status", "--format", "json", exe=DOCKER)).stdout)["Status"]


def names(here):
    return [item.name for item in here.machine.processes if "ocker" in item.name]


def test_it_starts_runs_and_stops_in_the_users_session():
    here = ready().slow()

    async def tell():
        assert await status(here) == "stopped"
        assert (await here.call("desktop", "start", "--detach", exe=DOCKER)).code == 0
        assert await status(here) == "starting"
        assert (await here.call("desktop", "start", exe=DOCKER)).code == 0
        assert await status(here) == "running"
        assert {"Docker Desktop.exe", "com.docker.backend.exe"} <= set(names(here))
        window = here.machine.part(DockerDesktop).app.window
        assert (window.sid, window.session) == (here.person.sid, here.person.session)
        assert (await here.call("desktop", "stop", "--timeout", "120", exe=DOCKER)).code == 0
        assert (await status(here), names(here)) == ("stopped", [])

    here.story(tell)


def test_commands_from_a_session_without_a_desktop_fail():
    here = ready()
    token = windows.administrator_token(here.machine)

    async def tell():
        for verb in ("start", "stop", "restart"):
            outcome = await here.call("desktop", verb, exe=DOCKER, token=token)
            assert outcome.code == 1
            assert b"logon session" in outcome.stderr
        assert (await here.call(exe=DESKTOP, token=token)).code == 1
        assert here.machine.part(DockerDesktop).app is None

    here.story(tell)


def test_a_start_that_takes_too_long_ends_non_zero_and_goes_on():
    here = ready().slow()

    async def tell():
        assert (await here.call("desktop", "start", "--timeout", "2", exe=DOCKER)).code == 1
        await here.machine.sleep(30)
        assert await status(here) == "running"

    here.story(tell)


def test_the_running_program_writes_over_what_was_edited_meanwhile():
    here = ready(IntegratedWslDistros=["D"])

    async def tell():
        await here.call("desktop", "start", exe=DOCKER)
        here.put(STORE, b'{"IntegratedWslDistros": [], "LicenseTermsVersion": 2}')
        await here.call("desktop", "stop", exe=DOCKER)
        assert json.loads(here.machine.files.read(STORE))["IntegratedWslDistros"] == ["D"]

    here.story(tell)


def test_a_killed_program_writes_nothing():
    here = ready(IntegratedWslDistros=["D"])

    async def tell():
        await here.call("desktop", "start", exe=DOCKER)
        here.put(STORE, b"mine")
        here.machine.processes.kill(here.machine.part(DockerDesktop).app.window)
        assert await status(here) == "stopped"
        assert here.machine.files.read(STORE) == b"mine"

    here.story(tell)


def test_an_edit_made_while_it_is_stopped_counts():
    here = ready()
    values = json.loads(here.machine.files.read(STORE)) | {"integratedWslDistros": ["D"], "somebodys": {"own": 1}}
    here.put(STORE, json.dumps(values).encode())

    async def tell():
        await here.call("desktop", "start", exe=DOCKER)
        found = json.loads(here.machine.files.read(STORE))
        assert found["IntegratedWslDistros"] == ["D"]
        assert found["somebodys"] == {"own": 1}

    here.story(tell)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\xef\xbb\xbf{}", "invalid character"),
        (b"", "EOF"),
        (b'{"LicenseTermsVersion": 2', "unexpected EOF"),
        (bytes(100), "x00"),
        (b"[]", "not an object"),
        (b'{"LicenseTermsVersion": 2, "IntegratedWslDistros": "D"}', "integratedWslDistros type mismatch"),
        (b'{"LicenseTermsVersion": 2, "IntegratedWslDistros": null}', "integratedWslDistros type mismatch"),
    ],
)
def test_a_bad_settings_file_stops_the_start_and_stays_as_it_is(data, problem):
    here = ready()
    here.put(STORE, data)

    async def tell():
        outcome = await here.call("desktop", "start", exe=DOCKER)
        assert outcome.code == 1
        assert problem in outcome.stderr.decode()
        await here.call("desktop", "stop", exe=DOCKER)
        assert here.machine.files.read(STORE) == data

    here.story(tell)


def test_without_an_accepted_licence_a_window_waits_for_a_person():
    here = ready(LicenseTermsVersion=0)

    async def tell():
        assert (await here.call("desktop", "start", "--timeout", "60", exe=DOCKER)).code == 1
        assert await status(here) == "starting"
        assert "docker-desktop" not in text(await here.call("-l", "-q"))

    here.story(tell)


def test_the_newer_file_holds_differences_only_and_the_older_everything():
    here = ready(IntegratedWslDistros=["D"])
    assert set(json.loads(here.machine.files.read(STORE))) == {
        "IntegratedWslDistros",
        "LicenseTermsVersion",
        "DisplayedOnboarding",
        "SettingsVersion",
    }
    old = ready("4.34.3", IntegratedWslDistros=["D"])
    found = json.loads(old.machine.files.read(STORE.replace("settings-store", "settings")))
    assert found["integratedWslDistros"] == ["D"]
    assert found["enableIntegrationWithDefaultWslDistro"] is False
    assert not old.machine.files.exists(STORE)


def test_a_newer_version_takes_the_older_file_over():
    here = ready()
    here.machine.files.remove(STORE)
    here.put(STORE.replace("settings-store", "settings"), b'{"licenseTermsVersion": 2, "integratedWslDistros": ["D"]}')

    async def tell():
        await here.call("desktop", "start", exe=DOCKER)
        assert json.loads(here.machine.files.read(STORE))["IntegratedWslDistros"] == ["D"]

    here.story(tell)


def test_a_change_in_the_window_is_written_at_once():
    here = ready()

    async def tell():
        await here.call("desktop", "start", exe=DOCKER)
        here.machine.part(DockerDesktop).change(AutoStart=True)
        assert json.loads(here.machine.files.read(STORE))["AutoStart"] is True

    here.story(tell)


@pytest.mark.parametrize(
    ("words", "running", "code", "out"),
    [
        (["version", "--format", "{{.Server.Version}}"], True, 0, b"28.3.3\n"),
        (["version", "--format", "{{.Server.Version}}"], False, 1, b"\n"),
        (["version", "--format", "{{.Client.Version}}"], False, 1, b"28.3.3\n"),
        (["info", "--format", "{{.OperatingSystem}}"], True, 0, b"Docker Desktop\n"),
        (["info", "--format", "{{.OperatingSystem}}"], False, 1, b"\n"),
        (["info", "--format", "{{.ClientInfo.Version}}"], False, 0, b"28.3.3\n"),
        (["ps", "--quiet"], True, 0, b"0123456789ab\n"),
        (["ps", "--quiet"], False, 1, b""),
    ],
)
def test_the_client_with_and_without_an_engine(words, running, code, out):
    here = ready()
    here.machine.part(DockerDesktop).containers = ["0123456789ab"]

    async def tell():
        if running:
            await here.call("desktop", "start", exe=DOCKER)
        outcome = await here.call(*words, exe=DOCKER)
        assert (outcome.code, outcome.stdout) == (code, out)

    here.story(tell)


def test_the_engine_is_for_its_user_and_administrators():
    here = ready()
    bo = Laptop(here.machine, windows.add_person(here.machine, "bo"))
    here.machine.log_on(bo.person)

    async def tell():
        await here.call("desktop", "start", exe=DOCKER)
        question = ("version", "--format", "{{.Server.Version}}")
        assert (await here.call(*question, exe=DOCKER, token=windows.administrator_token(here.machine))).code == 0
        assert b"denied" in (await bo.call(*question, exe=DOCKER)).stderr
        assert b"denied" in (await bo.call("desktop", "start", exe=DOCKER)).stderr

    here.story(tell)


def test_older_versions_have_no_desktop_command_and_end_by_dockercli():
    here = ready("4.34.3")

    async def tell():
        assert (await here.call("desktop", "status", exe=DOCKER)).code == 1
        assert (await here.call("-Shutdown", exe=CLI)).code == 1
        assert (await here.call(exe=DESKTOP)).code == 0
        for _ in range(60):
            await here.machine.sleep(5)
            if here.machine.part(DockerDesktop).engine:
                break
        assert here.machine.part(DockerDesktop).engine
        assert text(await here.call("-l", "-q")).split() == ["D", "docker-desktop", "docker-desktop-data"]
        assert (await here.call("-Shutdown", exe=CLI)).code == 0
        assert here.machine.part(DockerDesktop).app is None

    here.story(tell)


def test_it_ends_with_a_log_off_and_writes_its_settings():
    here = ready(IntegratedWslDistros=["D"])

    async def tell():
        await here.call("desktop", "start", exe=DOCKER)
        here.put(STORE, b"lost")
        here.machine.log_off(here.person)
        assert here.machine.part(DockerDesktop).app is None
        assert json.loads(here.machine.files.read(STORE))["IntegratedWslDistros"] == ["D"]

    here.story(tell)


def test_a_restart_of_the_laptop_ends_it():
    here = ready()

    async def tell():
        await here.call("desktop", "start", exe=DOCKER)
        await here.machine.reboot()
        assert here.machine.part(DockerDesktop).app is None

    here.story(tell)


def test_without_wsl_it_shows_an_error_and_has_no_engine():
    here = ready()
    here.machine.registry.set(r"HKLM\SOFTWARE\Policies\WSL", "AllowWSL", "DWord", 0)

    async def tell():
        outcome = await here.call("desktop", "start", exe=DOCKER)
        assert outcome.code == 1
        assert b"ERROR_ACCESS_DISABLED_BY_POLICY" in outcome.stderr

    here.story(tell)


def test_what_is_not_simulated_is_loud():
    here = ready()
    assert here.wsl("desktop", "logs", exe=DOCKER).code == COMPLAINT
    assert here.wsl("run", "hello-world", exe=DOCKER).code == COMPLAINT
