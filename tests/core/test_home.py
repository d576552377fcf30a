"""What is ours on a laptop: who may in, and what of earlier runs is taken away."""

import pytest
from support.laptops import ALICE
from support.wire import ABSENT, DENIED, words

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.windows import home

NOW = "2026-11-21T10:00:00+00:00"
LATELY, YESTERDAY, LAST_MONTH = "2026-11-21T09:00:00.1234567Z", "2026-11-20T08:00:00.0000000Z", "2026-10-20T08:00:00.0000000Z"
SHA = "ab" * 32


def entry(name, modified=LATELY, **fields):
    return {"name": name, "folder": True, "link": False, "size": None, "modified": modified, **fields}


def listing(*entries):
    return Answer(True, {"exists": True, "entries": list(entries)})


def swept(runs=ABSENT, cache=ABSENT, hives=ABSENT):
    return [words(one) for one in home.sweep(runs, cache, hives, "7f3a", NOW)]


def test_nobody_but_administrators_gets_into_our_folder():
    make, own = home.before_lock()
    assert make.fields["expected"] == "", "it is made, not written again in every run"
    assert own.fields["folder"] == home.HOME
    assert own.fields["arguments"] == [".", "/inheritance:r", "/grant:r", "*S-1-5-32-544:(OI)(CI)F", "*S-1-5-18:(OI)(CI)F"]


def test_who_imports_reads_one_file():
    one = home.readable(r"C:\cache\x.tar", ALICE)
    assert one.fields["arguments"] == [r"C:\cache\x.tar", "/grant", f"*{ALICE.sid}:R"]


def test_a_task_of_an_earlier_run_goes_with_its_files_by_name():
    calls = swept(listing(entry("1111x1-2")))
    assert calls[0].endswith(r"/Delete /TN \pyinfra-wsl\1111x1-2 /F")
    assert calls[-1].endswith(r"\runs\1111x1-2")
    assert not [one for one in calls if one.endswith("True")], "nothing is removed with all below it"


@pytest.mark.parametrize(
    ("one", "gone"),
    [
        (entry("7f3ax1"), False),  # this run's, by another entry of the inventory
        (entry("look7f3ax1", LAST_MONTH), False),
        (entry("look1111x1"), False),  # somebody may be looking without a lock
        (entry("look1111x1", YESTERDAY), True),
        (entry("look1111x1", "no time"), False),
        (entry("look1111x1", None), False),
        (entry(r"..\..\Windows"), False),
        (entry("a & b"), False),
        (entry(None, YESTERDAY), True),  # by the name None, and nothing else
        ("no entry", False),
    ],
)
def test_what_is_left_alone(one, gone):
    assert bool(swept(listing(one))) is gone


def test_a_link_among_them_goes_itself_and_nothing_behind_it():
    assert swept(listing(entry("1111x1", link=True))) == [r"file.remove %ProgramFiles%\pyinfra-wsl\runs\1111x1"]


@pytest.mark.parametrize(
    ("name", "modified", "gone"),
    [
        (f"{SHA}.tar.gz.part", LAST_MONTH, True),
        (f"{SHA}.wsl.copy", LAST_MONTH, True),
        (f"{SHA}.tar.gz.part", YESTERDAY, False),  # the next run goes on with it
        (f"{SHA}.tar.gz", LAST_MONTH, False),
        ("my.part", LAST_MONTH, False),
    ],
)
def test_what_was_on_its_way_for_long_goes(name, modified, gone):
    assert bool(swept(cache=listing(entry(name, modified)))) is gone


@pytest.mark.parametrize("odd", [ABSENT, DENIED, Answer(True, {"exists": True}), Answer(True, {"exists": True, "entries": 7})])
def test_what_cannot_be_listed_is_not_swept(odd):
    assert swept(odd, odd) == []


def test_of_very_many_only_some_are_taken_at_once():
    assert len(swept(listing(*(entry(f"1111x{number}") for number in range(500))))) < 500


@pytest.mark.parametrize(
    ("one", "gone"),
    [
        (entry(ALICE.sid, YESTERDAY), True),
        (entry(ALICE.sid, "2026-11-21T09:55:00.0Z"), False),  # a look may be under way
        (entry("S-1-5-18", YESTERDAY), False),
        (entry(r"..\cache", YESTERDAY), False),
        (entry(None, YESTERDAY), False),
    ],
)
def test_a_copy_of_somebodys_registry_that_was_left_is_unloaded_and_removed(one, gone):
    calls = swept(hives=listing(one))
    assert [*map(bool, calls)] == [True, True] * gone
    if gone:
        assert rf"unload HKU\pyinfra-wsl-{ALICE.sid}" in calls[0]
        assert rf"\hives\{ALICE.sid}" in calls[1]
