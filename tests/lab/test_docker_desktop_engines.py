"""Docker Desktop's engines: what each needs, where it answers, what a switch leaves out of reach; each row with its source."""

import pytest
from docker_laptop import CLI, CONTROL, HYPERV, OWN_FOLDER, admin, bare, docker, ready, run, started, store, switch_on
from wsl_laptop import text

from pyinfra_wsl.lab.docker_desktop import places
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import SYSTEM
from pyinfra_wsl.lab.wsl.registration import PACKAGE_KEY

SERVER = ("version", "--format", "{{.Server.Version}}")


def pipes(here):
    return {name for name in here.machine.pipes.names() if "docker" in name.lower()}


async def asked(here, *words, **options):
    return text(await here.call(*words, exe=CLI, **options)).strip()


@pytest.mark.parametrize(
    ("backend", "names", "system", "source"),
    [
        ("", {"docker_engine", "dockerDesktopLinuxEngine", "dockerBackendApiServer"}, "linux", "for-win #14869"),
        (
            "hyper-v",
            {"docker_engine", "dockerDesktopLinuxEngine", "dockerBackendApiServer", "dockerBackendV2"},
            "linux",
            "permission page",
        ),
        (
            "windows",
            {"docker_engine", "dockerDesktopWindowsEngine", "docker_engine_windows", "dockerBackendApiServer", "dockerBackendV2"},
            "windows",
            "for-win #14869, #14662",
        ),
    ],
)
def test_each_engine_answers_at_its_pipes(backend, names, system, source):
    here = ready(backend=backend)

    async def tell():
        assert (await started(here)).status == "running", source
        assert pipes(here) == names
        assert await asked(here, "info", "--format", "{{.OSType}}") == system
        assert await asked(here, *SERVER) == "28.3.3"
        await docker(here).stop()
        assert pipes(here) <= {"dockerBackendV2"}

    run(tell)


@pytest.mark.parametrize(
    ("backend", "process"), [("hyper-v", "vmwp.exe"), ("windows", "dockerd.exe"), ("", "com.docker.backend.exe")]
)
def test_what_runs_of_an_engine_ends_with_it(backend, process):
    here = ready(backend=backend)

    def runs():
        return [one for one in here.machine.processes if one.name == process]

    async def tell():
        await started(here)
        assert len(runs()) == 1
        assert (runs()[0].sid == SYSTEM) == (backend != "")
        await docker(here).stop()
        assert runs() == []

    run(tell)


@pytest.mark.parametrize(
    ("backend", "off", "status", "said", "source"),
    [
        ("hyper-v", ("Microsoft-Hyper-V",), "failed", "Microsoft-Hyper-V", "topics.md"),
        ("hyper-v", ("Containers",), "failed", "Containers", "install page"),
        ("windows", ("Microsoft-Hyper-V-Hypervisor",), "failed", "Hypervisor", "docker/roadmap #151"),
        ("windows", ("Containers",), "starting", "docker_engine_windows", "for-win #13075: the pipe never appears"),
    ],
)
def test_without_its_features_an_engine_does_not_come(backend, off, status, said, source):
    here = ready(backend=backend)
    for name in off:
        here.machine.features.set_state(name, "Disabled")
    here.machine.settle()

    async def tell():
        app = await started(here)
        assert (app.status, said in app.problem) == (status, True), source
        assert docker(here).engine == ""

    run(tell)


def test_a_feature_that_waits_for_a_restart_is_as_good_as_off():
    here = ready(backend="hyper-v")
    here.machine.features.set_state("Containers", "Disabled")
    here.machine.settle()
    here.machine.features.enable(here.machine.registry, here.machine.features.get("Containers"))

    async def tell():
        assert (await started(here)).status == "failed"
        await docker(here).stop()
        await here.machine.reboot()
        here.machine.log_on(here.person)
        assert (await started(here)).status == "running"

    run(tell)


def test_without_a_hypervisor_the_vm_does_not_start():
    """topics.md: hypervisorlaunchtype off."""
    here = ready(backend="hyper-v")
    windows.set_hypervisor_launch(here.machine, "off")
    here.machine.settle()

    async def tell():
        assert "virtualization" in (await started(here)).problem

    run(tell)


@pytest.mark.parametrize(
    ("version", "backend", "member", "allowed", "source"),
    [
        ("4.64.0", "", False, False, "for-win #868: old versions always ask"),
        ("4.65.0", "", False, True, "release notes 4.65: not on WSL 2"),
        ("4.86.0", "hyper-v", False, False, "topics.md: Access Denied"),
        ("4.86.0", "windows", False, False, "permission page"),
        ("4.86.0", "windows", True, True, "permission page"),
    ],
)
def test_who_is_not_in_docker_users(version, backend, member, allowed, source):
    here = ready(version, backend)
    here.machine.groups.get("docker-users").members[:] = [here.person.sid] if member else []
    here.machine.log_off(here.person)
    here.machine.log_on(here.person)

    async def tell():
        app = await started(here)
        assert (app.status == "running") == allowed, source
        assert allowed or "docker-users" in app.problem

    run(tell)


def test_a_membership_counts_from_the_next_logon():
    """Permission page: after sign-out."""
    here = ready(backend="hyper-v")
    here.machine.groups.get("docker-users").members.clear()
    here.machine.log_off(here.person)
    here.machine.log_on(here.person)
    here.machine.groups.add("docker-users", here.person.sid)

    async def tell():
        assert (await started(here)).status == "failed"
        here.machine.log_off(here.person)
        here.machine.log_on(here.person)
        assert (await started(here)).status == "running"

    run(tell)


def test_an_installation_for_one_user_has_the_wsl_engine_only():
    """Install page."""
    here = bare()
    switch_on(here, *HYPERV)
    docker(here).install("4.86.0", account=here.person)
    docker(here).write_settings(here.person, UseWindowsContainers=True)

    async def tell():
        assert (await started(here)).status == "failed"
        await docker(here).stop()
        docker(here).write_settings(here.person, UseWindowsContainers=False)
        app = await started(here)
        assert (app.status, app.window.exe) == ("running", rf"{OWN_FOLDER}\Docker Desktop.exe")

    run(tell)


def test_only_the_wsl_engine_integrates_distributions():
    """docker/for-win #9786, docker/docs #21614."""
    for backend in ("hyper-v", "windows"):
        here = ready(backend=backend, IntegratedWslDistros=["D"])
        here.register("D")

        async def tell(here=here):
            assert (await started(here)).status == "running"
            assert (await here.call("-d", "D", "-e", "docker", *SERVER)).code == 1
            assert "docker-desktop" not in text(await here.call("--list", "--quiet")).split()

        run(tell)


@pytest.mark.parametrize(
    ("words", "exe"),
    [
        (("desktop", "engine", "use", "windows"), CLI),
        (("-SwitchDaemon",), CONTROL),
        (("-SwitchWindowsEngine",), CONTROL),
    ],
)
def test_a_switch_leaves_the_other_engines_images_out_of_reach(words, exe):
    """Install page; CLI reference; ids 57089582330, 11335087741."""
    here = ready(IntegratedWslDistros=["D"])
    here.register("D")
    switch_on(here, *HYPERV)
    docker(here).install("4.86.0", switches=("--always-run-service",))
    here.machine.groups.add("docker-users", here.person.sid)
    here.machine.log_off(here.person)
    here.machine.log_on(here.person)

    async def tell():
        app = await started(here)
        app.engine.content.images.append("alpine")
        assert await asked(here, "images", "-q") == "alpine"
        assert (await here.call(*words, exe=exe)).code == 0
        assert await asked(here, "info", "--format", "{{.OSType}}") == "windows"
        assert (await asked(here, "images", "-q"), await asked(here, "context", "show")) == ("", "desktop-windows")
        assert (await here.call("-d", "D", "-e", "docker", *SERVER)).code == 1
        assert store(here)["UseWindowsContainers"] is True
        assert (await here.call("-SwitchLinuxEngine", exe=CONTROL)).code == 0
        assert await asked(here, "images", "-q") == "alpine"
        assert (await here.call("-d", "D", "-e", "docker", *SERVER)).code == 0

    run(tell)


def test_windows_containers_that_were_left_out_cannot_be_switched_to():
    """winget-pkgs #420243: disabled for this installation; DockerCli.exe ends with 0 all the same."""
    here = ready()
    docker(here).install("4.86.0", switches=("--no-windows-containers",))
    switch_on(here, *HYPERV)

    async def tell():
        await started(here)
        outcome = await here.call("desktop", "engine", "use", "windows", exe=CLI)
        assert (outcome.code, b"engine is disabled" in outcome.stderr) == (1, True)
        assert (await here.call("-SwitchWindowsEngine", exe=CONTROL)).code == 0
        assert await asked(here, "info", "--format", "{{.OSType}}") == "linux"
        await docker(here).stop()
        docker(here).write_settings(here.person, UseWindowsContainers=True)
        app = await started(here)
        assert (app.status, "disabled for this installation" in app.problem) == ("failed", True)

    run(tell)


@pytest.mark.parametrize(("consents", "running"), [(False, False), (True, True)])
def test_a_switch_needs_the_helper_service_which_an_administrator_starts(consents, running):
    """Permission page: UAC unless --always-run-service."""
    here = ready()
    switch_on(here, *HYPERV)
    here.machine.groups.add("docker-users", here.person.sid)
    here.machine.log_off(here.person)
    here.machine.log_on(here.person)
    docker(here).consents = consents

    async def tell():
        app = await started(here)
        await here.call("-SwitchWindowsEngine", exe=CONTROL)
        assert (app.status == "running") == running
        if not running:
            assert "User Account Control" in app.problem
            assert (await here.call("start", places.SERVICE, exe="sc.exe", token=admin(here))).code == 0
            await docker(here).stop()
            assert (await started(here)).status == "running"

    run(tell)


def test_with_windows_containers_the_start_command_never_returns():
    """docker/for-win #14972."""
    here = ready(backend="windows")

    async def tell():
        outcome = await here.call("desktop", "start", "--timeout", "60", exe=CLI)
        assert (outcome.code, docker(here).running.system) == (1, "windows")
        assert (await here.call("desktop", "start", "--detach", exe=CLI)).code == 0

    run(tell)


@pytest.mark.parametrize(
    ("package", "version", "said"),
    [
        ("2.1.4.0", "4.86.0", "WSL needs updating"),
        ("2.1.5.0", "4.86.0", ""),
        ("2.1.4.0", "4.41.2", ""),
        ("", "4.86.0", "not installed"),
    ],
)
def test_wsl_must_be_there_and_new_enough(package, version, said):
    """docker/for-win #12791; release notes 4.42: at least 2.1.5."""
    here = ready(version)
    here.machine.registry.set(PACKAGE_KEY, "Version", "String", package)

    async def tell():
        app = await started(here)
        assert (app.status == "running") == (said == "")
        assert said in app.problem

    run(tell)
