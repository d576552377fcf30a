"""Which resources a run is for, as a person says it: by text, list, variable; what is no resource is an error with the list."""

import pytest

from pyinfra_wsl import registry
from pyinfra_wsl.edge.chosen import chosen


def has(data):
    found = chosen(data)
    assert found.wrong is None
    return {one.name for one in registry.own() if found.has(one)}


ALL = {one.name for one in registry.own()}


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in ("PYINFRA_WSL_ONLY", "PYINFRA_WSL_SKIP"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "given", ["wslconfig,wsl_distro", "wslconfig wsl_distro", " wslconfig , wsl_distros", ["wslconfig", "wsl_distro"]]
)
def test_only_names_resources_by_their_names_or_keys(given):
    assert has({"only": given}) == {"wslconfig", "wsl_distro"}


def test_without_a_word_it_is_all_and_skip_takes_away():
    assert has({}) == ALL
    assert has({"skip": "reboot"}) == ALL - {"reboot"}
    assert has({"only": "wsl,reboot", "skip": "reboot"}) == {"wsl"}


def test_variables_say_the_same_and_data_come_first(monkeypatch):
    monkeypatch.setenv("PYINFRA_WSL_ONLY", "wsl")
    assert has({}) == {"wsl"}
    assert has({"only": "wslconfig"}) == {"wslconfig"}


@pytest.mark.parametrize(
    ("given", "said"),
    [("wslconf", "write wsl_conf if that is meant"), ("x,y", "only names x, y, which is no resource"), ("", "only names nothing"),
     ([], "only names nothing"), (7, "only names 7"), (True, "only names True"), ("\x1b[2J", "\\x1b[2J")],
)  # fmt: skip
def test_what_is_no_resource_is_an_error_with_the_list(given, said):
    wrong = chosen({"only": given}).wrong
    assert said in wrong.said
    assert "\x1b" not in wrong.said
    assert all(name in wrong.remedy for name in ALL)


def test_what_is_chosen_rests_on_what_it_needs():
    found = chosen({"only": "wsl_distro"})
    assert found.rests_on(registry.of("wsl"))
    assert not found.rests_on(registry.of("docker_desktop"))
    assert not chosen({"only": "kvm"}).rests_on(registry.of("wsl"))
