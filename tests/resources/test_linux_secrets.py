"""A secret that stands in a file of a Linux host, or in what its programs say, is in nothing that a run says of it."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.core.plan import Plan, without_secrets
from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.docker_desktop_linux import plan as desktop
from pyinfra_wsl.resources.docker_desktop_linux.state import Account
from pyinfra_wsl.resources.docker_desktop_linux.state import State as Desktop
from pyinfra_wsl.resources.docker_engine import in_force
from pyinfra_wsl.resources.docker_engine import plan as engine
from pyinfra_wsl.resources.docker_engine.repository import Repository
from pyinfra_wsl.resources.docker_engine.rootless_state import Rootless
from pyinfra_wsl.resources.docker_engine.sources import Source
from pyinfra_wsl.resources.docker_engine.state import State as Engine

SECRET = "hunter2abc"
CARRIERS = [
    f"http://ada:{SECRET}@proxy.example:3128", f"http://{SECRET}@proxy:3128", f"ada:{SECRET}@proxy:3128", f"password={SECRET}",
    f"https://mirror.example/v2/?token={SECRET}", f"https://ada:x/{SECRET}@h/y", f"https://ada:{SECRET}%40h/y",
]  # fmt: skip
DAEMON = {
    "proxies": {"http-proxy": "@", "https-proxy": "@", "no-proxy": "@"}, "registry-mirrors": ["@"], "insecure-registries": ["@"],
    "log-driver": "@", "log-opts": {"splunk-url": "@", "env": "@"}, "labels": ["@", "a=@"], "hosts": ["@"], "data-root": "@",
}  # fmt: skip
SETTINGS = {"ProxyHTTP": "@", "OverrideProxyHTTP": "@", "ExtraHosts": ["@"], "Nested": {"a": {"b": "@"}}, "Cpus": 4}
ENGINE = Engine(
    os=Os("debian", (), "12", "bookworm", "Debian 12"), packages={"docker-ce": "5:28.5.1-1"}, key=("A",), sources="@",
    listed=(Source("/etc/apt/sources.list.d/@.list", 1, 1, "@", docker=True, signed="@"),),
    users={"ada": ("ada",)}, contexts={"a": "@"}, data=("@",), version="@", daemon=DAEMON, listening=("@",),
    daemon_link=("/etc/d/@", "@"), rootless={"ada": Rootless(1000, "/home/ada", config=DAEMON, running=True)},
)  # fmt: skip
DESKTOP = Desktop(
    os=Os("debian", (), "12", "bookworm", "Debian 12"), packages={"docker-desktop": "4.50.0"}, desktop=("@",), vm="@", qemu="7",
    account=Account(1000, "/home/ada", ("ada",)), owner="@", contexts=("desktop-linux",), settings=SETTINGS, left=("@",),
    config={"credsStore": "desktop", "currentContext": "@", "auths": {"https://@": {"auth": "@"}}, "proxies": DAEMON},
)  # fmt: skip


def strings(value):
    """Return how many places for a text a value has."""
    if isinstance(value, str):
        return int("@" in value)
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return sum(map(strings, below)) + (sum(map(strings, value)) if isinstance(value, dict) else 0)


def planted(value, number, carrier):
    """Return a value with a carrier in its text with this number, and harmless words in all others."""
    count = iter(range(10_000))

    def plant(one):
        if isinstance(one, str):
            return one.replace("@", carrier if next(count) == number else "x") if "@" in one else one
        if isinstance(one, dict):
            return {plant(name): plant(below) for name, below in one.items()}
        if isinstance(one, list | tuple):
            return type(one)(plant(below) for below in one)
        if dataclasses.is_dataclass(one):
            return type(one)(**{field.name: plant(getattr(one, field.name)) for field in dataclasses.fields(one)})
        return one

    return plant(value)


def said(plan: Plan):
    """Return all that a run says of a plan, what is done apart."""
    shown = without_secrets(plan)
    return repr(dataclasses.replace(shown, steps=tuple(dataclasses.replace(step, does=()) for step in shown.steps)))


HERE = {"repository": Repository(fingerprint="A"), "apply": "now"}
PROXY = {"proxies": {"https-proxy": "http://p:1"}}
EVERYTHING = {
    "log-driver": "local", "proxies": {"http-proxy": "http://p:1"}, "registry-mirrors": ["https://m"], "insecure-registries": [],
    "log-opts": {"splunk-url": "x", "env": "y"}, "labels": [], "hosts": [], "data-root": "/srv",
}  # fmt: skip
WANTS = [
    engine.Want(daemon=EVERYTHING, **HERE),
    engine.Want(daemon=PROXY, users=("ada",), **HERE),
    engine.Want(daemon=PROXY, users=("ada",), rootless=True, **HERE),
    engine.Want(state="absent", allow_data_loss=True, apply="now"),
]
PLACES = sum(strings(plain(ENGINE)[name]) for name in plain(ENGINE))


@pytest.mark.parametrize("linked", [True, False])
@given(st.integers(0, PLACES + 5), st.sampled_from(CARRIERS), st.sampled_from(WANTS))
def test_nothing_of_an_engines_host_is_said(linked, number, carrier, want):
    state = planted(ENGINE if linked else dataclasses.replace(ENGINE, daemon_link=(), listed=()), number, carrier)
    assert SECRET not in said(engine.plan(want, state, None, render))


DESKTOPS = [
    desktop.Want(
        "ada", settings={"ProxyHTTP": "http://p:1", "OverrideProxyHTTP": "", "ExtraHosts": [], "Nested": {"a": {}}, "Cpus": 2}
    ),
    desktop.Want("ada", version="4.60", package=desktop.Package("x.deb", "0" * 64)),
    desktop.Want("ada", "absent", allow_data_loss=True),
]


@pytest.mark.parametrize("running", [True, False])
@given(st.integers(0, 60), st.sampled_from(CARRIERS), st.sampled_from(DESKTOPS))
def test_nothing_of_a_desktops_host_is_said(running, number, carrier, want):
    state = dataclasses.replace(planted(DESKTOP, number, carrier), active=running)
    assert SECRET not in said(desktop.plan(want, state, Plan()))


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_file_that_cannot_be_read_is_told_without_its_words(carrier):
    state = dataclasses.replace(ENGINE, daemon=None, daemon_problem=f"line 1 {carrier}", daemon_link=(), listed=())
    assert SECRET not in said(engine.plan(WANTS[0], state, None, render))


@given(
    st.sampled_from(CARRIERS),
    st.sampled_from(["{}", "E: {}", "@refused daemon bad proxy {}", "dpkg: error: {}", "@journal x {}"]),
)
def test_nothing_that_a_program_says_is_told_with_it(carrier, around):
    refusals = in_force.brought(in_force.SYSTEM, {"debug": True}, {}, in_force.Told.RESTART).refusals
    failure = explain("daemon.json", ["Job for x failed", around.replace("{}", carrier)], refusals)
    assert SECRET not in failure.cause + failure.remedy
