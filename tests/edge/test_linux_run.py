"""What pyinfra does with the plans of Linux hosts, in real runs on this machine."""

import shlex
from dataclasses import dataclass

import pytest
from pyinfra.api import Config, Inventory, State
from pyinfra.api.connect import connect_all
from pyinfra.api.operation import add_op, operation
from pyinfra.api.operations import run_ops
from pyinfra.api.state import StateStage

from pyinfra_wsl import form, registry
from pyinfra_wsl.core.acts import Act, Fetch, Shell, refuse, write
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.plan import Deferred, Plan, Step
from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.edge import converge as edge
from pyinfra_wsl.edge.linux import UnreadableError
from pyinfra_wsl.report.journal import journal


@dataclass(frozen=True)
class Want:
    """A file and its text."""

    path: str
    text: str


@dataclass(frozen=True)
class Found:
    """What stands in the file."""

    text: str


def read(text):
    if text == "rubbish":
        raise ValueError("it is rubbish")
    return Found(text)


def check(values):
    if not values["file"]["text"]:
        yield Problem(("file", "text"), "is empty", "write something")


FILE = LinuxResource(
    name="file",
    words="files",
    system="linux",
    key="file",
    schema={
        "type": "object",
        "properties": {"path": {"type": "string", "pattern": "^/"}, "text": {"type": "string"}},
        "additionalProperties": False,
    },
    state=Found,
    want=lambda values: Want(**values["file"]),
    check=check,
    script=lambda path: f"cat {shlex.quote(path)}",
    read=read,
    asks=lambda want: {"path": want.path},
)
MACHINE = LinuxResource(
    name="machine", words="the machine", system="linux", state=Found, want=lambda values: values,
    script=lambda: "echo here", read=read, asks=lambda _want: {},
)  # fmt: skip
ABOVE = LinuxResource(
    name="above", words="what needs files", system="linux", state=Found, want=lambda values: values,
    script=lambda: "echo here", read=read, asks=lambda _want: {}, needs=frozenset({"file"}),
)  # fmt: skip


@operation()
def carried_out(plan):
    yield from edge.carry_out(FILE, plan)


@operation()
def file(path, text, act: Act):
    """Let a file have a text; `act` is what is done where it has another."""

    def plan(want, state):
        return Plan() if state.text == want.text else Plan((Step(f"{state.text} → {want.text}", (act,)),))

    yield from edge.converge(FILE, {"file": {"path": path, "text": text}}, plan)


@operation()
def planned(resource, plan):
    yield from edge.converge(resource, {}, lambda _want, _state: plan)


@operation()
def planned_by(plan):
    yield from edge.converge(MACHINE, {}, plan)


@operation()
def unplannable():
    def plan(_want, state):
        return state.colour

    yield from edge.converge(MACHINE, {}, plan)


@pytest.fixture(autouse=True)
def resources(monkeypatch):
    """Let the resources of these tests be known, and the form that they have."""
    known = {one.name: one for one in (FILE, MACHINE, ABOVE)}
    made = [one for one in (*vars(form).values(), registry.needs) if hasattr(one, "cache_clear")]
    monkeypatch.setattr(registry, "found", lambda: tuple(known.values()))
    monkeypatch.setattr(registry, "of", known.__getitem__)
    for one in made:
        one.cache_clear()
    yield
    for one in made:
        one.cache_clear()


@pytest.fixture
def run(monkeypatch):
    """Carry out operations on this machine as pyinfra does; return its journal and whether pyinfra counts it as failed."""
    monkeypatch.setattr(edge, "report_at_end", lambda _state: None)

    def on(op, *arguments, breaks=None, then=(), **options):
        state = State(Inventory((["@local"], {})), Config())
        state.current_stage = StateStage.Prepare
        connect_all(state)
        (host,) = state.inventory
        state.fail_hosts = state.failed_hosts.update  # pyinfra ends the run with its last host
        for one, *given in ((op, *arguments), *then):
            add_op(state, one, *given, **options)
        state.current_stage = StateStage.Execute
        if breaks:
            host.connector.run_shell_command = breaks
        run_ops(state)
        return journal(host), host in state.failed_hosts

    return on


def sentences(found):
    return [change.sentence for change in found.changes]


def causes(found):
    return [failure.cause for _, failure in found.failures]


def test_changes_are_made_in_order_and_noted(run, tmp_path):
    path = tmp_path / "x"
    first, second = Step("first", (Shell(f"echo 1 > {path}"),)), Step("second", (Shell(f"echo 2 >> {path}"),))
    found, failed = run(carried_out, Plan((first, second)))
    assert sentences(found) == ["first", "second"]
    assert (path.read_text(), failed, found.outcome) == ("1\n2\n", False, "unfinished")
    found.left = ()  # what the end of the run tells
    assert found.outcome == "converged"


def test_a_failing_command_ends_the_host_with_its_cause(run, tmp_path):
    path = tmp_path / "x"
    broken = Step("load kvm_amd", (Shell("echo 'modprobe: ERROR: strange' >&2; exit 1"),))
    found, failed = run(carried_out, Plan((broken, Step("next", (Shell(f"touch {path}"),)))))
    assert failed
    assert causes(found) == ["load kvm_amd: modprobe: ERROR: strange"]
    assert (found.changes, path.exists()) == ([], False)


def test_a_script_that_refuses_says_why_in_its_own_words(run):
    held = Failure("apt is held by {said}", "wait", "locked")
    found, failed = run(carried_out, Plan((Step("install x", (Shell(f"who=cron; {refuse('held', '$who')}", {"held": held}),)),)))
    assert failed
    assert [failure for _, failure in found.failures] == [Failure("apt is held by cron", "wait", "locked")]


def test_what_is_impossible_changes_nothing(run, tmp_path):
    path = tmp_path / "x"
    plan = Plan((Step("touch", (Shell(f"touch {path}"),)),), failures=(Failure("no such user", "create it"),))
    found, failed = run(carried_out, plan)
    assert (failed, found.outcome, path.exists()) == (True, "failed", False)


def test_every_cause_is_said_at_once(run):
    found, _ = run(carried_out, Plan(failures=(Failure("no such user", "create it"), Failure("no desktop", "install one"))))
    assert causes(found) == ["no such user", "no desktop"]


def test_what_waits_is_no_failure(run):
    found, failed = run(carried_out, Plan(deferred=(Deferred("nested", "guests stopped", "1 guest runs"),)))
    found.left = ()
    assert (failed, found.outcome) == (False, "deferred")


def cut(*_arguments, **_options):
    raise ConnectionResetError(104, "Connection reset by peer")


def test_a_connection_that_breaks_is_one_line_and_ends_only_its_host(run):
    found, failed = run(carried_out, Plan((Step("load kvm_amd", (Shell("true"),)),)), breaks=cut)
    assert failed
    ((_, failure),) = found.failures
    assert failure.code == "connection"
    assert failure.cause == "load kvm_amd: the connection broke ([Errno 104] Connection reset by peer)"


def test_a_host_whose_connection_broke_is_asked_nothing_more(run, tmp_path):
    (tmp_path / "x").write_text("old")
    plan, another = Plan((Step("load kvm_amd", (Shell("true"),)),)), (file, str(tmp_path / "x"), "new", Shell("true"))
    found, failed = run(carried_out, plan, breaks=cut, then=(another,), _ignore_errors=True)
    assert failed
    assert causes(found) == ["load kvm_amd: the connection broke ([Errno 104] Connection reset by peer)"]


def test_a_change_is_looked_at_afterwards(run, tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    found, failed = run(file, str(path), "new", write(str(path), "new"))
    assert (failed, sentences(found)) == (False, ["old → new"])


def test_a_change_without_effect_is_a_failure(run, tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    found, failed = run(file, str(path), "new", Shell("true"))
    assert failed
    assert causes(found) == ["old → new: made, and not to be seen afterwards"]


def test_a_host_that_cannot_be_looked_at_afterwards_is_a_failure(run, tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    found, failed = run(file, str(path), "new", Shell(f"rm {path}"))
    assert failed
    assert causes(found) == ["the host could not be looked at"]


def test_a_second_run_changes_nothing(run, tmp_path):
    path = tmp_path / "x"
    path.write_text("new")
    found, failed = run(file, str(path), "new", Shell("false"))
    found.left = ()
    assert (failed, found.changes, found.outcome) == (False, [], "converged")


def test_a_host_that_cannot_be_looked_at_fails_with_its_cause(run, tmp_path):
    found, failed = run(file, str(tmp_path / "nowhere"), "new", Shell("true"))
    assert failed
    assert causes(found) == ["the host could not be looked at"]


def test_a_look_that_failed_before_the_run_is_made_anew_in_it(run, tmp_path):
    path = tmp_path / "x"
    made = Plan((Step("make", (write(str(path), "new"),)),))
    found, failed = run(carried_out, made, then=((file, str(path), "new", Shell("false")),), _ignore_errors=True)
    assert (failed, causes(found), sentences(found)) == (False, [], ["make"])


def test_a_plan_that_looks_at_more_and_cannot_read_it_says_so(run):
    def plan(_want, _state):
        raise UnreadableError("it cannot be read", "look at it", "unreadable")

    found, failed = run(planned_by, plan)
    assert failed
    assert [failure for _, failure in found.failures] == [Failure("it cannot be read", "look at it", "unreadable")]


def test_what_cannot_be_read_is_a_failure_of_its_host_and_no_exception(run, tmp_path):
    path = tmp_path / "x"
    path.write_text("rubbish")
    found, failed = run(file, str(path), "new", Shell("true"))
    assert failed
    assert causes(found) == ["files: what the host says of it cannot be read"]


def test_a_plan_that_cannot_be_made_is_a_failure_of_its_host_and_no_exception(run):
    found, failed = run(unplannable)
    assert failed
    (cause,) = causes(found)
    assert cause == "the machine: no plan can be made of what this host says"


@pytest.mark.parametrize(
    ("path", "text", "cause"),
    [("nowhere", "new", "file.path: 'nowhere' does not have the form ^/"), ("/nowhere", "", "file.text: is empty")],
)
def test_what_is_declared_is_checked_before_the_host_is_looked_at(run, path, text, cause):
    found, failed = run(file, path, text, Shell("true"))
    assert failed
    assert [failure.code for _, failure in found.failures] == ["declaration"]
    assert causes(found) == [cause]


IMPOSSIBLE = Plan(failures=(Failure("no such user", "create it"),))


def test_what_needs_something_that_failed_is_not_tried_and_all_else_goes_on(run, tmp_path):
    path = tmp_path / "x"
    touch = Plan((Step("touch", (Shell(f"touch {path}"),)),))
    found, failed = run(carried_out, IMPOSSIBLE, then=((planned, ABOVE, touch), (planned, MACHINE, Plan())), _ignore_errors=True)
    assert (failed, found.outcome, path.exists()) == (True, "failed", False)
    assert causes(found) == ["no such user"]
    ((resource, deferred),) = found.waiting
    assert (resource, deferred.reason) == ("above", "not tried: it needs files, which could not be brought about")
    assert deferred.waits_for == "what failed"


def test_a_file_of_this_machine_is_uploaded_and_compared(run, tmp_path):
    source, place = tmp_path / "x.deb", tmp_path / "cache" / "x.deb"
    source.write_bytes(b"package")
    found, failed = run(carried_out, Plan((Step("install x", (Fetch(str(source), "0" * 64, str(place)),)),)))
    assert failed
    assert "does not have the SHA-256 0000" in found.failures[0][1].cause
    assert list(place.parent.iterdir()) == []


def test_a_file_that_cannot_be_uploaded_is_one_line(run, tmp_path):
    missing = Fetch(str(tmp_path / "missing"), "0" * 64, str(tmp_path / "y"))
    found, failed = run(carried_out, Plan((Step("install x", (missing,)),)))
    assert failed
    assert found.failures[0][1].cause.startswith("install x: the upload broke")
