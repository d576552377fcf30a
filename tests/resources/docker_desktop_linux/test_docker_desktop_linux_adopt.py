"""What is adopted of Docker Desktop on a Linux host changes nothing of it, and a person chooses where there is a choice."""

from dataclasses import replace

import pytest
from test_docker_desktop_linux import READY

from pyinfra_wsl.core.adopted import hindrances
from pyinfra_wsl.core.plan import Plan
from pyinfra_wsl.fleet import rules
from pyinfra_wsl.resources.docker_desktop_linux import adopt as adopting
from pyinfra_wsl.resources.docker_desktop_linux.plan import Want, plan
from pyinfra_wsl.resources.docker_desktop_linux.state import Account, read, script
from pyinfra_wsl.survey.adopt import declared

ADA = Account(1000, "/home/ada", ("ada", "kvm"), "ada")
THEIRS = replace(READY, account=ADA, settings={"Cpus": 4, "SettingsVersion": 45, "AnalyticsEnabled": False})


@pytest.mark.parametrize("enabled", [True, False])
def test_what_is_there_is_declared_and_a_run_changes_nothing(enabled):
    state = replace(THEIRS, enabled=enabled)
    values, notes = declared(adopting.adopt(state))
    told = values["docker_desktop_linux"]
    assert told["user"] == "ada"
    assert told.get("autostart") is (True if enabled else None), "what is off is not declared"
    assert told["settings"] == {"Cpus": 4, "AnalyticsEnabled": False}, "and what is private to the program is not"
    assert not hindrances(plan(Want.of(values), state, Plan()))
    assert not rules.check(values)
    assert [note for note in notes if note.startswith("docker_desktop_linux.package: Docker Desktop 4.50.0")]


@pytest.mark.parametrize(("people", "words"), [((), "nobody has used it yet"), (("ada", "bo"), "it is used by ada, bo")])
def test_whose_it_is_is_not_guessed(people, words):
    state = replace(READY, account=None, people=people)
    assert adopting.asks(state) == {}
    values, notes = declared(adopting.adopt(state))
    assert values == {}
    assert words in notes[0]


def test_the_one_who_has_it_is_looked_at():
    assert adopting.asks(replace(READY, account=None, people=("ada",))) == {"user": "ada"}
    assert adopting.asks(replace(READY, account=None, running=("ada",), people=("ada",))) == {"user": "ada"}
    assert adopting.asks(replace(READY, packages={}, people=("ada",))) == {}


def test_what_a_run_would_refuse_is_a_comment():
    values, notes = declared(adopting.adopt(replace(THEIRS, systemd=False)))
    assert values == {}
    assert "systemd does not run" in notes[0]


def test_a_host_without_it_has_nothing_to_adopt():
    assert not list(adopting.adopt(replace(THEIRS, packages={})))


def test_the_look_without_a_user_asks_for_whose_there_are():
    assert "part people people" in script()
    assert "part people" not in script("ada")
    assert read("").people == ()
