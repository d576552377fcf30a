"""What ``docker version`` and ``docker info`` print, held to docker/cli v28.3.3: its text, its JSON, its exit codes.

The layouts are those of its test data (cli/command/system/testdata: TestVersionFormat/default.golden, docker-info-no-swarm.golden
and docker-info-plugins.golden), the fields those of vendor/github.com/docker/docker/api/types/system/info.go.
"""

import json
import re

import pytest
from docker_laptop import CLI, ready, run, started

from pyinfra_wsl.lab.exe import docker_info

CONFIG = b"[wsl2]\nmemory=8GB\nprocessors=4\n"
SEEN = (8192 - 128 - 112) << 20


async def said(here, *words):
    outcome = await here.call(*words, exe=CLI)
    return outcome.code, outcome.stdout.decode(), outcome.stderr.decode()


def asked(*words, engine=True, config=CONFIG):
    here = ready()
    here.put(r"C:\Users\alice\.wslconfig", config)

    async def tell():
        if engine:
            await started(here)
        return await said(here, *words)

    return run(tell)


def test_versions_as_text():
    code, shown, problem = asked("version")
    assert (code, problem) == (0, "")
    assert shown.startswith(
        "Client:\n Version:           28.3.3\n API version:       1.51\n Go version:        go1.24.5\n Git commit: "
    )
    assert (
        " OS/Arch:           windows/amd64\n Context:           desktop-linux\n\nServer: Docker Desktop 4.86.0\n Engine:\n"
        in shown
    )
    assert "  API version:      1.51 (minimum version 1.24)\n" in shown
    assert "  OS/Arch:          linux/amd64\n  Experimental:     false\n containerd:\n  Version:          1.7.27\n" in shown


def test_versions_without_an_engine_end_with_1_and_tell_of_the_client():
    code, shown, problem = asked("version", engine=False)
    assert (code, "Server" in shown) == (1, False)
    assert shown.startswith("Client:\n Version:           28.3.3\n")
    assert "failed to connect to the docker API" in problem
    code, shown, problem = asked("version", "--format", "{{json .}}", engine=False)
    assert (code, json.loads(shown)["Server"], bool(problem)) == (1, None, True)


def test_versions_as_json_have_the_kernel_in_the_engines_details():
    _, shown, _ = asked("version", "--format", "json")
    server = json.loads(shown)["Server"]
    (engine, *parts) = server["Components"]
    assert engine["Details"]["KernelVersion"] == server["KernelVersion"]
    assert server["KernelVersion"].endswith("-microsoft-standard-WSL2")
    assert [one["Name"] for one in parts] == ["containerd", "runc", "docker-init"]


def test_info_as_text_has_the_lines_of_the_client_in_their_order():
    code, shown, _ = asked("info")
    lines = [re.match(r"\s*[^:]+", line)[0] for line in shown.splitlines() if line.strip()]
    wanted = [
        "Client",
        " Version",
        " Context",
        " Debug Mode",
        " Plugins",
        "  buildx",
        "Server",
        " Containers",
        "  Running",
        "  Paused",
    ]
    wanted += [
        "  Stopped",
        " Images",
        " Server Version",
        " Storage Driver",
        " Logging Driver",
        " Cgroup Driver",
        " Cgroup Version",
    ]
    wanted += [" Plugins", "  Volume", "  Network", "  Log", " Swarm", " Runtimes", " Default Runtime", " Init Binary"]
    wanted += [
        " containerd version",
        " runc version",
        " init version",
        " Security Options",
        " Kernel Version",
        " Operating System",
    ]
    wanted += [" OSType", " Architecture", " CPUs", " Total Memory", " Name", " Docker Root Dir", " Debug Mode", " Experimental"]
    wanted += [" Live Restore Enabled"]
    rest = iter(lines)
    assert [name for name in wanted if name not in rest] == []
    assert code == 0
    for line in (
        " CPUs: 4",
        " Total Memory: 7.766GiB",
        " Operating System: Docker Desktop",
        "  buildx: Docker Buildx (Docker Inc.)",
    ):
        assert line in shown.splitlines()


def test_info_without_an_engine_ends_with_1_and_fills_a_template_with_nothing():
    """Since v28.0: until v27.5.1 the exit code was 0 (info.go of either)."""
    code, shown, problem = asked("info", engine=False)
    assert (code, shown.endswith("\n\nServer:\n"), "failed to connect" in problem) == (1, True, True)
    code, shown, _ = asked("info", "--format", "{{json .}}", engine=False)
    found = json.loads(shown)
    assert (code, found["OSType"], found["MemTotal"], found["ClientInfo"]["Version"]) == (1, "", 0, "28.3.3")


def test_info_as_json_is_of_the_vm_that_runs_and_not_of_the_file_as_it_is_now():
    here = ready()
    here.put(r"C:\Users\alice\.wslconfig", CONFIG)

    async def tell():
        await started(here)
        here.put(r"C:\Users\alice\.wslconfig", b"[wsl2]\nmemory=2GB\nprocessors=1\n")
        found = json.loads((await said(here, "info", "--format", "{{json .}}"))[1])
        assert list(docker_info.NOTHING) == [name for name in found if name in docker_info.NOTHING]
        assert (found["NCPU"], found["MemTotal"], found["OperatingSystem"]) == (4, SEEN, "Docker Desktop")
        assert found["KernelVersion"].endswith("-microsoft-standard-WSL2")

    run(tell)


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0B"), (1023, "1023B"), (2097356800, "1.953GiB"), (8323596288, "7.752GiB"), (512 << 20, "512MiB")]
)
def test_sizes_are_shown_as_go_units_does(number, shown):
    assert docker_info.size(number) == shown
