"""What is there before Docker Desktop or beside it, and what it does to the client; and the laptops of the scenarios."""

import json

import pytest
from docker_laptop import CLI, admin, bare, docker, ready, run, started
from wsl_laptop import Laptop, text

from pyinfra_wsl.lab.docker_desktop import places, policy, predecessors, toolbox
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY
from pyinfra_wsl.lab.machine.start import COMPLAINT
from pyinfra_wsl.lab.scenarios import SCENARIOS, Wish
from pyinfra_wsl.lab.scenarios.docker import NAMES

TOOLBOX_DOCKER = rf"{toolbox.TOOLBOX}\docker.exe"
MACHINE = rf"{toolbox.TOOLBOX}\docker-machine.exe"
VBOX = rf"{toolbox.VIRTUALBOX}\VBoxManage.exe"
REMOVER = rf"{toolbox.TOOLBOX}\unins000.exe"
SERVER = ("version", "--format", "{{.Server.Version}}")


@pytest.mark.parametrize("scope", ["user", "machine"])
def test_toolbox_leads_the_client_astray_until_its_variables_are_gone(scope):
    """DOCKER_HOST beats the contexts (CLI reference); scopes: ids 36857266954, 3721394600."""
    here = ready()
    toolbox.toolbox(here.machine, here.person, scope=scope)
    key = toolbox.environment(here.person if scope == "user" else None)

    async def tell():
        await started(here)
        astray = await here.call(*SERVER, exe=CLI)
        assert (astray.code, b"192.168.99.100" in astray.stderr) == (1, True)
        assert ((await here.call(*SERVER, exe=CLI, token=admin(here))).code == 0) == (scope == "user")
        assert (await here.call("-H", "npipe:////./pipe/docker_engine", *SERVER, exe=CLI)).code == 0
        for name in toolbox.VARIABLES:
            here.machine.registry.remove_value(key, name)
        assert (await here.call(*SERVER, exe=CLI)).code == 0

    run(tell)


def test_toolboxs_machines_are_listed_exported_and_removed_with_their_disks():
    """docker/machine's reference; VirtualBox's manual."""
    here = bare()
    toolbox.toolbox(here.machine, here.person, machines=("default", "farm"))

    async def tell():
        assert text(await here.call("ls", "-q", exe=MACHINE)).split() == ["default", "farm"]
        assert "virtualbox" in text(await here.call("ls", exe=MACHINE))
        assert text(await here.call("ls", "-q", exe=MACHINE, token=admin(here))) == ""
        assert '"farm" {' in text(await here.call("list", "vms", exe=VBOX))
        assert (await here.call("export", "farm", "-o", r"C:\Users\alice\farm.ova", exe=VBOX)).code == 0
        assert here.machine.files.read(r"C:\Users\alice\farm.ova").startswith(b"ova:KDMV")
        assert (await here.call("export", "none", "-o", r"C:\Users\alice\x.ova", exe=VBOX)).code == 1
        assert (await here.call("rm", "-f", "farm", exe=MACHINE)).code == 0
        assert (await here.call("rm", "-f", "farm", exe=MACHINE)).code == 1
        assert not here.machine.files.exists(rf"{toolbox.store(here.person)}\farm")
        assert (await here.call("rm", "default", exe=MACHINE)).code == COMPLAINT

    run(tell)


def test_toolboxs_remover_takes_what_is_of_the_account_that_runs_it_and_nothing_of_others():
    """Toolbox.iss: [UninstallRun] is HKCU and docker-machine of who runs it; VirtualBox and other files go by hand."""
    here = bare()
    toolbox.toolbox(here.machine, here.person)
    here.machine.files.write(rf"{toolbox.TOOLBOX}\notes.txt", b"alice's")
    key = toolbox.environment(here.person)

    async def tell():
        assert (await here.call(exe=REMOVER, token=admin(here))).code == COMPLAINT
        assert (await here.call("/VERYSILENT", exe=REMOVER)).code == 740
        assert (await here.call("/VERYSILENT", "/NORESTART", exe=REMOVER, token=admin(here))).code == 0
        assert [one.name for one in here.machine.files.list(toolbox.TOOLBOX)] == ["notes.txt"]
        assert not here.machine.registry.exists(toolbox.TOOLBOX_KEY)
        assert not here.machine.files.exists(rf"{toolbox.menu(here.person)}\Docker Quickstart Terminal.lnk")
        assert here.machine.files.exists(VBOX)
        assert here.machine.files.exists(rf"{toolbox.store(here.person)}\default\disk.vmdk")
        assert set(here.machine.registry.values(key)) >= {*toolbox.VARIABLES, "DOCKER_TOOLBOX_INSTALL_PATH", "Path"}

    run(tell)


@pytest.mark.parametrize("moved", [False, True])
def test_toolboxs_remover_deletes_the_machine_default_of_who_runs_it_unless_its_store_is_elsewhere(moved):
    """Toolbox.iss: docker-machine rm -f default, reg delete HKCU\\Environment /V NO_PROXY; docker/machine: --storage-path."""
    here = bare()
    own = admin(here)
    toolbox.toolbox(here.machine, own.account, machines=("default", "farm"))
    here.machine.registry.set(toolbox.environment(own.account), "NO_PROXY", "String", "corp.example")
    if moved:
        here.machine.registry.set(ENVIRONMENT_KEY, "MACHINE_STORAGE_PATH", "String", r"C:\nowhere")

    async def tell():
        assert (await here.call("/VERYSILENT", exe=REMOVER, token=own)).code == 0
        assert here.machine.files.exists(rf"{toolbox.store(own.account)}\default\disk.vmdk") is moved
        assert here.machine.files.exists(rf"{toolbox.store(own.account)}\farm\disk.vmdk")
        known = [path.rpartition("\\")[2] for path in toolbox.registered(here.machine, own.account)]
        assert known == (["default.vbox"] if moved else []) + ["farm.vbox"]
        left = here.machine.registry.values(toolbox.environment(own.account))
        assert set(left) == {"Path"}
        assert toolbox.TOOLBOX not in left["Path"][1]

    run(tell)


def test_virtualbox_is_removed_by_its_product_code_and_machines_stay():
    """VirtualBox' manual: an MSI on Windows hosts."""
    here = bare()
    toolbox.toolbox(here.machine, here.person)
    words = ("/x", toolbox.VIRTUALBOX_CODE, "/qn", "/norestart")

    async def tell():
        assert (await here.call(*words, exe="msiexec.exe")).code == 1603
        assert (await here.call(*words, exe="msiexec.exe", token=admin(here))).code == 0
        assert not here.machine.files.exists(VBOX)
        assert not here.machine.registry.exists(toolbox.VIRTUALBOX_OWN)
        assert here.machine.files.exists(rf"{toolbox.store(here.person)}\default\disk.vmdk")
        assert (await here.call(*words, exe="msiexec.exe", token=admin(here))).code == 1605

    run(tell)


def test_toolboxs_client_knows_no_docker_desktop():
    here = ready()
    toolbox.toolbox(here.machine, here.person)

    async def tell():
        await started(here)
        assert (await here.call("desktop", "status", exe=TOOLBOX_DOCKER)).code == 1

    run(tell)


@pytest.mark.parametrize(
    ("who", "system"),
    [("rancher_desktop", "Rancher Desktop WSL Distribution"), ("podman_desktop", "fedora"), ("by_hand", "Microsoft")],
)
def test_who_has_the_pipe_keeps_it_and_answers_in_the_default_context(who, system):
    here = ready()
    if who == "by_hand":
        predecessors.engine_by_hand(here.machine)
    else:
        getattr(predecessors, who)(here.machine, here.person)

    async def tell():
        assert (await started(here)).status == "running"
        default = text(await here.call("--context", "default", "info", "--format", "{{.OperatingSystem}}", exe=CLI))
        assert default.startswith(system)
        mine = text(await here.call("--context", "desktop-linux", "info", "--format", "{{.OperatingSystem}}", exe=CLI))
        assert mine == "Docker Desktop\n"
        holder = here.machine.pipes.holder("docker_engine")
        assert not holder.exe.startswith(places.FOLDER)
        here.machine.processes.kill(holder)
        gone = await here.call("--context", "default", *SERVER, exe=CLI)
        assert gone.code == 1

    run(tell)


def test_an_engine_by_hand_is_a_service():
    """docker/docs engine/daemon; microsoft/nav-arm-templates."""
    here = bare()
    predecessors.engine_by_hand(here.machine)
    dockerd = rf"{predecessors.BY_HAND}\docker.exe"

    async def tell():
        assert text(await here.call("info", "--format", "{{.OSType}}", exe=dockerd, token=admin(here))) == "windows\n"
        assert (await here.call("stop", "docker", exe="sc.exe", token=admin(here))).code == 0
        assert (await here.call(*SERVER, exe=dockerd, token=admin(here))).code == 1
        await here.machine.reboot()
        assert here.machine.pipes.holder("docker_engine") is not None

    run(tell)


def test_docker_for_windows_has_a_key_and_a_service():
    here = bare()
    predecessors.docker_for_windows(here.machine)
    assert here.machine.registry.get(predecessors.FOR_WINDOWS_KEY, "DisplayName") == "Docker for Windows"
    assert here.machine.services.exists(places.SERVICE)
    assert places.installations(here.machine) == []


def build(name):
    """Build a laptop and let its beginning pass."""

    async def tell():
        machine = SCENARIOS[name].build(Wish("LT-1", 7, {}, pace=0.001))
        app = machine.part(DockerDesktop).app
        if app is not None and app.work is not None:
            await app.work
        here = Laptop(machine, machine.account("alice"))
        return here, docker(here).app

    return run(tell)


@pytest.mark.parametrize(
    ("name", "installed", "status", "engine"),
    [
        ("docker-fresh", [], "", ""),
        ("docker-toolbox", ["4.86.0"], "", ""),
        ("docker-windows-containers", ["4.86.0"], "running", "windows"),
        ("docker-hyper-v", ["4.86.0"], "running", "hyper-v"),
        ("docker-business-locked", ["4.86.0"], "running", "wsl-2"),
        ("docker-wedged", ["4.86.0"], "running", "wsl-2"),
        ("docker-sign-in", ["4.86.0"], "starting", ""),
        ("docker-per-user", ["4.86.0"], "running", "wsl-2"),
        ("docker-another-user", ["4.86.0"], "", ""),
        ("docker-half-install", [], "", ""),
        ("docker-first-start", ["4.86.0"], "starting", ""),
        ("docker-old", ["4.34.3"], "running", "wsl-2"),
        ("docker-damaged", ["4.86.0"], "", ""),
        ("docker-beside-rancher", ["4.86.0"], "", ""),
        ("docker-engine-by-hand", [], "", ""),
    ],
)
def test_a_laptop_of_the_scenarios_is_as_it_says(name, installed, status, engine):
    here, app = build(name)
    assert [one.version for one in places.installations(here.machine)] == installed
    assert (app.status if app else "") == status, app and app.problem
    assert (app.engine.backend if app and app.engine else "") == engine
    assert here.machine.complaints == []


def test_every_scenario_of_docker_is_looked_at():
    rows = test_a_laptop_of_the_scenarios_is_as_it_says.pytestmark[0].args[1]
    assert tuple(row[0] for row in rows) == NAMES


def test_what_the_scenarios_hold_besides():
    here, _ = build("docker-toolbox")
    assert here.machine.registry.get(ENVIRONMENT_KEY, "DOCKER_TLS_VERIFY") == "1"
    assert here.machine.files.exists(rf"{toolbox.store(here.person)}\build-farm\disk.vmdk")
    here, app = build("docker-business-locked")
    assert app.settings["OverrideProxyHTTP"] == "http://proxy.corp.example:3128"
    assert json.loads(here.machine.files.read(policy.ADMIN))["configurationFileVersion"] == 2
    here, app = build("docker-hyper-v")
    assert app.engine.content.images == ["postgres:16"]
    here, app = build("docker-per-user")
    assert app.installation.scope == "user"
    here, _ = build("docker-half-install")
    assert here.machine.files.exists(rf"{places.FOLDER}\DockerCli.exe")
    assert not here.machine.files.exists(CLI)
    here, app = build("docker-first-start")
    assert app.problem == "Docker Subscription Service Agreement"
    here, app = build("docker-sign-in")
    assert app.problem == "Sign in required!"
