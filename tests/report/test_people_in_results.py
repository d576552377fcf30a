"""A host with several people in a result: each with an outcome of their own, and nothing of it where there is one."""

import io
import json

import jsonschema
import pytest
from rich.console import Console

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.data import schema
from pyinfra_wsl.report import exports, reading, results, summary
from pyinfra_wsl.report.journal import Journal

RUN = {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "ada@control"}
ALICE, BO = "CORP\\alice", "CORP\\bo"


def noted():
    """Return a journal in which alice's change was made, bo's waits, and both and the machine are told something."""
    one = Journal(begun=True, left=())
    one.warned("wsl", "of the machine")
    one.person = ALICE
    one.own.began("wslconfig", ".wslconfig")
    one.own.knows("wslconfig")
    one.own.changed("wslconfig", ".wslconfig", "memory: 4GB → 8GB")
    one.person = BO
    one.own.began("wslconfig", ".wslconfig")
    one.own.deferred("wslconfig", Deferred("memory: 4GB → 8GB", "user logon", "CORP\\bo is logged off"))
    return one


def document(one):
    found = results.document("LT-1", RUN, one, {"processes": 1, "requests": 2, "restarts": 0})
    jsonschema.validate(found, schema("result"))
    return found


def printed(one):
    out = io.StringIO()
    summary.print_table([one], Console(file=out, width=200, highlight=False, markup=False, emoji=False))
    return out.getvalue()


def test_each_has_an_outcome_and_the_host_the_worst_of_them():
    found = document(noted())
    assert found["outcome"] == "deferred"
    assert {name: one["outcome"] for name, one in found["people"].items()} == {ALICE: "converged", BO: "deferred"}
    assert found["resources"]["wslconfig"]["known"] is False
    assert found["people"][ALICE]["resources"]["wslconfig"]["known"] is True
    assert [one.get("person") for kind in ("warnings", "changes", "deferred") for one in found[kind]] == [None, ALICE, BO]


def test_what_fails_for_one_is_nobody_elses():
    one = noted()
    one.own.failed("wsl_distro", Failure("no room", "free some", "disk_full"))
    one.own.broke("wsl_distro", ("Ubuntu",))
    assert one.out_of_reach == {("wsl_distro", "Ubuntu")}
    one.person = ALICE
    assert one.out_of_reach == set()
    found = document(one)
    assert found["outcome"] == found["people"][BO]["outcome"] == "failed"
    assert found["people"][ALICE]["outcome"] == "converged"


def test_what_fails_of_the_machine_is_everybodys():
    one = noted()
    one.broke("wsl", ())
    assert one.out_of_reach == {("wsl", "")}


@pytest.mark.parametrize(("left", "outcome"), [(None, "unfinished"), (("Restart",), "unfinished"), ((), "converged")])
def test_nobody_is_converged_before_the_run_has_ended(left, outcome):
    one = noted()
    one.left = left
    assert one.outcome_of(ALICE) == outcome


def test_the_table_names_each():
    told = printed(document(noted()))
    assert f"{ALICE}: converged, 1 change: .wslconfig" in told
    assert f"{BO}: deferred, no change" in told
    assert f"{BO}: memory: 4GB → 8GB: waits for user logon" in told


def test_the_same_failure_of_two_is_told_of_both():
    one = noted()
    for name in (ALICE, BO):
        one.person = name
        one.own.failed("wsl_distro", Failure("no room", "free some", "disk_full"))
    told = printed(document(one))
    assert f"{ALICE}: no room" in told
    assert f"{BO}: no room" in told


def test_exports_name_them():
    assert f"{BO}: memory" in exports.csv_table([document(noted())])


def test_a_host_with_one_user_has_nothing_of_it():
    one = Journal(begun=True, left=(), waiting=[("wsl", Deferred("a", "reboot", "b"))], warnings=[("wsl", "x")])
    found = document(one)
    assert "people" not in found
    assert "person" not in json.dumps(found)


def test_it_is_read_again_and_what_is_no_outcome_is_refused(tmp_path):
    results.write([document(noted())], tmp_path)
    (found,) = reading.read(tmp_path).documents
    assert found["people"][BO]["outcome"] == "deferred"
    path = tmp_path / "LT-1.json"
    for wrong in ({BO: {"outcome": "well"}}, {BO: "converged"}, {BO: {}}, [BO], None):
        path.write_text(json.dumps(found | {"people": wrong}))
        assert "people" in reading.read(tmp_path).problems[0]
    path.write_text(json.dumps({name: one for name, one in found.items() if name != "people"}))
    assert reading.read(tmp_path).documents[0]["host"] == "LT-1"
