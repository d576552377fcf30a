"""What pyinfra does with the plans of Linux hosts, in real runs on this machine."""

import shlex

import pytest
from pyinfra.api import Config, Inventory, State
from pyinfra.api.connect import connect_all
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import add_op, operation
from pyinfra.api.operations import run_ops
from pyinfra.api.state import StateStage

from pyinfra_wsl.core.acts import Fetch, Shell, write
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import Change, LinuxPlan
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.edge.linux import carry_out, converge
from pyinfra_wsl.report.journal import journal


@operation()
def carried_out(plan):
    yield from carry_out("noun", plan)


class Text(FactBase):
    """A file, as a look would have it; None where the look failed."""

    def command(self, path):
        return f"cat {shlex.quote(path)}"

    def process(self, output):
        return "\n".join(output)


@operation()
def text(path, wanted, act):
    def plan(seen):
        return LinuxPlan() if seen == wanted else LinuxPlan((Change(f"{seen} → {wanted}", (act,)),))

    yield from converge("noun", Text, {"path": path}, plan)


@pytest.fixture
def run(monkeypatch):
    """Run an operation on this machine as pyinfra runs it; return the host, its journal and what pyinfra made of it."""

    monkeypatch.setattr("pyinfra_wsl.edge.linux.report_at_end", lambda *_arguments: None)

    def on(op, *arguments, breaks=None):
        state = State(Inventory((["@local"], {})), Config())
        state.current_stage = StateStage.Prepare
        connect_all(state)
        (host,) = state.inventory
        fails = []
        state.fail_hosts = fails.extend
        add_op(state, op, *arguments)
        state.current_stage = StateStage.Execute
        if breaks:
            host.connector.run_shell_command = breaks
        run_ops(state)
        return journal(host), bool(fails)

    return on


def test_changes_are_made_in_order_and_noted(run, tmp_path):
    path = tmp_path / "x"
    first, second = Change("first", (Shell(f"echo 1 > {path}"),)), Change("second", (Shell(f"echo 2 >> {path}"),))
    found, failed = run(carried_out, LinuxPlan((first, second)))
    assert [change.sentence for change in found.changes] == ["first", "second"]
    assert (path.read_text(), failed, found.outcome) == ("1\n2\n", False, "converged")


def test_a_failing_command_ends_the_host_with_its_cause(run, tmp_path):
    path = tmp_path / "x"
    broken = Change("load kvm_amd", (Shell("echo 'modprobe: ERROR: strange' >&2; exit 1"),))
    found, failed = run(carried_out, LinuxPlan((broken, Change("next", (Shell(f"touch {path}"),)))))
    assert failed
    assert [failure.cause for _, failure in found.failures] == ["load kvm_amd: modprobe: ERROR: strange"]
    assert (found.changes, path.exists()) == ([], False)


def test_what_is_impossible_changes_nothing(run, tmp_path):
    path = tmp_path / "x"
    plan = LinuxPlan((Change("touch", (Shell(f"touch {path}"),)),), failures=(Failure("no such user", "create it"),))
    found, failed = run(carried_out, plan)
    assert (failed, found.outcome, path.exists()) == (True, "failed", False)


def test_every_cause_is_said_at_once(run):
    found, _ = run(carried_out, LinuxPlan(failures=(Failure("no such user", "create it"), Failure("no desktop", "install one"))))
    assert [failure.cause for _, failure in found.failures] == ["no such user", "no desktop"]


def test_what_waits_is_no_failure(run):
    found, failed = run(carried_out, LinuxPlan(deferred=(Deferred("nested", "guests stopped", "1 guest runs"),)))
    assert (failed, found.outcome) == (False, "deferred")


def test_a_connection_that_breaks_is_one_line_and_ends_only_its_host(run):
    def cut(*_arguments, **_options):
        raise ConnectionResetError(104, "Connection reset by peer")

    found, failed = run(carried_out, LinuxPlan((Change("load kvm_amd", (Shell("true"),)),)), breaks=cut)
    assert failed
    ((_, failure),) = found.failures
    assert failure.code == "connection"
    assert failure.cause == "load kvm_amd: the connection broke ([Errno 104] Connection reset by peer)"


def test_a_change_is_looked_at_afterwards(run, tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    found, failed = run(text, str(path), "new", write(str(path), "new"))
    assert (failed, [change.sentence for change in found.changes]) == (False, ["old → new"])


def test_a_change_without_effect_is_a_failure(run, tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    found, failed = run(text, str(path), "new", Shell("true"))
    assert failed
    assert found.failures[0][1].cause == "old → new: made, and not to be seen afterwards"


def test_a_second_run_changes_nothing(run, tmp_path):
    path = tmp_path / "x"
    path.write_text("new")
    found, failed = run(text, str(path), "new", Shell("false"))
    assert (failed, found.changes, found.outcome) == (False, [], "converged")


def test_a_host_that_cannot_be_looked_at_fails_with_its_cause(run, tmp_path):
    found, failed = run(text, str(tmp_path / "nowhere"), "new", Shell("true"))
    assert failed
    assert [failure.cause for _, failure in found.failures] == ["the host could not be looked at"]


class Rubbish(FactBase):
    """A host that says what nobody can read."""

    def command(self, path):
        return f"cat {shlex.quote(path)}"

    def process(self, output):
        return int("\n".join(output))


@operation()
def rubbish(path):
    yield from converge("noun", Rubbish, {"path": path}, lambda _seen: LinuxPlan())


def test_what_cannot_be_read_is_a_failure_of_its_host_and_no_exception(run, tmp_path):
    path = tmp_path / "x"
    path.write_text("rubbish")
    found, failed = run(rubbish, str(path))
    assert failed
    assert found.failures[0][1].cause.startswith("what the host says of itself cannot be read (ValueError: ")


def test_a_file_of_this_machine_is_uploaded_and_compared(run, tmp_path):
    source, place = tmp_path / "x.deb", tmp_path / "cache" / "x.deb"
    source.write_bytes(b"package")
    found, failed = run(carried_out, LinuxPlan((Change("install x", (Fetch(str(source), "0" * 64, str(place)),)),)))
    assert failed
    assert "does not have the SHA-256 0000" in found.failures[0][1].cause
    assert list(place.parent.iterdir()) == []


def test_a_file_that_cannot_be_uploaded_is_one_line(run, tmp_path):
    missing = Fetch(str(tmp_path / "missing"), "0" * 64, str(tmp_path / "y"))
    found, failed = run(carried_out, LinuxPlan((Change("install x", (missing,)),)))
    assert failed
    assert found.failures[0][1].cause.startswith("install x: the upload broke")
