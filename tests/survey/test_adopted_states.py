"""What is adopted of a state changes nothing of it: the plan of the declaration has no steps, for any state."""

import dataclasses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.kvm_host import READY as KVM
from support.lab_laptop import LabLaptop
from support.laptops import HYPERVISOR, STOPPED, WHOLE
from support.wsl_files import WSL_CONF_FILES, WSL_CONF_SETTINGS, WSLCONFIG_FILES, WSLCONFIG_SETTINGS

from pyinfra_wsl import registry
from pyinfra_wsl.core.adopted import Adopted, hindrances
from pyinfra_wsl.core.formats.ini import change as ini_change
from pyinfra_wsl.core.formats.ini import check as ini
from pyinfra_wsl.core.formats.ini.files import WSL_CONF, WSLCONFIG
from pyinfra_wsl.core.formats.ini.merge import declarable
from pyinfra_wsl.core.formats.ini.parse import parse
from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.fleet import rules
from pyinfra_wsl.resources.docker_desktop import plan as docker_package
from pyinfra_wsl.resources.docker_desktop import setup as docker_desktop
from pyinfra_wsl.resources.docker_engine import plan as docker_engine
from pyinfra_wsl.resources.docker_engine.state import APT_KEY, PACKAGES, Unit
from pyinfra_wsl.resources.docker_engine.state import State as Engine
from pyinfra_wsl.resources.docker_integration import plan as docker_integration
from pyinfra_wsl.resources.hypervisor import plan as hypervisor
from pyinfra_wsl.resources.kvm import plan as kvm
from pyinfra_wsl.resources.windows_feature import plan as windows_feature
from pyinfra_wsl.resources.windows_feature import state as feature_state
from pyinfra_wsl.resources.windows_feature.adopt import NAMES
from pyinfra_wsl.resources.wsl import plan as wsl
from pyinfra_wsl.resources.wsl_conf import plan as wsl_conf
from pyinfra_wsl.resources.wsl_distro import plan as wsl_distro
from pyinfra_wsl.resources.wslconfig import plan as wslconfig
from pyinfra_wsl.survey.adopt import LONGEST, MOST, declared

PLANS = {
    "windows_features": ("windows_feature", windows_feature.plan),
    "hypervisor": ("hypervisor", hypervisor.plan),
    "wslconfig": ("wslconfig", wslconfig.plan),
    "docker_desktop": ("docker_desktop", docker_desktop.plan),
    "docker_integration": ("docker_integration", docker_integration.plan),
}
FEATURE_STATES = ("Enabled", "Disabled", "EnablePending", "DisablePending", "DisabledWithPayloadRemoved")
SOURCES = render("docker_engine.sources.j2", uri="https://download.docker.com/linux/debian", suite="bookworm", channel="stable",
                 architecture="amd64", key=APT_KEY)  # fmt: skip
ENGINE = Engine(
    os=Os("debian", (), "12", "bookworm", "Debian GNU/Linux 12 (bookworm)"),
    packages={**dict.fromkeys(PACKAGES, "2.0-1"), "docker-ce": "5:28.5.1-1~debian.12~bookworm", "ca-certificates": "1"},
    units={"docker.service": Unit(True, True, True), "docker.socket": Unit(True, True, True)},
    sources=SOURCES, key=("9DC858229FC7DD38854AE2D88D81803C0EBFCD88",), containers=0, members=("ada",),
    users={"ada": ("ada", "docker")}, daemon={"log-driver": "local"},
)  # fmt: skip


def of(resource, state):
    return declared(registry.ask(registry.of(resource), "adopt", state))


def of_laptop(laptop):
    resources = [one for one in registry.own() if one.system == "windows"]
    return declared(told for one in resources for told in registry.ask(one, "adopt", laptop))


def changes(values, laptop):
    """Return what a run of these values would do to a laptop, by resource."""
    found = {}
    for key, (name, plan) in PLANS.items():
        if key in values or (key == "docker_integration" and any(key in one for one in values.get("wsl_distros", {}).values())):
            found[key] = hindrances(plan(registry.of(name).want(values), laptop))
    if "package" in values.get("wsl", {}):
        found["wsl"] = hindrances(wsl.plan(registry.of("wsl").want(values), laptop))
    for distro, one in values.get("wsl_distros", {}).items():
        only = {"wsl_distros": {distro: one}}
        found[distro] = hindrances(wsl_distro.plan(registry.of("wsl_distro").want(only), laptop))
        if "wsl_conf" in one:
            found[f"{distro} wsl.conf"] = hindrances(wsl_conf.plan(registry.of("wsl_conf").want(only), laptop))
    return {name: one for name, one in found.items() if one}


@settings(max_examples=500, deadline=None)
@given(WSLCONFIG_FILES)
def test_any_wslconfig_is_declared_as_it_is(data):
    parsed = parse(data, WSLCONFIG)
    values, left = declarable(parsed, WSLCONFIG)
    assert sum(map(len, values.values())) + len(left) == len(parsed.values)
    want = ini.want(values, WSLCONFIG)
    assert not ini.check(values, WSLCONFIG)
    assert parsed.decoded.doubt or ini_change.change(parsed, want, WSLCONFIG, "x") is None


@settings(max_examples=500, deadline=None)
@given(WSL_CONF_FILES)
def test_any_wsl_conf_is_declared_as_it_is(data):
    parsed = parse(data, WSL_CONF)
    values, _left = declarable(parsed, WSL_CONF)
    assert not ini.check(values, WSL_CONF)
    assert parsed.decoded.doubt or ini_change.change(parsed, ini.want(values, WSL_CONF), WSL_CONF, "x") is None


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.tuples(WSLCONFIG_SETTINGS, st.just(WSLCONFIG)), st.tuples(WSL_CONF_SETTINGS, st.just(WSL_CONF))))
@example(({"wsl2": {"memory": 10**18 + 1}}, WSLCONFIG))  # more digits than a size has as text
def test_what_a_run_has_written_is_declared_again_without_loss(pair):
    settings_, file = pair
    made = ini_change.change(parse(b"", file), ini.want(settings_, file), file, "x")
    after = made.after if made else parse(b"", file)
    values, left = declarable(after, file)
    assert left == []
    assert ini.want(values, file).values == after.values


@given(st.dictionaries(st.sampled_from([*NAMES, "NetFx3"]), st.sampled_from(FEATURE_STATES)))
def test_features_are_declared_as_they_are(features):
    laptop = WHOLE.having(feature_state.State(features))
    values, _notes = of("windows_feature", laptop)
    assert not changes(values, laptop)
    assert "NetFx3" not in values.get("windows_features", {})


@given(st.sampled_from([HYPERVISOR, STOPPED]), st.sampled_from(["auto", "off", None]), st.sampled_from([True, False, None]),
       st.sampled_from(["", "policy"]), st.booleans())  # fmt: skip
def test_the_hypervisor_is_declared_as_it_is(have, launch, integrity, lock, firmware):
    have = dataclasses.replace(have, launch=launch, memory_integrity=integrity, integrity_lock=lock, firmware=firmware)
    laptop = WHOLE.having(have)
    values, notes = of("hypervisor", laptop)
    assert not changes(values, laptop)
    assert launch == "auto" or notes


@pytest.mark.parametrize("docker", [False, True])
@pytest.mark.parametrize("package", ["2.6.1.0", "2.3.26.0", ""])
def test_a_laptop_of_the_lab_is_declared_as_it_is(docker, package):
    lab = LabLaptop(package=package)
    if docker:
        lab.docker()
    laptop = lab.look()
    values, _notes = of_laptop(laptop)
    assert values["windows_features"]
    assert ("package" in values.get("wsl", {})) is bool(package)
    assert ("docker_desktop" in values) is docker
    assert not changes(values, laptop)
    assert not rules.check(values)
    if docker:
        want = registry.of("docker_desktop").want(values)
        assert not docker_package.plan(want, laptop).steps


def test_nobody_at_the_screen_declares_nothing_of_theirs():
    laptop = dataclasses.replace(WHOLE, user=None)
    values, notes = of_laptop(laptop)
    assert "wslconfig" not in values
    assert any(one.startswith("wslconfig: not known") for one in notes)


@given(st.booleans(), st.sampled_from(["600", "660", "666"]), st.booleans(), st.booleans())
def test_a_kvm_host_is_declared_as_it_is_or_not_at_all(nested, mode, configured, loaded):
    state = dataclasses.replace(
        KVM, nested=nested, nested_configured=configured, device=dataclasses.replace(KVM.device, mode=mode),
        loaded=KVM.loaded if loaded else (),
    )  # fmt: skip
    values, notes = of("kvm", state)
    if "kvm" in values:
        assert not hindrances(kvm.plan(registry.of("kvm").want(values), state, render))
    else:
        assert notes or not loaded


def test_a_kvm_host_of_ours_is_declared_whole():
    assert of("kvm", KVM) == ({"kvm": {"nested": True, "users": ["ada"], "device_mode": "0660"}}, [])
    assert registry.of("kvm").adopt_asks(KVM) == {"users": ["ada"]}


def test_a_kvm_host_that_nobody_manages_yet_is_a_comment():
    values, (note,) = of("kvm", dataclasses.replace(KVM, files={}))
    assert values == {}
    assert note.startswith("kvm: KVM is loaded, and is not declared: a run would change it: ")


def test_an_engine_of_dockers_own_packages_is_declared_as_it_is():
    values, notes = of("docker_engine", ENGINE)
    assert (values, notes) == ({"docker_engine": {"state": "present", "users": ["ada"], "daemon": {"log-driver": "local"}}}, [])
    want = registry.of("docker_engine").want(values)
    assert not hindrances(docker_engine.plan(want, ENGINE, None, render))


@pytest.mark.parametrize(
    ("different", "told"),
    [
        ({"packages": {"docker.io": "20.10"}}, "docker.io is installed, and not Docker's own packages"),
        ({"units": {}}, "is not declared: "),
        ({"sources": None}, "is not declared: "),
        ({"daemon_problem": "no JSON"}, "is not declared: "),
    ],
)
def test_an_engine_that_a_run_would_touch_is_a_comment(different, told):
    values, notes = of("docker_engine", dataclasses.replace(ENGINE, **different))
    assert values == {}
    assert told in notes[0]


def test_what_may_be_a_secret_is_never_declared_nor_shown():
    secret = "http://ada:hunter2@proxy.example:3128"
    found = [
        Adopted(("docker_desktop", "settings", "OverrideProxyHTTP"), secret),
        Adopted(("docker_engine", "daemon"), {"proxies": {"http-proxy": secret}}),
        Adopted(("wslconfig", "wsl2", "memory"), "8GB"),
    ]
    values, notes = declared(found)
    assert "hunter2" not in repr((values, notes))
    assert values["wslconfig"] == {"wsl2": {"memory": "8GB"}}
    assert len(notes) == 2


def test_notes_are_bounded():
    found = [Adopted(("wslconfig",), note=f"{number} " + "x" * 1000) for number in range(MOST + 5)]
    _values, notes = declared(found)
    assert len(notes) == MOST + 1
    assert notes[-1] == "5 more"
    assert max(map(len, notes)) <= LONGEST + 1


def test_what_is_inside_a_distribution_that_is_not_declared_declares_it_not():
    found = [Adopted(("wsl_distros", "X", "docker_integration"), True), Adopted(("wsl_distros", "Y", "version"), 2)]
    values, notes = declared(found)
    assert values == {"wsl_distros": {"Y": {"version": 2}}}
    assert notes == ["wsl_distros.X: what is inside it is not declared, since it is not"]


def test_a_repository_of_ones_own_is_declared_with_its_key():
    own = SOURCES.replace("https://download.docker.com/linux", "https://mirror.example/docker").replace("stable", "test")
    state = dataclasses.replace(ENGINE, sources=own, key=("A" * 40,))
    values, notes = of("docker_engine", state)
    assert notes == []
    found = values["docker_engine"]
    assert (found["repository"], found["channel"], found["key_fingerprint"]) == (
        "https://mirror.example/docker",
        "test",
        "A" * 40,
    )
    assert not hindrances(docker_engine.plan(registry.of("docker_engine").want(values), state, None, render))
