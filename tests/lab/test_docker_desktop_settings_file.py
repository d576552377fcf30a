"""What Docker Desktop reads, writes, loses and lets an organisation lock. The source of each row stands in it."""

import asyncio
import json

import pytest
from docker_laptop import CHOICES, CLI, CONTROL, FOLDER, STORE, bare, docker, install, put, ready, run, started, store
from wsl_laptop import archive, text

from pyinfra_wsl.lab.docker_desktop import settings as docker_settings
from pyinfra_wsl.lab.docker_desktop import setup, start_up
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.resource import docker as by_hand
from pyinfra_wsl.lab.resource.breaks import NothingThereError

ADMIN = {"configurationFileVersion": 2, "analyticsEnabled": {"locked": True, "value": False}}
RUN = rf"{start_up.RUN_KEY}"
SERVER = ("docker", "version", "--format", "{{.Server.Version}}")


@pytest.mark.parametrize(
    ("data", "said", "source"),
    [
        (b"", "EOF", "for-win #13253"),
        (b"{", "unexpected EOF", "for-win #13253"),
        (b"\0" * 300, r"invalid character '\x00'", "third parties' notes of 4.83 and 4.86"),
        (b"\xef\xbb\xbf{}", "invalid character 'ï'", "a third party's note of 2026-07"),
        (b"// mine\n{}", "invalid character '/'", "JSON as Go reads it"),
        (b'{"IntegratedWslDistros": "D"}', "integratedWslDistros type mismatch", "release notes 4.30"),
        (b'{"IntegratedWslDistros": [null]}', "integratedWslDistros type mismatch", "release notes 4.30"),
        (b'{"IntegratedWslDistros": {"D": true}}', "integratedWslDistros type mismatch", "release notes 4.30"),
        (b"[]", "not an object", "JSON as Go reads it"),
    ],
)
def test_a_file_that_it_refuses_stays_as_it_is(data, said, source):
    here = ready()
    by_hand.damage_settings(here.machine, here.person, data)

    async def tell():
        app = await started(here)
        assert (app.status, said in app.problem) == ("failed", True), source
        await docker(here).stop()
        assert here.machine.files.read(STORE) == data

    run(tell)


def test_duplicates_and_strangers_in_the_list_change_nothing():
    """Real files hold duplicates."""
    here = ready(IntegratedWslDistros=["D", "D", "gone"])
    here.register("D")

    async def tell():
        assert (await started(here)).status == "running"
        assert store(here)["IntegratedWslDistros"] == ["D", "D", "gone"]

    run(tell)


def test_the_older_file_is_taken_over_by_an_upgrade_over_4_35():
    """Release notes 4.35."""
    here = bare()
    docker(here).install("4.34.3")
    docker(here).write_settings(here.person, AutoStart=True)
    older = STORE.replace("settings-store", "settings")
    put(here, "4.36.0")

    async def tell():
        assert json.loads(here.machine.files.read(older))["autoStart"] is True
        assert await install(here) == 0
        assert not here.machine.files.exists(STORE)
        await started(here)
        assert store(here)["AutoStart"] is True

    run(tell)


@pytest.mark.parametrize("key", ["AutoStart", "autoStart", "autostart"])
def test_the_case_of_a_key_does_not_matter(key):
    """topics.md tells to write camelCase into settings-store.json."""
    here = ready()
    here.put(STORE, json.dumps({"LicenseTermsVersion": 2, key: True}).encode())

    async def tell():
        assert (await started(here)).settings["AutoStart"] is True

    run(tell)


def test_the_installers_choices_are_where_a_first_start_begins():
    """ids 69303941850, 68931983892; WslEngineEnabled of the user's own file wins later (settings reference)."""
    here = bare()
    put(here)

    async def tell():
        words = ("--proxy-http-mode=manual", "--override-proxy-http=http://p:1", r"--wsl-default-data-root=C:\data")
        assert await install(here, *words) == 0
        await started(here)
        found = store(here)
        assert (found["ProxyHTTPMode"], found["OverrideProxyHTTP"], found["CustomWslDistroDir"]) == (
            "manual",
            "http://p:1",
            r"C:\data",
        )
        await docker(here).stop()
        by_hand.set_settings(here.machine, here.person, {"ProxyHTTPMode": "system"})
        await started(here)
        assert "ProxyHTTPMode" not in store(here)

    run(tell)


def test_every_start_writes_the_run_value_whatever_is_set():
    """docker/for-win #13396."""
    here = ready(AutoStart=False)
    key = rf"HKU\{here.person.sid}\{RUN}"

    async def tell():
        await started(here)
        assert here.machine.registry.get(key, "Docker Desktop") == rf'"{FOLDER}\Docker Desktop.exe" -Autostart'
        by_hand.set_autostart(here.machine, here.person, on=False)
        with pytest.raises(NothingThereError):
            by_hand.set_autostart(here.machine, here.person, on=False)
        await docker(here).stop()
        await started(here)
        assert here.machine.registry.get(key, "Docker Desktop")

    run(tell)


@pytest.mark.parametrize(("entry", "setting", "starts"), [(True, True, True), (True, False, False), (False, True, False)])
def test_a_session_begins_with_it_by_run_value_and_setting(entry, setting, starts):
    here = ready(AutoStart=setting)
    if entry:
        by_hand.set_autostart(here.machine, here.person, on=True)

    async def tell():
        here.machine.log_off(here.person)
        here.machine.log_on(here.person)
        assert (docker(here).app is not None) == starts

    run(tell)


def test_it_does_not_end_while_its_backend_is_wedged():
    """id 62829284569: -Shutdown may hang."""
    here = ready()
    docker(here).happens.wedged = True

    async def tell():
        app = await started(here)
        outcome = await here.call("desktop", "stop", "--timeout", "60", exe=CLI)
        assert (outcome.code, b"deadline" in outcome.stderr, docker(here).app) == (1, True, app)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(here.call("-Shutdown", exe=CONTROL), 0.3)
        assert docker(here).app is app
        here.machine.processes.kill(app.backend)
        assert docker(here).engine == ""
        await here.call("desktop", "stop", exe=CLI)
        assert docker(here).app is None

    run(tell)


def test_force_ends_a_wedged_one():
    here = ready()
    docker(here).happens.wedged = True

    async def tell():
        await started(here)
        assert (await here.call("desktop", "stop", "--force", "--timeout", "60", exe=CLI)).code == 0
        assert docker(here).app is None

    run(tell)


def test_a_person_may_start_it_again_at_once():
    here = ready().slow()
    docker(here).happens.comes_back_after = 2.0

    async def tell():
        first = await started(here)
        await docker(here).stop()
        assert docker(here).app is None
        while docker(here).app is None:
            await here.machine.sleep(1)
        assert docker(here).app is not first

    run(tell)


def test_a_shutdown_may_lose_the_integration():
    """docker/for-win #13933, #13990."""
    here = ready(IntegratedWslDistros=["D"])
    docker(here).happens.shutdown_forgets_integration = True

    async def tell():
        await started(here)
        await here.machine.reboot()
        here.machine.log_on(here.person)
        await started(here)
        assert "IntegratedWslDistros" not in store(here)

    run(tell)


@pytest.mark.parametrize(
    ("means", "said", "answers"), [(False, None, False), (True, None, True), (True, False, False), (False, True, True)]
)
def test_what_an_absent_default_means_is_open(means, said, answers):
    """Sources conflict: settings pages on, settings reference off; a false that is written down is one."""
    here = ready()
    here.register("D", default=True)
    docker(here).default_integrated = means
    found = {"LicenseTermsVersion": 2} | ({} if said is None else {"EnableIntegrationWithDefaultWslDistro": said})
    here.put(STORE, json.dumps(found).encode())

    async def tell():
        await started(here)
        assert ((await here.call("-d", "D", "-e", *SERVER)).code == 0) == answers

    run(tell)


def test_a_proxy_may_lack_its_socket_and_an_engine_inside_keeps_its_program():
    """desktop-feedback #423, for-win #14686, #13764."""
    here = ready(IntegratedWslDistros=["D", "own"])
    here.register("D")
    here.register("own", root=archive(usr__bin__docker=b"\x7fELF own"))
    docker(here).happens.socketless = {"D"}

    async def tell():
        await started(here)
        assert (await here.call("-d", "D", "-e", "test", "-e", "/usr/bin/docker")).code == 0
        outcome = await here.call("-d", "D", "-e", *SERVER)
        assert (outcome.code, b"no such file" in outcome.stderr) == (1, True)
        assert b"cli-tools" not in (await here.call("-d", "own", "-e", "readlink", "-f", "/usr/bin/docker")).stdout

    run(tell)


@pytest.mark.parametrize(("version", "hangs"), [("4.83.0", True), ("4.86.0", False)])
@pytest.mark.parametrize("path", [CHOICES, r"C:\Users\alice\.docker\config.json"])
def test_broken_json_beside_the_settings_hung_the_start(version, hangs, path):
    """Release notes 4.84, 4.85."""
    here = ready(version)
    here.put(path, b"{")

    async def tell():
        assert ((await started(here)).status == "starting") == hangs

    run(tell)


@pytest.mark.parametrize("key", sorted(docker_settings.DEFAULTS))
def test_every_setting_can_be_changed_by_hand_to_something_else(key):
    here = ready()
    declared = {"LicenseTermsVersion": 2, "IntegratedWslDistros": ["D"]}.get(key, docker_settings.DEFAULTS[key][1])
    other = by_hand.other_value(key, declared)
    assert other != declared
    assert type(other) is type(declared)
    by_hand.set_settings(here.machine, here.person, {key: other})
    found = docker_settings.load(here.machine.files.read(STORE))
    assert found[key] == (45 if key == "SettingsVersion" else other)
    by_hand.set_settings(here.machine, here.person, {key: None})
    assert key not in json.loads(here.machine.files.read(STORE)) or key == "SettingsVersion"


def test_service_group_choices_and_variables_are_changed_by_hand():
    here = ready(backend="windows")
    machine = here.machine
    by_hand.set_service(machine, start=4, running=False)
    assert (machine.services.start_type("com.docker.service"), machine.services.running("com.docker.service")) == (4, False)
    by_hand.leave_group(machine, here.person)
    with pytest.raises(NothingThereError):
        by_hand.leave_group(machine, here.person)
    by_hand.set_choice(machine, noWindowsContainers=True)
    assert setup.read_choices(machine, None)["noWindowsContainers"] is True
    by_hand.set_variable(machine, "DOCKER_HOST", "tcp://10.0.0.1:2375", here.person)
    assert machine.environment(here.token)["DOCKER_HOST"] == "tcp://10.0.0.1:2375"
    by_hand.set_variable(machine, "DOCKER_TLS_VERIFY", "1")
    assert machine.environment(Token(machine.account("fleet-admin")))["DOCKER_TLS_VERIFY"] == "1"
    by_hand.set_daemon(machine, here.person, "windows", b"{}")

    async def tell():
        assert (await started(here)).status == "failed"
        outcome = await here.call("version", exe=CLI)
        assert (outcome.code, b"tcp://10.0.0.1:2375" in outcome.stderr) == (1, True)

    run(tell)


def test_contexts_components_and_credentials_are_to_be_seen():
    """uninstall.md (config.json), docker/for-win #14869 (contexts), CLI reference (plugins)."""
    here = ready(IntegratedWslDistros=["D"])
    here.register("D")

    async def tell():
        assert text(await here.call("context", "ls", "-q", exe=CLI)).split() == ["default"]
        await started(here)
        listed = [json.loads(line) for line in text(await here.call("context", "ls", "--format", "json", exe=CLI)).splitlines()]
        assert {one["Name"]: one["DockerEndpoint"] for one in listed} == {
            "default": "npipe:////./pipe/docker_engine",
            "desktop-linux": "npipe:////./pipe/dockerDesktopLinuxEngine",
            "desktop-windows": "npipe:////./pipe/dockerDesktopWindowsEngine",
        }
        assert [one["Name"] for one in listed if one["Current"]] == ["desktop-linux"]
        config = json.loads(here.machine.files.read(r"C:\Users\alice\.docker\config.json"))
        assert config == {"credsStore": "desktop", "currentContext": "desktop-linux"}
        info = json.loads(text(await here.call("info", "--format", "{{json .}}", exe=CLI)))
        assert {one["Name"] for one in info["ClientInfo"]["Plugins"]} == {"buildx", "compose", "desktop"}
        assert text(await here.call("compose", "version", "--short", exe=CLI)).startswith("2.")
        server = json.loads(text(await here.call("version", "--format", "{{json .Server}}", exe=CLI)))
        assert server["Platform"]["Name"] == "Docker Desktop 4.86.0"
        assert {"Engine", "containerd"} <= {one["Name"] for one in server["Components"]}
        wrong = await here.call("--context", "desktop-windows", "version", "--format", "{{.Server.Version}}", exe=CLI)
        assert (wrong.code, b"dockerDesktopWindowsEngine" in wrong.stderr) == (1, True)
        assert (await here.call("context", "use", "default", exe=CLI)).code == 0
        assert text(await here.call("version", "--format", "{{.Server.Version}}", exe=CLI)).strip() == "28.3.3"

    run(tell)


def test_a_click_accepts_the_licence_and_the_engine_starts():
    here = ready(LicenseTermsVersion=0)

    async def tell():
        app = await started(here)
        assert app.status == "starting"
        docker(here).accept()
        await app.work
        assert (app.status, store(here)["LicenseTermsVersion"]) == ("running", 2)

    run(tell)


@pytest.mark.parametrize(("version", "answers"), [("4.38.0", False), ("4.39.0", True)])
def test_before_4_39_one_distribution_of_wsl_1_broke_every_integration(version, answers):
    """Release notes 4.39."""
    here = ready(version, IntegratedWslDistros=["D"])
    here.register("D")
    here.register("one", version=1)

    async def tell():
        await started(here)
        assert ((await here.call("-d", "D", "-e", *SERVER)).code == 0) == answers

    run(tell)
