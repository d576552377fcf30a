"""What wsl.exe fails with is told by the doctor in the words of the table of errors, which runs and explanations have too."""

from dataclasses import replace

import pytest
from support.laptops import laptop
from support.wire import ran

from pyinfra_wsl.core.plan import Plan, Step
from pyinfra_wsl.doctor import table as lines_of
from pyinfra_wsl.doctor.found import Found
from pyinfra_wsl.errors import explain
from pyinfra_wsl.known import table
from pyinfra_wsl.resources.wsl_distro import listed
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro

DECLARED = (("wsl_distro", Plan()),)
KNOWN = (
    "REGDB_E_CLASSNOTREG",
    "ERROR_SERVICE_DISABLED",
    "ERROR_SERVICE_DOES_NOT_EXIST",
    "ERROR_CANT_ACCESS_FILE",
    "E_UNEXPECTED",
)


def printed(name):
    return f"It failed.\r\nError code: Wsl/{name}\r\n"


def told(name, plans=DECLARED):
    refusal = listed.refusal(ran(-1, printed(name)))
    host = Found("LT-1", "windows", laptop=laptop(wsl_distro=wsl_distro.State({}, refusal=refusal)), plans=tuple(plans))
    return [line for line in lines_of.lines(host) if line.check == "WSL" and line.cause.startswith("wsl.exe fails")]


@pytest.mark.parametrize("name", KNOWN)
def test_an_error_of_wsl_is_told_with_cause_and_remedy_of_the_table(name):
    known = table.of(name, printed(name))
    (line,) = told(name)
    assert (line.verdict, line.cause, line.remedy, line.code) == ("fault", f"wsl.exe fails: {known.cause}", known.remedy, name)
    found = explain(printed(name)).findings[0]
    assert (found.cause.removeprefix("not known: "), found.remedy) == (known.cause, known.remedy)


def test_what_a_run_mends_first_is_no_fault():
    mending = ("wsl", Plan(steps=(Step("WSL package: none → 2.6.1", ()),)))
    (line,) = told("REGDB_E_CLASSNOTREG", (*DECLARED, mending))
    assert (line.verdict, line.deploy) == ("note", "would: WSL package: none → 2.6.1")


def test_what_needs_no_wsl_is_no_fault():
    (line,) = told("REGDB_E_CLASSNOTREG", ())
    assert line.verdict == "note"


@pytest.mark.parametrize(
    "answer",
    [None, ran(0, ""), ran(-1, "Error code: Wsl/WSL_E_DEFAULT_DISTRO_NOT_FOUND\r\n"), ran(1, "There are no running ones\r\n")],
)
def test_a_list_that_is_empty_is_no_failure(answer):
    assert listed.refusal(answer) is None


def test_a_look_keeps_what_wsl_failed_with():
    known = laptop()
    answers = {"running": ran(-1, printed("REGDB_E_CLASSNOTREG"))}
    keys = {"{1}": {"values": {}, "keys": {}}}
    there = {
        name: replace(ran(0), value={"exists": True, "values": {}, "keys": keys if name == "lxss" else {}})
        for name in ("hive", "lxss")
    }
    seen = wsl_distro.read(there | answers, known.user)
    assert seen.refusal is not None
    assert seen.refusal.code == "REGDB_E_CLASSNOTREG"
    assert wsl_distro.read(there, known.user).refusal is None
