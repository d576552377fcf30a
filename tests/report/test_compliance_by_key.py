"""Compliance by each key of the fleet file and by group: what is told of a resource, told of the keys that it names."""

import pytest
from support.fleet_results import document

from pyinfra_wsl.edge.settings import settings_of
from pyinfra_wsl.registry import of
from pyinfra_wsl.report import page, reading
from pyinfra_wsl.report.page import compliance

RUN = {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "ada@control"}
MEMORY, CORES = "wslconfig.wsl2.memory", "wslconfig.wsl2.processors"
USER, STATE = "wsl_distros.Ubuntu-24.04.default_user", "wsl_distros.Ubuntu-24.04.state"


def states(one):
    rows, _groups = compliance.keys([one])
    return {row.name: next(iter(row.counts)) for row in rows}


def test_a_change_is_one_of_the_keys_that_it_names():
    found = states(document("LT-1", RUN, changes=[("wslconfig", ".wslconfig [wsl2] memory: default → 8GB")]))
    assert (found[MEMORY], found[CORES]) == ("changed", "as declared")


def test_what_waits_is_told_of_what_it_names_and_of_all_where_it_names_none():
    named = [("wsl_distro", "default user of Ubuntu-24.04: root → dev", "user logon", "away")]
    found = states(document("LT-1", RUN, outcome="deferred", deferred=named))
    assert (found[USER], found["wsl_distros.Ubuntu-24.04.version"]) == ("waits", "as declared")
    whole = [("wslconfig", ".wslconfig as declared", "user logon", "away")]
    found = states(document("LT-1", RUN, outcome="deferred", deferred=whole))
    assert (found[MEMORY], found[CORES], found["hypervisor.launch"]) == ("waits", "waits", "as declared")


def test_what_failed_is_worse_than_what_waits_or_was_changed():
    failure = ("wslconfig", "[wsl2] memory: the disk is full", "free some", "disk")
    changed = [("wslconfig", ".wslconfig [wsl2] memory: 9GB → 8GB")]
    found = states(document("LT-1", RUN, outcome="failed", failures=[failure], changes=changed))
    assert (found[MEMORY], found[CORES]) == ("failed", "as declared")


def test_what_is_named_in_other_words_is_told_too():
    changes = [
        ("wsl", "WSL package: none → 2.6.1.0"),
        ("docker_integration", "WSL integration of Docker Desktop: Ubuntu-24.04 on"),
    ]
    found = states(document("LT-1", RUN, changes=changes))
    assert found["wsl.package.minimum"] == "changed"
    assert found["wsl_distros.Ubuntu-24.04.docker_integration"] == "changed"
    assert found["docker_integration.default_distro"] == "as declared"


def test_a_key_is_no_part_of_a_longer_word():
    found = states(document("LT-1", RUN, changes=[("wsl_distro", "import Ubuntu-24.04-old as WSL 2")]))
    assert found[STATE] == "as declared"


def test_what_is_not_known_or_not_reached_is_not_called_in_place():
    one = document("LT-1", RUN, outcome="unfinished")
    assert set(states({**one, "not_reached": ["x"]}).values()) == {"not known"}
    unknown = {"wslconfig": {"words": ".wslconfig", "known": False, "settings": [MEMORY]}}
    assert states({**one, "resources": unknown}) == {MEMORY: "not known"}


def test_a_group_has_its_own_share():
    waits = [("wslconfig", ".wslconfig [wsl2] memory: 9GB → 8GB", "vm idle", "runs")]
    fleet = [
        document("LT-1", RUN, groups=["a"]),
        document("LT-2", RUN, groups=["a", "b"], outcome="deferred", deferred=waits),
        document("LT-3", RUN, groups=["b"], outcome="offline"),
    ]
    rows, groups = compliance.keys(fleet)
    memory = next(row for row in rows if row.name == MEMORY)
    assert (memory.total, memory.good, memory.percent()) == (2, 1, 50)
    assert (groups["a"][MEMORY].good, groups["a"][MEMORY].total) == (1, 2)
    assert (groups["b"][MEMORY].good, groups["b"][MEMORY].total) == (0, 1)
    text = page.made(fleet, [], "r").decode()
    assert "Key by key of the fleet file" in text
    assert f'<th scope="row">{MEMORY}</th><td class="n strong">50 %</td>' in text
    assert '<td class="n">1 of 2</td>' in text


def test_results_of_earlier_versions_have_no_keys_and_are_shown_without():
    one = document("LT-1", RUN)
    old = {**one, "resources": {name: {"words": part["words"], "known": True} for name, part in one["resources"].items()}}
    assert compliance.keys([old]) == ([], {})
    assert "Key by key" not in page.made([old], [], "r").decode()


@pytest.mark.parametrize("settings", ["x", {}, [1], [None]])
def test_settings_that_are_no_list_of_names_are_no_result(settings):
    one = {**document("LT-1", RUN), "left_out": []}
    assert not list(reading._wrong(one))
    one["resources"]["wsl"]["settings"] = settings
    assert any("settings are a list of names" in problem for problem in reading._wrong(one))


def test_what_an_operation_declares_is_named_key_by_key():
    values = {"docker_desktop": {"settings": {"AutoStart": True, "AnalyticsEnabled": False}, "backend": "wsl-2", "start": True}}
    assert settings_of(of("docker_desktop"), values) == (
        "docker_desktop.backend", "docker_desktop.settings.AutoStart", "docker_desktop.settings.AnalyticsEnabled",
        "docker_desktop.start",
    )  # fmt: skip
    assert settings_of(of("windows_feature"), {"windows_features": {"X": "enabled"}}) == ("windows_features.X",)
    first = settings_of(of("wslconfig"), {"wslconfig": {"wsl2": {"memory": "8GB"}}})
    assert first is settings_of(of("wslconfig"), {"wslconfig": {"wsl2": {"memory": "8GB"}}}), "hosts share them"
