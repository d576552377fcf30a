"""Who answers behind Docker Desktop's pipes, and the command line's plugins: asked, whatever is answered."""

import json

import pytest
from support.lab_laptop import LabLaptop
from support.laptops import ALICE, laptop
from support.wire import ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.windows.resource import Answers
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.resources.docker_desktop import answering, components
from pyinfra_wsl.resources.docker_desktop.answering import Answering, Plugin
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.state import State

CLIENT = {"Client": {"Version": "28.3.3"}}
WSL = {"Version": "28.3.3", "Os": "linux", "KernelVersion": "5.15.167.4-microsoft-standard-WSL2"}
HYPER_V = WSL | {"KernelVersion": "6.10.14-linuxkit"}
OWN_KERNEL = WSL | {"KernelVersion": "6.6.1-corp"}
WINDOWS = {"Version": "28.3.3", "Os": "windows", "KernelVersion": "10.0 22631"}


def said(server):
    return ran(0 if server else 1, json.dumps({**CLIENT, "Server": server}))


def seen(**pipes):
    return answering.engines({f"pipe_{name}": one if isinstance(one, Answer) else said(one) for name, one in pipes.items()})


@pytest.mark.parametrize(
    ("pipes", "active", "backend"),
    [
        ({"linux": WSL, "windows": None}, "linux", "wsl-2"),
        ({"linux": HYPER_V, "windows": None}, "linux", "hyper-v"),
        ({"linux": OWN_KERNEL, "windows": None}, "linux", None),
        ({"linux": None, "windows": WINDOWS}, "windows", "windows"),
        ({"linux": None, "windows": None}, "", None),
        ({"linux": WSL, "windows": WINDOWS, "default": WINDOWS}, "windows", "windows"),
        ({"linux": WSL, "windows": WINDOWS, "default": None}, None, None),
        ({"linux": WSL, "windows": WINDOWS}, None, None),
        ({"linux": None}, None, None),
        ({}, None, None),
    ],
)
def test_which_engine_answers_is_told_by_the_pipes(pipes, active, backend):
    found = seen(**pipes)
    assert (answering.active(found), answering.backend(found)) == (active, backend)


def test_another_products_engine_in_the_default_pipe_is_none_of_ours():
    assert answering.active(seen(linux=None, windows=None, default=WSL)) == ""


GARBAGE = [
    ran(0, "null"), ran(0, "[]"), ran(0, "7"), ran(0, "x" * 300_000), ran(0, "[" * 200), ran(0, b"\xff\xfe"), ran(0, ""),
    ran(1, "", "no pipe"), ran(None, "{}", timed_out=True), ran(125, "{}"), Answer(False, {}, "not_found", "no docker.exe"),
    ran(0, '{"Client": 7, "Server": 7}'), ran(0, '{"Client": {}, "Server": {}}'),
    ran(0, '{"Client": {}, "Server": {"Version": 7}}'),
    ran(0, '{"Client": {}, "Server": [1]}'), ran(0, '{"Client": {}, "Server": {"Version": "\\u001b[2J"}}'),
    ran(0, '[7, null, [], {}, {"Name": 7}, {"Name": "\\u001b[2J"}]'), ran(0, '{"Client": {}}'),
    Answer(True, {"exit_code": 0, "timed_out": False, "seconds": 1.0, "stdout": "%", "stderr": ""}),
]  # fmt: skip


@pytest.mark.parametrize("answer", GARBAGE)
def test_what_is_no_answer_is_unknown(answer):
    assert seen(linux=answer) == {}
    assert answering.containerd(answer) is None
    assert answering.plugins(answer) in (None, {})
    state = RESOURCE.read(Answers({"pipe_linux": answer, "plugins": answer, "image_store": answer}), laptop())
    assert components.of(state)["engine for linux containers"]["state"] == "unknown"


def test_plugins_are_told_each_with_its_version_and_bounded():
    rows = [
        {"Name": "compose", "Version": "v2.40.3", "Path": r"C:\p\docker-compose.exe", "Vendor": "Docker Inc."},
        {"Name": "scan", "Err": "failed to fetch metadata: exit status 1", "Path": r"C:\p\docker-scan.exe"},
        {"Name": "long" * 1000, "Version": "9" * 5000},
        *({"Name": f"p{number}"} for number in range(500)),
    ]
    found = answering.plugins(ran(0, json.dumps(rows)))
    assert found["compose"] == Plugin("v2.40.3", r"C:\p\docker-compose.exe")
    assert found["scan"].problem.startswith("failed to fetch metadata")
    assert len(found) <= 50
    assert all(len(name) <= 200 and len(one.version) <= 200 for name, one in found.items())
    shown = components.of(State(plugins=found))
    assert shown["plugin compose"] == {"state": "there", "version": "v2.40.3", "path": r"C:\p\docker-compose.exe"}
    assert (shown["plugin scan"]["state"], "metadata" in shown["plugin scan"]["means"]) == ("broken", True)


def test_no_plugin_is_not_unknown():
    assert components.of(State(plugins={}))["plugins"]["state"] == "none"
    assert components.of(State())["plugins"] == {"state": "unknown"}


@pytest.mark.parametrize(
    ("status", "store"),
    [
        ([["driver-type", "io.containerd.snapshotter.v1"]], True),
        ([["Backing Filesystem", "extfs"]], False),
        ([], None),
        (None, None),
    ],
)
def test_the_image_store_is_the_engines_own_word(status, store):
    assert answering.containerd(ran(0, json.dumps(status))) is store


def test_a_silent_engine_says_what_that_means():
    both = {"linux": Answering("28.3.3", "linux", "x"), "windows": Answering()}
    shown = components.of(State(running_for=(ALICE.sid,), running_known=True, engines=both))
    assert shown["engine for linux containers"] == {
        "state": "answers", "version": "28.3.3", "pipe": r"\\.\pipe\dockerDesktopLinuxEngine", "context": "desktop-linux"
    }  # fmt: skip
    assert (shown["engine for windows containers"]["state"], shown["engine for windows containers"]["means"]) == (
        "silent", "the other one is in use",
    )  # fmt: skip
    assert components.of(State(running_known=True))["engine for linux containers"]["state"] == "stopped"


# --- on a laptop of the lab ---


@pytest.mark.parametrize("own", [False, True])
def test_on_a_laptop_a_running_one_is_known_in_either_scope_within_two_requests(own):
    lab = LabLaptop()
    desktop = lab.machine.part(DockerDesktop)
    desktop.install("4.86.0", account=lab.alice if own else None)
    desktop.write_settings(lab.alice)
    lab.start_docker()
    before = lab.requests
    have = lab.look().of(State)
    assert lab.requests == before + 2
    assert (have.containers, have.server, have.active, have.in_use) == (0, "28.3.3", "linux", "wsl-2")
    assert have.backend_process is True
    assert have.containerd is True
    shown = components.of(have)
    assert {name for name in shown if name.startswith("plugin ")} == {"plugin buildx", "plugin compose", "plugin desktop"}
    assert shown["plugin compose"]["version"].startswith("v2.")
    assert (shown["image store"]["state"], shown["backend process"]["state"]) == ("containerd", "runs")


def test_on_a_laptop_a_stopped_one_tells_its_plugins_all_the_same():
    lab = LabLaptop()
    lab.docker("4.86.0")
    have = lab.look().of(State)
    assert (sorted(have.plugins), have.active, have.engines, have.backend_process) == (
        ["buildx", "compose", "desktop"], None, {}, False,
    )  # fmt: skip


def test_on_a_laptop_a_variable_that_leads_astray_does_not_lead_us_astray():
    lab = LabLaptop()
    lab.docker("4.86.0")
    lab.start_docker()
    lab.machine.registry.set(rf"HKU\{lab.alice.sid}\Environment", "DOCKER_HOST", "String", "tcp://192.168.99.100:2376")
    have = lab.look().of(State)
    assert (have.server, have.active) == ("", "linux")
