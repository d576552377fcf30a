"""The key is trusted by its fingerprint alone; releases without a repository are refused."""

import dataclasses

import pytest
from support.keys import FIRST, ONE, SECOND, TWO, binary
from test_docker_engine import FINGERPRINT, READY, plan, sentences

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.resources.docker_engine import plan as docker_engine
from pyinfra_wsl.resources.docker_engine.plan import Key, Repository, Want
from pyinfra_wsl.resources.docker_engine.release import Release, release
from pyinfra_wsl.resources.docker_engine.state import APT_KEY

OWN = Want(repository=Repository(fingerprint=FIRST))
ADDRESS = "https://download.docker.com/linux/debian/gpg"


def test_a_key_with_the_wanted_fingerprint_is_written_and_nothing_else():
    found = plan(OWN, key=(), fetched=Key(ONE, ADDRESS))
    assert sentences(found) == [f"trust the key {FIRST[-16:]} for Docker's packages alone"]
    assert found.steps[0].note == APT_KEY
    assert "BEGIN PGP PUBLIC KEY BLOCK" in found.steps[0].does[-1].line


def test_a_key_with_another_fingerprint_is_refused_and_nothing_is_written():
    found = plan(OWN, key=(), fetched=Key(TWO, ADDRESS), sources=None)
    assert found.steps == ()
    assert found.failures[0].cause == f"the key from {ADDRESS} has the fingerprint {SECOND}, not {FIRST}; nothing was written"


def test_a_second_key_beside_the_wanted_one_is_refused():
    assert plan(OWN, key=(), fetched=Key(ONE + TWO, ADDRESS)).failures[0].code == "key"


def test_a_key_without_armor_is_written_with_it():
    line = plan(OWN, key=(), fetched=Key(binary(ONE), ADDRESS)).steps[0].does[-1].line
    assert "BEGIN PGP PUBLIC KEY BLOCK" in line


@pytest.mark.parametrize(
    ("key", "why"),
    [(Key(b"<html>", ADDRESS), "cannot be read"), (Key(b"", ADDRESS, "timed out"), "timed out"), (None, "nobody fetched it")],
)
def test_a_key_that_cannot_be_had_is_one_clear_line(key, why):
    (failure,) = plan(OWN, key=(), fetched=key).failures
    assert why in failure.cause
    assert failure.remedy


def test_spaces_and_case_of_a_declared_fingerprint_do_not_matter():
    spaced = " ".join(FIRST[at : at + 4] for at in range(0, 40, 4)).lower()
    assert plan(Want(repository=Repository(fingerprint=spaced)), key=(), fetched=Key(ONE, ADDRESS)).failures == ()


def test_the_key_is_fetched_only_where_the_host_has_another():
    assert docker_engine.key_source(Repository(), READY, None) is None
    without = dataclasses.replace(READY, key=())
    assert docker_engine.key_source(Repository(), without, None) == ADDRESS
    assert docker_engine.key_source(Repository(), without, "docker.asc") == "docker.asc"


@pytest.mark.parametrize(
    ("system", "place"),
    [
        (Os("debian", (), "11", "bullseye"), Release("debian", "bullseye")),
        (Os("debian", (), "13", "trixie"), Release("debian", "trixie")),
        (Os("ubuntu", ("debian",), "24.04", "noble"), Release("ubuntu", "noble")),
        (Os("fedora", (), "42"), Release("fedora", "42")),
        (Os("rhel", ("fedora",), "9.6"), Release("rhel", "9")),
    ],
)
def test_known_releases_have_their_place(system, place):
    assert release(system) == place


@pytest.mark.parametrize(
    ("system", "words"),
    [
        (Os("debian", (), "14", "forky", "Debian 14"), "Debian 14 is newer"),
        (Os("linuxmint", ("ubuntu", "debian"), "22", "noble", "Linux Mint 22"), "does not test Linux Mint 22"),
    ],
)
def test_what_docker_does_not_test_is_said(system, words):
    place = release(system)
    assert isinstance(place, Release)
    assert words in place.warning


@pytest.mark.parametrize(
    ("system", "cause"),
    [
        (Os("debian", (), "10", "buster", "Debian 10"), "no longer has packages for Debian 10"),
        (Os("ubuntu", ("debian",), "20.04", "focal", "Ubuntu 20.04"), "no longer has packages"),
        (Os("arch", (), "", "", "Arch Linux"), "no repository for Arch Linux"),
        (Os("kali", ("debian",), "2026.1", "kali-rolling", "Kali"), "no repository for Kali"),
        (Os("debian", (), "", "", "Debian"), "is not known"),
    ],
)
def test_other_releases_are_refused(system, cause):
    found = release(system)
    assert isinstance(found, Failure)
    assert cause in found.cause
    assert plan(os=system).failures == (found,)


def test_dnf_hosts_get_a_repo_file_and_their_own_key():
    found = plan(os=Os("fedora", (), "42"), key=(), fetched=Key(ONE, ADDRESS), want=OWN, sources=None)
    text = found.steps[1].does[0].line
    assert "baseurl=https://download.docker.com/linux/fedora/42/$basearch/stable" in text
    assert "gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-docker" in text
    assert FINGERPRINT not in text
