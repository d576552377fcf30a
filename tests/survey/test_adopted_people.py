"""What is declared for all of several people: what each of them has alike, and of the rest who has what."""

import pytest

from pyinfra_wsl.core.adopted import Adopted
from pyinfra_wsl.survey.adopt import declared
from pyinfra_wsl.survey.alike import WHOLE, alike

MEMORY, DISTRO = ("wslconfig", "wsl2", "memory"), ("wsl_distros", "Ubuntu-24.04")
ALICE, BO = "CORP\\alice", "CORP\\bo"


def told(**people):
    return list(alike({f"CORP\\{name}": found for name, found in people.items()}))


def test_what_all_have_alike_is_declared_once():
    both = [Adopted(MEMORY, "8GB"), Adopted((*DISTRO, "version"), 2)]
    assert told(alice=both, bo=list(reversed(both))) == both


@pytest.mark.parametrize(
    ("bos", "said"),
    [
        ([Adopted(MEMORY, "4GB")], '"4GB"'),
        ([Adopted(MEMORY, 8)], "8"),
        ([], "none"),
        ([Adopted(("wslconfig",), note="not known: a link")], "none that is known"),
        ([Adopted(WHOLE, note="not known: their hive is locked")], "none that is known"),
    ],
)
def test_what_one_of_them_has_otherwise_or_not_for_certain_is_a_comment(bos, said):
    found = told(alice=[Adopted(MEMORY, "8GB")], bo=bos)
    assert Adopted(MEMORY, note=f'not alike, so not declared: {ALICE} has "8GB"; {BO} has {said}') in found
    assert not [one for one in found if one.value is not None]


def test_values_within_values_are_compared_one_by_one():
    found = told(
        alice=[Adopted(("docker_desktop", "daemon"), {"linux": {"debug": True, "max": 1}})],
        bo=[Adopted(("docker_desktop", "daemon"), {"linux": {"debug": True, "max": 2}})],
    )
    values, notes = declared(found)
    assert values == {"docker_desktop": {"daemon": {"linux": {"debug": True}}}}
    assert notes == [f"docker_desktop.daemon.linux.max: not alike, so not declared: {ALICE} has 1; {BO} has 2"]


def test_a_distribution_that_only_some_have_is_not_declared_with_what_is_inside_it():
    inside = Adopted((*DISTRO, "wsl_conf", "boot", "systemd"), True)
    values, notes = declared(told(alice=[Adopted((*DISTRO, "version"), 2), inside], bo=[inside]))
    assert values == {}
    assert any(one.startswith("wsl_distros.Ubuntu-24.04.version: not alike") for one in notes)


def test_a_secret_is_not_in_a_comment_either():
    secret = "https://ada:hunter2hunter2@proxy.corp.example"
    (one,) = told(alice=[Adopted(("docker_desktop", "settings", "OverrideProxyHTTP"), secret)], bo=[])
    assert "hunter2" not in one.note
    assert "what may be a secret" in one.note


def test_notes_name_whose_they_are_unless_all_have_them():
    alike_, own = Adopted(("wslconfig",), note="line 3 is not read"), Adopted(DISTRO, note="it is half installed")
    assert told(alice=[alike_, own], bo=[alike_]) == [alike_, Adopted(DISTRO, note=f"{ALICE}: it is half installed")]
    assert told(alice=[own]) == [own]
    assert told() == []
