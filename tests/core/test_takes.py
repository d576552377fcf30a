"""What stands in the way of a plan's paths: what is there, a file among the folders above, what comes before."""

import pytest

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.core.windows.takes import clashes, questions

FILE = Answer(True, {"exists": True, "folder": False})
FOLDER = Answer(True, {"exists": True, "folder": True})
NOTHING = Answer(True, {"exists": False})
UNKNOWN = Answer(False, {}, "access_denied", "no")
DISK = r"D:\wsl\u\ext4.vhdx"


def step(*free, frees=(), sentence="do"):
    return Step(sentence, (), free=free, frees=frees, where="location")


def causes(steps, there=None, earlier=()):
    found = list(clashes(steps, there or {}, earlier))
    assert all(one.remedy.endswith("declare another location") and one.code == "ERROR_FILE_EXISTS" for one in found)
    return [one.cause for one in found]


def test_every_folder_above_a_path_is_asked_about_once():
    assert questions([step(DISK), step(r"D:\wsl\u.tar", DISK)]) == ("D:\\", r"D:\wsl", r"D:\wsl\u", DISK, r"D:\wsl\u.tar")
    assert questions([Step("nothing", ())]) == ()


@pytest.mark.parametrize("there", [FILE, FOLDER])
def test_what_stands_there_is_named(there):
    assert causes([step(DISK)], {DISK: there}) == [rf"do: {DISK} stands there already and is not ours; nothing was touched"]


def test_a_file_among_the_folders_above_is_the_cause():
    assert causes([step(DISK)], {"D:\\": FOLDER, r"D:\wsl": FILE, DISK: NOTHING}) == [
        r"do: D:\wsl is a file, and nothing can be put below it; nothing was touched"
    ]


@pytest.mark.parametrize(
    "there", [{}, {DISK: NOTHING}, {DISK: UNKNOWN}, {r"D:\wsl": FOLDER, DISK: NOTHING}, {r"D:\wsl": UNKNOWN}]
)
def test_what_is_free_or_not_known_stands_in_nobodys_way(there):
    assert causes([step(DISK)], there) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (DISK, DISK),
        (DISK, DISK.lower().replace("\\", "/")),
        (r"D:\x.tar", r"D:\X.tar\ext4.vhdx"),
        (r"D:\x.tar\ext4.vhdx", r"D:\x.tar"),
    ],
)
def test_what_comes_before_takes_its_paths(first, second):
    for steps, earlier in (([step(first), step(second)], ()), ([step(second)], [step(first)])):
        (cause,) = causes(steps, earlier=earlier)
        assert f"is taken by what this run does before: {first}" in cause


def test_what_is_taken_away_before_is_free_and_can_be_taken_once():
    gone = step(frees=(DISK.upper(),))
    assert causes([gone, step(DISK)], {DISK: FILE}) == []
    assert causes([step(DISK)], {DISK: FILE}, [gone]) == []
    assert len(causes([gone, step(DISK), step(DISK)], {DISK: FILE})) == 1
    assert len(causes([step(DISK), gone], {DISK: FILE})) == 1
    assert causes([step(DISK), gone, step(DISK)], {DISK: NOTHING}) == []
