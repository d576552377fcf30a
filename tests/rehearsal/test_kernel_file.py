"""A kernel of one's own that is declared and not brought to the laptop: WSL would not start with it, so nothing is converged."""

import pytest

KERNEL = r"C:\wsl\bzImage"


def declare(fleet):
    fleet["defaults"]["wslconfig"]["wsl2"]["kernel"] = KERNEL
    fleet["defaults"]["wslconfig"]["apply"] = "next_start"


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    made = make_stage(LT_THERE="converged", LT_MISSING="converged")
    made.edit(declare)
    made.stage.do(made.stage.machine("LT-THERE").files.write, KERNEL, b"MZ")
    return made


def test_only_the_laptop_that_has_the_file_gets_the_setting(rehearsal):
    first = rehearsal.converge()
    there, missing = (rehearsal.results()[name] for name in ("LT-THERE", "LT-MISSING"))
    assert first.returncode == 1
    assert (there["outcome"], missing["outcome"]) == ("converged", "failed")
    assert rf"kernel: there is no file {KERNEL}: the VM does not start" in first.stdout + first.stderr
    texts = {name: rehearsal.stage.machine(name).files.text(r"C:\Users\alice\.wslconfig") for name in ("LT-THERE", "LT-MISSING")}
    assert ["bzImage" in text for text in texts.values()] == [True, False]


def test_it_is_looked_for_within_the_same_two_requests(rehearsal):
    rehearsal.converge("--limit", "LT-THERE")
    there = rehearsal.results()["LT-THERE"]
    assert (there["outcome"], there["changes"], there["processes"], there["requests"]) == ("converged", [], 1, 2)
