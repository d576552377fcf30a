"""An operation without a fleet file is as safe as one with it: rules and forms are held to at its door, before any look."""

from datetime import date
from types import MappingProxyType

import pytest
from pyinfra.api import Config, Inventory, State
from pyinfra.api.connect import connect_all
from pyinfra.api.operation import add_op
from pyinfra.api.operations import run_ops
from pyinfra.api.state import StateStage
from support.rules import BROKEN, DISTRO, SHA

from pyinfra_wsl.operations import (
    docker_desktop,
    docker_desktop_linux,
    docker_engine,
    docker_integration,
    hypervisor,
    kvm,
    reboot,
    windows_feature,
    wsl,
    wsl_conf,
    wsl_distro,
    wslconfig,
)
from pyinfra_wsl.report.journal import journal

OF_SEVERAL = {
    "connection.password_from": "it is no operation's",
    "wsl_distros.U.docker_integration": "version and integration are two operations': the plan compares with the laptop",
    "wsl_distros.V.location": "two distributions are two operations': the plan looks who lies there",
    "wsl_distros.U.state": "one that is not there needs no consent: the plan looks whether it is",
    "wsl_distros.U.default": "absent takes no default",
    "wsl_distros.V.default": "two distributions are two operations'",
    "wsl_distros.ubuntu": "two distributions are two operations'",
    "wsl_distros.U.default_user": "the user's two places are two operations': the plan warns",
    "docker_desktop_linux.package": "without a package one that is there can be changed: the plan looks whether it is",
}
"""Rules that no single operation can break, by their paths."""

FORMS = [
    (wslconfig.settings, {"settings": {"wsl2": {"memory": "8gb"}}}, "wslconfig.wsl2.memory: '8gb' is not a size WSL reads"),
    (wslconfig.settings, {"settings": {"wsl2": {"memroy": "8GB"}}}, "wslconfig.wsl2.memroy"),
    (wslconfig.settings, {"settings": {}, "mode": "mrege"}, "wslconfig.mode: 'mrege' is not a choice"),
    (wsl_conf.settings, {"distro": "U", "settings": {"boot": {"systemd": "yes"}}}, "wsl_distros.U.wsl_conf.boot.systemd"),
    (wsl_conf.settings, {"distro": "U", "settings": {}, "apply": "later"}, "wsl_distros.U.wsl_conf.apply"),
    (windows_feature.features, {"features": {"Containers": "on"}}, "windows_features.Containers: 'on' is not one of enabled"),
    (
        windows_feature.features,
        {"features": {"Containers": True}},
        "windows_features.Containers: true is not one of enabled, disabled",
    ),
    (windows_feature.features, {"features": {True: "enabled"}}, "windows_features: a name is of the kind bool"),
    (hypervisor.settings, {"launch": "of"}, "hypervisor.launch: 'of' is not one of auto, off"),
    (hypervisor.settings, {"memory_integrity": True}, "hypervisor.memory_integrity"),
    (reboot.if_pending, {"policy": "sometimes"}, "reboot.policy: 'sometimes' is not one of never"),
    (reboot.if_pending, {"policy": "window", "window": "22-06"}, "reboot.window: '22-06' is not a window"),
    (reboot.if_pending, {"policy": "window", "window": "22:00-22:00"}, "reboot.window: '22:00-22:00' has no length"),
    (reboot.if_pending, {"timeout": "long"}, "reboot.timeout"),
    (wsl.package, {"minimum": "2.x"}, "wsl.package.minimum: '2.x' is not a version"),
    (wsl.package, {"update": "web"}, "wsl.package.update: has no minimum"),
    (wsl.package, {"installer": "wsl.exe", "sha256": SHA}, "wsl.package.installer: 'wsl.exe' is not an MSI"),
    (wslconfig.settings, {"settings": {"wsl2": {"memory": b"8GB"}}}, "wslconfig.wsl2.memory: is of the kind bytes"),
    (wsl.package, {"minimum": date(2026, 1, 2)}, "wsl.package.minimum: is of the kind date"),
    (wsl.default_version, {"version": None}, "wsl.default_version: has no value"),
    (wsl.default_version, {"version": 3}, "wsl.default_version: 3 is not one of 1, 2"),
    (wsl_distro.present, {"distro": "-U", **DISTRO}, "wsl_distros.-U"),
    (wsl_distro.present, {"distro": "U", "source": "u.tar", "sha256": "12"}, "wsl_distros.U.sha256: '12' is not a SHA-256"),
    (wsl_distro.present, {"distro": "U", **DISTRO, "location": "wsl"}, "wsl_distros.U.location: 'wsl' is not a whole path"),
    (wsl_distro.present, {"distro": "U", **DISTRO, "location": r"%TMP%\u"}, "wsl_distros.U.location: %TMP% is no variable"),
    (wsl_distro.present, {"distro": "U", **DISTRO, "default_user": "a b"}, "wsl_distros.U.default_user"),
    (wsl_distro.absent, {"distro": "U", "allow_data_loss": True, "export_to": r"D:\u.zip"}, "wsl_distros.U.export_to"),
    (docker_integration.distros, {"distros": {"U": "yes"}}, "wsl_distros.U.docker_integration: 'yes' is not true or false"),
    (docker_integration.distros, {"distros": {}, "apply": "soon"}, "docker_integration.apply"),
    (kvm.present, {"device_mode": "rw"}, "kvm.device_mode"),
    (kvm.present, {"users": [1]}, "kvm.users[0]"),
    (docker_engine.present, {"rootless": True}, "docker_engine.rootless: a daemon without root belongs to a user"),
    (docker_engine.present, {"repository": "ftp://x"}, "docker_engine.repository"),
    (docker_engine.present, {"key_fingerprint": "12"}, "docker_engine.key_fingerprint"),
    (docker_desktop_linux.present, {"user": "a b"}, "docker_desktop_linux.user"),
]


def calls(values):
    """Yield the operations with their arguments that a role would call for a host's values."""
    if features := values.get("windows_features"):
        yield windows_feature.features, {"features": features}
    for key, operation in (("hypervisor", hypervisor.settings), ("reboot", reboot.if_pending)):
        if key in values:
            yield operation, values[key]
    if package := values.get("wsl", {}).get("package"):
        yield wsl.package, package
    for name, distro in values.get("wsl_distros", {}).items():
        own = {key: value for key, value in distro.items() if key not in ("state", "wsl_conf", "docker_integration")}
        if distro.get("state") == "absent":
            kept = {key: value for key, value in own.items() if key in ("allow_data_loss", "export_to")}
            yield wsl_distro.absent, {"distro": name, **kept}
        else:
            yield wsl_distro.present, {"distro": name, **own}
    if engine := values.get("docker_engine"):
        yield docker_engine.present, engine
    if desktop := values.get("docker_desktop_linux"):
        yield docker_desktop_linux.present, {"user": "ada", **desktop} if "user" in desktop else desktop


@pytest.fixture
def said(monkeypatch):
    """Return a function that runs an operation on a host that must not be asked anything, and returns its failures."""
    monkeypatch.setattr("pyinfra_wsl.edge.converge.report_at_end", lambda _state: None)

    def run(operation, arguments):
        state = State(Inventory((["@local"], {})), Config())
        state.current_stage = StateStage.Prepare
        connect_all(state)
        (host,) = state.inventory
        state.fail_hosts = lambda _hosts: None
        host.connector.run_shell_command = lambda *_arguments, **_more: pytest.fail("the host was asked")
        add_op(state, operation, name="an operation", **arguments)
        state.current_stage = StateStage.Execute
        run_ops(state)
        assert host in state.failed_hosts
        return [failure for _, failure in journal(host).failures]

    return run


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [case for case in BROKEN if case[1] not in OF_SEVERAL and case[1] != "docker_desktop_linux.user"],
)
def test_every_rule_of_the_fleet_file_is_held_to_by_the_operation(said, values, path, message):
    failures = [failure for operation, arguments in calls(values) for failure in said(operation, arguments)]
    (failure,) = failures
    assert failure.cause.startswith(f"{path}: ")
    assert message in failure.said
    assert failure.remedy


def test_no_rule_is_left_out_without_a_reason():
    assert OF_SEVERAL.keys() <= {path for _, path, _ in BROKEN}
    assert len([path for _, path, _ in BROKEN if path not in OF_SEVERAL]) > len(BROKEN) / 2


@pytest.mark.parametrize(("operation", "arguments", "cause"), FORMS)
def test_the_form_of_every_argument_is_held_to(said, operation, arguments, cause):
    (failure,) = said(operation, arguments)
    assert failure.cause.startswith(cause)
    assert failure.remedy


def deep(times):
    found = {}
    for _ in range(times):
        found = {"wsl2": found}
    return found


ITSELF = {}
ITSELF["wsl2"] = ITSELF
SECRET = "https://ada:hunter2@h/x?sig=hunter2"
STRANGE = {
    "none": None, "number": 7, "truth": True, "bytes": b"hunter2", "date": date(2026, 1, 2), "nan": float("nan"),
    "endless": float("inf"),
    "huge": 10**5000, "deep": deep(3000), "itself": ITSELF, "object": object(), "class": str, "generator": (one for one in "ab"),
    "range": range(3), "half": "\ud800", "nothing": "", "long": "x" * 100_000, "list": [[1]], "set": {1},
    "keys": {1: 2, None: 3, (1,): 4},
    "proxy": MappingProxyType({"a": 1}), "secret": SECRET, "secret list": [SECRET], "secret key": {SECRET: SECRET},
    "error": ValueError("hunter2"),
}  # fmt: skip
TAKES = {
    "wslconfig.settings": (wslconfig.settings, lambda value: {"settings": value}),
    "a value of wslconfig": (wslconfig.settings, lambda value: {"settings": {"wsl2": {"memory": value}}}),
    "mode": (wslconfig.settings, lambda value: {"settings": {"wsl2": {"memory": "8GB"}}, "mode": value or "x"}),
    "wsl_conf.settings": (wsl_conf.settings, lambda value: {"distro": "U", "settings": value}),
    "distro of wsl_conf": (wsl_conf.settings, lambda value: {"distro": value, "settings": {"boot": {"systemd": True}}}),
    "distro": (wsl_distro.present, lambda value: {"distro": value, **DISTRO}),
    "distro of absent": (wsl_distro.absent, lambda value: {"distro": value, "allow_data_loss": True}),
    "features": (windows_feature.features, lambda value: {"features": value}),
    "a feature": (windows_feature.features, lambda value: {"features": {"Containers": value or "x"}}),
    "launch": (hypervisor.settings, lambda value: {"launch": value or "x"}),
    "window": (reboot.if_pending, lambda value: {"policy": "window", "window": value}),
    "minimum": (wsl.package, lambda value: {"minimum": value or "x", "update": "web"}),
    "default version": (wsl.default_version, lambda value: {"version": value}),
    "distros": (docker_integration.distros, lambda value: {"distros": value}),
    "users of kvm": (kvm.present, lambda value: {"users": value or [1]}),
    "users": (docker_engine.present, lambda value: {"users": value or [1]}),
    "daemon": (docker_engine.present, lambda value: {"daemon": value or [1]}),
}


@pytest.mark.parametrize("takes", TAKES)
def test_whatever_an_argument_is_it_is_refused_in_words_and_nothing_is_asked(said, takes):
    operation, arguments = TAKES[takes]
    for kind, value in STRANGE.items():
        if (takes, kind) == ("daemon", "proxy"):  # it is a mapping, and any key may stand in it
            continue
        failures = said(operation, arguments(value))
        assert failures, kind
        for failure in failures:
            assert failure.remedy, kind
            assert "hunter2" not in failure.said, kind


UNSEEN = {
    "a newline": ("8GB\n", "holds a newline"),
    "a TAB": ("8\tGB", "holds a TAB"),
    "a control character": ("8\x07GB", "holds the control character U+0007"),
    "what nobody sees": ("8\u200bGB", "holds the invisible character U+200B"),
}


@pytest.mark.parametrize(("text", "cause"), UNSEEN.values(), ids=UNSEEN)
def test_characters_that_no_fleet_file_may_hold_are_refused(said, text, cause):
    (failure,) = said(wslconfig.settings, {"settings": {"wsl2": {"memory": text}}})
    assert failure.cause == f"wslconfig.wsl2.memory: {cause}"
    (failure,) = said(wslconfig.settings, {"settings": {"wsl2": {text: 1}}})
    assert failure.cause == f"wslconfig.wsl2: {cause}"
    assert "remove it" in failure.remedy


@pytest.mark.parametrize("text", ["a\0b", "a\u202eb"])
def test_of_them_those_of_many_lines_are_refused_where_lines_are_taken(said, text):
    (failure,) = said(wsl_conf.settings, {"distro": "U", "settings": {"boot": {"command": text}}})
    assert "holds the " in failure.cause


@pytest.mark.parametrize("key", ["default", "hostname"])
def test_no_pattern_lets_a_last_newline_pass(said, key):
    section = {"default": "user", "hostname": "network"}[key]
    (failure,) = said(wsl_conf.settings, {"distro": "U", "settings": {section: {key: "ada\n"}}})
    assert f"{section}.{key}: " in failure.cause


@pytest.mark.parametrize(("operation", "resource"), [(kvm.present, "kvm"), (docker_engine.present, "docker_engine")])
def test_a_users_name_is_not_taken_for_a_list_of_letters(said, operation, resource):
    (failure,) = said(operation, {"users": "dev"})
    assert failure.said == f"{resource}.users: 'dev' is not a list. Next: write [dev]"


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("nowhere.tar", "wsl_distros.U.source: 'nowhere.tar' is not there (looked for "),
        ("http://h/u.tar", "wsl_distros.U.source: 'http://h/u.tar' is not encrypted"),
        ("ftp://h/u.tar", "wsl_distros.U.source: 'ftp://h/u.tar' is no address from which files are fetched"),
        (".", "wsl_distros.U.source: '.' is no file"),
        ("~nobody-of-that-name/u.tar", "wsl_distros.U.source: '~nobody-of-that-name/u.tar' begins with ~nobody-of-that-name"),
        (r"C:\u.tar", "wsl_distros.U.source: 'C:\\u.tar' is a Windows path"),
        ("https://[::1", "wsl_distros.U.source: 'https://[::1' is no address"),
        ("https://h:99999/u.tar", "wsl_distros.U.source: 'https://h:99999/u.tar' is no address"),
        ("https:///u.tar", "wsl_distros.U.source: 'https:///u.tar' is no address"),
    ],
)
def test_a_source_that_is_none_is_told_before_anything_is_asked(said, source, cause):
    (failure,) = said(wsl_distro.present, {"distro": "U", "source": source, "sha256": SHA})
    assert failure.cause.startswith(cause)
    assert failure.remedy


WHOLE = [
    (wslconfig.settings, {"settings": {"wsl2": {"memory": "8GB"}, "experimental": {"sparseVhd": True}}}),
    (wsl_conf.settings, {"distro": "U", "settings": {"boot": {"systemd": True}, "user": {"default": "dev"}}}),
    (windows_feature.features, {"features": {"VirtualMachinePlatform": "enabled", "Containers": "disabled"}}),
    (docker_integration.distros, {"distros": {"U": True, "D": False}}),
    (
        docker_desktop.package,
        {
            "package": {"minimum": "4.86.0", "scope": "all_users", "options": {"proxy-http-mode": "system"}},
            "accept_license": {"by": "Ada", "date": "2026-11-27"},
        },
    ),
    (
        docker_desktop.settings,
        {
            "settings": {"AutoStart": True},
            "daemon": {"linux": {"dns": ["10.0.0.1"]}},
            "admin_settings": {"proxy": {"mode": "manual"}},
            "allowed_orgs": ["acme", "corp"],
        },
    ),
    (kvm.present, {"users": ["ada", "bob"]}),
    (docker_engine.present, {"users": ["ada"], "daemon": {"log-opts": {"max-size": "10m"}, "dns": ["10.0.0.1"]}}),
    (docker_desktop_linux.present, {"user": "ada", "settings": {"memoryMiB": 4096}}),
]
WRONG = {"none": None, "bytes": b"x", "date": date(2026, 1, 2), "nan": float("nan"), "object": object(), "class": str}


def places(value, path=()):
    """Yield the way to each value within a value, at any depth."""
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(below, (*path, key))


def replaced(value, path, other):
    if not path:
        return other
    if isinstance(value, list):
        return [replaced(below, path[1:], other) if key == path[0] else below for key, below in enumerate(value)]
    return {key: replaced(below, path[1:], other) if key == path[0] else below for key, below in value.items()}


INSIDE = [(operation, arguments, path) for operation, arguments in WHOLE for path in places(arguments) if len(path) > 1]


def takes_out(operation, path):
    return operation is docker_engine.present and path[0] == "daemon" and all(isinstance(one, str) for one in path)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize(
    ("operation", "arguments", "path"), INSIDE, ids=lambda one: ".".join(map(str, one)) if one.__class__ is tuple else ""
)
def test_no_value_inside_an_argument_is_passed_over(said, operation, arguments, path, wrong):
    if wrong is None and takes_out(operation, path):
        pytest.skip("here it is a value: it takes a key out of the host's file, tests/fleet/test_fleet_unset.py")
    failures = said(operation, replaced(arguments, path, wrong))
    assert failures
    assert any(str(path[-1]) in failure.cause for failure in failures), [failure.said for failure in failures]
    assert all(failure.remedy and failure.code == "declaration" for failure in failures)


def test_every_operation_that_takes_values_within_values_is_in_this_test():
    assert {operation for operation, _arguments in WHOLE} == {
        wslconfig.settings, wsl_conf.settings, windows_feature.features, docker_integration.distros, kvm.present,
        docker_engine.present, docker_desktop_linux.present, docker_desktop.package, docker_desktop.settings,
    }  # fmt: skip
