"""What Docker Desktop's engines are configured by, hold and say of themselves; each row with its source."""

import json

import pytest
from docker_laptop import CLI, FOLDER, STUB, admin, docker, ready, run, started
from wsl_laptop import text

from pyinfra_wsl.lab.docker_desktop import daemon

SERVER = ("version", "--format", "{{.Server.Version}}")


def pipes(here):
    return {name for name in here.machine.pipes.names() if "docker" in name.lower()}


async def asked(here, *words, **options):
    return text(await here.call(*words, exe=CLI, **options)).strip()


@pytest.mark.parametrize(
    ("data", "isolation", "said", "source"),
    [
        (b'{"experimental": false}', "hyperv", "", "dockerd's reference: hyperv on a client"),
        (b'{"exec-opts": ["isolation=process"]}', "process", "", "dockerd's reference"),
        (b'{"exec-opts": ["isolation=default"]}', "hyperv", "", "dockerd's reference"),
        (b'{"exec-opts": ["isolation=vm"]}', "", "isolation", "dockerd's reference"),
        (b'{"registry-mirorrs": []}', "", "registry-mirorrs", "settings reference: bad keys stop the engine"),
        (b"\0" * 40, "", r"invalid character '\x00'", "third parties' notes of 4.83 and 4.86"),
        (b"{", "", "unexpected EOF", "release notes 4.83: no longer replaced"),
    ],
)
def test_the_windows_engine_has_its_own_configuration(data, isolation, said, source):
    here = ready(backend="windows")
    here.put(daemon.path(here.person, "windows"), data)

    async def tell():
        app = await started(here)
        assert (app.status == "running") == (said == ""), source
        assert said in app.problem
        if isolation:
            assert await asked(here, "info", "--format", "{{.Isolation}}") == isolation
            assert json.loads(here.machine.files.read(daemon.GENERATED)) == json.loads(data)
        assert here.machine.files.read(daemon.path(here.person, "windows")) == data

    run(tell)


@pytest.mark.parametrize(("version", "kept"), [("4.82.0", False), ("4.83.0", True)])
def test_a_broken_daemon_json_was_replaced_until_4_83(version, kept):
    """Release notes 4.83."""
    here = ready(version)
    path = here.put(daemon.path(here.person, "linux"), b'{"debug": tru')

    async def tell():
        app = await started(here)
        assert (app.status == "failed") == kept
        assert (here.machine.files.read(path) == b'{"debug": tru') == kept

    run(tell)


def test_what_is_edited_by_hand_in_programdata_is_written_over():
    """docker/for-win #14411."""
    here = ready(backend="windows")
    here.put(daemon.GENERATED, b'{"debug": true}')

    async def tell():
        await started(here)
        assert json.loads(here.machine.files.read(daemon.GENERATED)) == {"experimental": False}

    run(tell)


def test_info_has_the_memory_and_processors_of_the_vm_not_of_the_settings():
    """Settings page: with WSL 2 they belong into .wslconfig; the Hyper-V VM has them from the settings."""
    here = ready(MemoryMiB=2048, Cpus=2)
    here.put(r"C:\Users\alice\.wslconfig", b"[wsl2]\r\nmemory=8GB\r\nprocessors=4\r\n")

    async def tell():
        await started(here)
        assert await asked(here, "info", "--format", "{{.NCPU}} {{.MemTotal}}") == f"4 {(8192 - 128 - 112) << 20}"
        assert "microsoft-standard-WSL2" in await asked(here, "info", "--format", "{{.KernelVersion}}")

    run(tell)
    here = ready(backend="hyper-v", MemoryMiB=2048, Cpus=2)

    async def hyperv():
        await started(here)
        assert await asked(here, "info", "--format", "{{.NCPU}} {{.MemTotal}}") == f"2 {2048 << 20}"
        assert here.machine.files.exists(r"C:\ProgramData\DockerDesktop\vm-data\DockerDesktop.vhdx")

    run(hyperv)


def test_the_image_store_and_the_place_of_disks_hide_what_others_hold():
    """Settings page (containerd image store); id 71364689781 (a path changed by hand moves nothing)."""
    here = ready()

    async def tell():
        for settings, images in (
            ({}, "mine"),
            ({"UseContainerdSnapshotter": False}, ""),
            ({"CustomWslDistroDir": r"D:\docker"}, ""),
            ({}, "mine"),
        ):
            docker(here).write_settings(here.person, **{"UseContainerdSnapshotter": True, "CustomWslDistroDir": ""} | settings)
            app = await started(here)
            if not settings:
                app.engine.content.images[:] = ["mine"]
            assert await asked(here, "images", "-q") == images
            driver = await asked(here, "info", "--format", "{{.Driver}}")
            assert driver == ("overlay2" if "UseContainerdSnapshotter" in settings else "overlayfs")
            await docker(here).stop()

    here.machine.files.mount("D:")
    run(tell)


def test_the_old_second_distribution_is_merged_from_4_36_or_still_met():
    """Release notes 4.36; id 59105027963: met on 4.86."""
    for keeps, names in ((False, ["docker-desktop"]), (True, ["docker-desktop", "docker-desktop-data"])):
        here = ready("4.35.1")
        docker(here).happens.keeps_data_distro = keeps

        async def tell(here=here, names=names):
            await started(here)
            assert text(await here.call("--list", "--quiet")).split() == ["docker-desktop", "docker-desktop-data"]
            await docker(here).stop()
            docker(here).install("4.86.0")
            await started(here)
            assert text(await here.call("--list", "--quiet")).split() == names

        run(tell)


def test_kubernetes_answers_while_the_linux_engine_runs():
    """Docker's Kubernetes page."""
    kubectl = rf"{FOLDER}\resources\bin\kubectl.exe"
    nodes = ("--context", "docker-desktop", "get", "nodes", "-o", "name")
    for on in (True, False):
        here = ready(KubernetesEnabled=on)

        async def tell(here=here, on=on):
            assert (await here.call(*nodes, exe=kubectl)).code == 1
            await started(here)
            outcome = await here.call(*nodes, exe=kubectl)
            assert (outcome.code == 0, text(outcome)) == (on, "node/docker-desktop\n" if on else "")
            assert here.machine.files.exists(r"C:\Users\alice\.kube\config") == on
            await docker(here).stop()
            assert (await here.call(*nodes, exe=kubectl)).code == 1

        run(tell)


def test_the_vm_of_hyper_v_is_to_be_seen_and_goes_with_a_removal():
    """Permission page: DockerDesktopVM; Microsoft, "Msvm_ComputerSystem"."""
    here = ready(backend="hyper-v")

    async def tell():
        assert here.machine.virtual_machines == {}
        await started(here)
        assert here.machine.virtual_machines == {"DockerDesktopVM": True}
        await docker(here).stop()
        assert here.machine.virtual_machines == {"DockerDesktopVM": False}
        await started(here)
        await here.machine.reboot()
        assert here.machine.virtual_machines == {"DockerDesktopVM": False}
        assert (await here.call("uninstall", "--quiet", exe=STUB, token=admin(here))).code == 0
        assert here.machine.virtual_machines == {}

    run(tell)
