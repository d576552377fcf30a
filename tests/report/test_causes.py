"""The same thing said by many hosts is said once, and what is different stays apart."""

import pytest
from support.fleet_results import document

from pyinfra_wsl.report import causes

RUN = {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "ada@control"}
HCS = "Wsl/Service/CreateInstance/CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED"


def failed(host, *failures):
    return document(host, RUN, outcome="failed", failures=failures)


def grouped(*documents):
    return [(one.title, one.hosts) for one in causes.failures(documents)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (r"C:\Users\alice\wsl is full", r"D:\data\bob is full"),
        ("/home/alice/.docker/x is no JSON", "/root/.docker/x is no JSON"),
        ("9 MiB free of 4,096 MiB", "17.5 MiB free of 4,096 MiB"),
        ("distribution 'Ubuntu' is locked", "distribution 'Debian 12' is locked"),
        ("profile S-1-5-21-1-2-3-1001 is temporary", "profile S-1-5-21-9-8-7-500 is temporary"),
        ("sum 0a1b2c3d4e5f is not it", "sum ffffffff00001111 is not it"),
        ("LT-1 does not answer", "LT-2 does not answer"),
        (r"\\server\share\a.msi is not there", r"\\other\share\b.msi is not there"),
    ],
)
def test_names_numbers_and_paths_do_not_part_what_is_the_same(first, second):
    (one,) = causes.failures([failed("LT-1", ("wsl", first, "", "")), failed("LT-2", ("wsl", second, "", ""))])
    assert one.hosts == ["LT-1", "LT-2"]


def test_the_same_error_of_one_resource_is_one_cause_in_whatever_words():
    first = failed("LT-1", ("wsl", "WSL cannot start a VM", "enable it", HCS))
    second = failed("LT-2", ("wsl", "the VM of WSL does not start", "enable it", HCS))
    other = failed("LT-3", ("wsl_distro", "WSL cannot start a VM", "enable it", HCS))
    found = causes.failures([first, second, other])
    assert [(one.resource, one.hosts, one.others) for one in found] == [("wsl", ["LT-1", "LT-2"], 1), ("wsl_distro", ["LT-3"], 0)]
    assert found[0].title == "HCS_E_HYPERV_NOT_INSTALLED: WSL cannot start a VM"


def test_a_word_of_ours_is_no_errors_name():
    """`connection` and `plan` say what kind of failure it is, not which."""
    first, second = ("wsl", "the lock is held", "", "connection"), ("wsl", "no route to it", "", "connection")
    assert len(grouped(failed("LT-1", first), failed("LT-2", second))) == 2


def test_an_errors_name_is_not_said_beside_words_that_hold_it():
    text = "WSL cannot start: HCS_E_HYPERV_NOT_INSTALLED"
    assert grouped(failed("LT-1", ("wsl", text, "", HCS))) == [(text, ["LT-1"])]


def test_what_differs_in_more_than_names_and_numbers_stays_apart():
    first, second = ("wsl", "the disk is full", "", ""), ("wsl", "the disk is gone", "", "")
    assert len(grouped(failed("LT-1", first), failed("LT-2", second))) == 2


def test_a_hosts_own_name_is_told_of_one_and_not_of_several():
    text, remedy = "LT-{} does not answer", "look at LT-{}"
    one = failed("LT-1", ("c", text.format(1), remedy.format(1), ""))
    (alone,) = causes.failures([one])
    assert (alone.text, alone.remedy) == ("LT-1 does not answer", "look at LT-1")
    (both,) = causes.failures([one, failed("LT-2", ("c", text.format(2), remedy.format(2), ""))])
    assert (both.text, both.remedy, both.others) == ("HOST does not answer", "look at HOST", 0)


def test_a_host_that_says_a_thing_twice_counts_once():
    waits = [("wslconfig", "a", "user logon", "nobody is there"), ("wsl", "b", "user logon", "nobody is there")]
    (one,) = causes.waits([document("LT-1", RUN, outcome="deferred", deferred=waits)])
    assert (one.hosts, list(one.abouts)) == (["LT-1"], [".wslconfig", "WSL"])


def test_what_was_not_tried_since_something_failed_waits_for_nothing():
    held = [("wsl_distro", "Ubuntu", "what failed", "not tried: it needs WSL")]
    one = document("LT-1", RUN, outcome="failed", failures=[("wsl", "c", "r", "")], deferred=held)
    assert causes.waits([one]) == []
    assert [cause.hosts for cause in causes.held([one])] == [["LT-1"]]


def test_most_hosts_come_first():
    rare, often = ("wsl", "rare", "", ""), ("wsl", "often", "", "")
    found = grouped(failed("LT-1", rare), failed("LT-2", often), failed("LT-3", often))
    assert [title for title, _ in found] == ["often", "rare"]


@pytest.mark.parametrize("text", ["'" * 5000, "“" * 5000, "{" * 5000, "\\\\" * 2500, "0" * 5000, "/" * 5000, "1." * 2500])
def test_words_of_a_hostile_host_take_no_time(text):
    assert len(causes.shape(text, "LT-1")) <= 2001
