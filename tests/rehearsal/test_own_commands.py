"""Commands and operations that are not ours: where one fails without a word, run and table tell more than pyinfra does."""

import pytest

NOT_OURS = """
from pyinfra.operations import server
from pyinfra_wsl.operations import hypervisor

hypervisor.settings(name="Hypervisor", launch="auto")
server.shell(name="Not ours", commands={commands})
"""
NO_SOURCE = """
from pyinfra_wsl.operations import wsl_distro

wsl_distro.present(name="Distribution", distro="Own")
"""


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(LT_DONE="converged")


@pytest.mark.parametrize(
    ("command", "said"),
    [("exit 3", "ended with exit code 3 and printed nothing"), ("echo a & exit 3", "ended with exit code 3")],
)
def test_exec_tells_the_exit_code(rehearsal, command, said):
    done = rehearsal.pyinfra("exec", "--", command)
    assert done.returncode == 1
    assert said in done.stderr
    assert "stands above" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("commands", "cause"),
    [
        (["exit 3"], "Not ours: ended with exit code 3 and printed nothing"),
        (["echo a", "echo why 1>&2 & exit 4"], "Not ours: why"),
    ],
)
def test_the_table_names_the_operation_and_why_it_failed(rehearsal, commands, cause):
    (rehearsal.folder / "own.py").write_text(NOT_OURS.format(commands=commands))
    done = rehearsal.pyinfra("own.py", "-y")
    (failure,) = rehearsal.results()["LT-DONE"]["failures"]
    assert failure["cause"] == cause
    assert failure["remedy"] == "mend what it names, then run again"
    assert cause in done.stdout


@pytest.mark.parametrize("option", ["-y", "--dry"])
def test_an_operation_without_a_source_imports_nothing_and_does_not_plan_to(rehearsal, option):
    (rehearsal.folder / "own.py").write_text(NO_SOURCE)
    done = rehearsal.pyinfra("own.py", option)
    said = done.stdout + done.stderr
    assert "Own is not there, and no source is declared to import it from" in said
    assert "import Own" not in said
