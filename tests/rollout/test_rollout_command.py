"""``pyinfra-wsl rollout`` over an engine that does as it is told: its words, its exit codes, and a fleet file that changes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace

import click
import pytest
from click.testing import CliRunner
from support.rollouts import NOW, Engine, laptops, two_rings

from pyinfra_wsl.cli import main as face
from pyinfra_wsl.cli import rollout_run
from pyinfra_wsl.core.secret import Secret
from pyinfra_wsl.rollout import control, hold, told
from pyinfra_wsl.rollout.database import StoreError
from pyinfra_wsl.rollout.members import Loaded
from pyinfra_wsl.rollout.model import EngineError, Member, Ring, Rollout
from pyinfra_wsl.rollout.store import Store
from pyinfra_wsl.testing.inventory import InventoryError


class Desk:
    """A folder in which the commands are called, with an inventory and an engine of our own."""

    def __init__(self, folder, monkeypatch):
        self.script, self.declared, self.hosts, self.data = {}, two_rings(), laptops(4), {}
        self.engine, self.folder, self.error = None, folder, None
        monkeypatch.chdir(folder)
        monkeypatch.setenv("PYINFRA_WSL_RESULTS", str(folder / "results"))
        monkeypatch.setattr(rollout_run.members, "load", self._load)
        monkeypatch.setattr(rollout_run, "_engine", self._engine)
        monkeypatch.setattr(control, "_TICK", 0.01)

    def _load(self, _path, _meanwhile):
        if self.error:
            raise self.error
        members = [Member(one.name, {"memory": "8GB"} | self.data.get(one.name, {}), one.groups) for one in self.hosts]
        return Loaded(members, self.hosts, self.declared)

    def _engine(self, *_arguments):
        self.engine = self.engine or Engine(self.script)
        return self.engine

    def call(self, *words):
        return CliRunner().invoke(face.main, ["rollout", *words])

    def code(self, *words):
        done = self.call(*words)
        assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit), done.exception
        assert "Traceback" not in done.output
        return done.exit_code

    @property
    def state(self):
        return self.folder / "results" / "rollout.db"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    return Desk(tmp_path, monkeypatch)


def test_all_is_converged_and_its_results_are_those_of_one_run(desk):
    assert desk.code("lab.py") == 0
    (folder,) = (desk.folder / "results").glob("2*")
    assert {path.stem for path in folder.glob("LT-*.json")} == {f"LT-{n}" for n in range(4)}
    report = CliRunner().invoke(face.main, ["report"])
    assert "4 of 4 converged" in report.output


def test_something_failed_and_the_gate_can_never_open(desk):
    desk.script["LT-1"] = ["failed"]
    done = desk.call("lab.py")
    assert done.exit_code == 1
    assert "pilot cannot open" in done.output
    assert "rollout resume" in done.output


def test_what_failed_behind_the_last_gate_is_no_success(desk):
    desk.declared, desk.script["LT-3"] = Rollout(two_rings().rings[1:]), ["failed"]
    desk.declared = Rollout((replace(desk.declared.rings[0], gate=replace(desk.declared.rings[0].gate, share=0.5)),))
    assert desk.code("lab.py") == 1


def test_something_waits(desk):
    desk.declared = two_rings(approve=True)
    assert desk.code("lab.py", "--once") == 3
    assert desk.code("approve", "pilot") == 0
    assert desk.code("lab.py", "--once") == 0


def test_nobody_gives_their_word_for_what_has_not_begun(desk):
    first, second = two_rings(approve=True).rings
    desk.declared = Rollout((first, replace(second, name="early", gate=first.gate), Ring("rest")))
    desk.script["LT-0"] = ["failed"]
    desk.code("lab.py", "--once")
    done = desk.call("approve", "early")
    assert done.exit_code == 1
    assert "early has not begun" in done.output
    with Store(desk.state) as found:
        found.wish("approve", "eve", "early", NOW)
    desk.code("lab.py", "--once")
    with Store(desk.state) as found:
        assert [one.approved for one in found.snapshot().rings] == ["", "", ""]


def test_two_states_in_one_folder_have_nothing_in_common(desk):
    """Who takes over what workers have left forgets what is of no shard of theirs, and waits for those who are at work."""
    states = [desk.folder / name for name in ("a.db", "a.state", "a", "b.db")]
    assert len({*map(rollout_run._beside, states), *states}) == 2 * len(states)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (FileNotFoundError("lab.py: no such inventory"), 2, "no such inventory. Next: name an inventory"),
        (InventoryError("fleet.yml:3: wrong: unknown key"), 1, "fleet.yml:3: wrong"),
    ],
)
def test_an_inventory_that_cannot_be_used_is_told_and_nothing_begins(desk, error, code, said):
    desk.error = error
    done = desk.call("lab.py")
    assert done.exit_code == code
    assert said in done.output
    assert not desk.state.exists()


def test_nobody_is_meant_where_there_are_no_hosts(desk):
    desk.hosts = []
    assert desk.code("lab.py") == 2


def test_a_plan_contacts_nobody_and_begins_nothing(desk):
    done = desk.call("lab.py", "--plan")
    assert done.exit_code == 0
    assert "1. pilot" in done.output
    assert not desk.state.exists()


@pytest.mark.parametrize(
    "words", [("--until-ring", "nope"), ("--workers", "0"), ("--workers", "9999"), ("--workers", "2", "--scheduler", "tls://x:1")]
)
def test_wrong_words_are_usage_and_nothing_begins(desk, words):
    assert desk.code("lab.py", *words) == 2
    assert not desk.state.exists()


def test_only_the_rings_that_were_asked_for_begin(desk):
    assert desk.code("lab.py", "--until-ring", "pilot") == 0
    assert sorted(desk.engine.tries) == ["LT-0", "LT-1"]


# two at once


def test_the_second_is_told_who_is_first(desk):
    desk.state.parent.mkdir()
    with hold.held(desk.state, "anna@desk, process 7"):
        done = desk.call("lab.py")
    assert done.exit_code == 1
    assert "under way: anna@desk, process 7. Next: wait for its end" in done.output
    assert not desk.state.exists()


# a fleet file that changes


def change_one(desk):
    desk.data["LT-2"] = {"memory": "9GB"}


def change_rings(desk):
    desk.declared = replace(desk.declared, shard=7)


def add_one(desk):
    desk.hosts = laptops(5)


def take_one(desk):
    desk.hosts = laptops(3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_one, "LT-2 changed"), (change_rings, "the rings or other parts of the rollout"), (add_one, "LT-4 is new"),
        (take_one, "LT-3 is gone"),
    ],
)  # fmt: skip
def test_what_changes_in_the_middle_is_refused_with_both_ways_out(desk, change, words):
    desk.declared = two_rings(approve=True)
    assert desk.code("lab.py", "--once") == 3
    change(desk)
    done = desk.call("lab.py", "--once")
    assert done.exit_code == 1
    assert words in done.output
    assert "Next: undo that and call it again to go on, or begin anew with --anew" in done.output
    assert desk.engine.tries == {"LT-0": 1, "LT-1": 1}
    done = desk.call("lab.py", "--once", "--anew")
    assert done.exit_code == 3
    assert "begins anew; the rollout before is kept as" in done.output
    with Store(desk.state) as found:
        assert list(found.snapshot().laptops) == [one.name for one in desk.hosts]
    (old,) = desk.state.parent.glob("rollout-until-*.db")
    with Store(old) as found:
        assert len(found.snapshot().laptops) == 4


def test_undoing_the_change_goes_on(desk):
    desk.declared = two_rings(approve=True)
    desk.code("lab.py", "--once")
    change_one(desk)
    assert desk.code("lab.py", "--once") == 1
    desk.data.clear()
    desk.code("approve", "pilot")
    assert desk.code("lab.py") == 0
    assert set(desk.engine.tries.values()) == {1}


def test_after_the_end_another_fleet_file_begins_anew_by_itself(desk):
    assert desk.code("lab.py") == 0
    change_one(desk)
    done = desk.call("lab.py")
    assert done.exit_code == 0
    assert "the rollout before has ended" in done.output
    assert set(desk.engine.tries.values()) == {2}


def test_another_password_is_no_change_and_no_sum_holds_it():
    first = told.of_members([Member("LT-0", {"ssh_password": Secret("one"), "site": "Wien"})])
    assert first == told.of_members([Member("LT-0", {"ssh_password": Secret("two"), "site": "Wien"})])
    assert first != told.of_members([Member("LT-0", {"ssh_password": Secret("one"), "site": "Graz"})])
    plain = told.of_members([Member("LT-0", {"ssh_password": "one", "ssh_key_password": "1", "password_from": {"env": "A"}})])
    assert plain == told.of_members(
        [Member("LT-0", {"ssh_password": "2", "ssh_key_password": "2", "password_from": {"env": "A"}})]
    )
    assert plain != told.of_members(
        [Member("LT-0", {"ssh_password": "1", "ssh_key_password": "1", "password_from": {"env": "B"}})]
    )


def test_a_deploy_file_that_changes_is_a_change_too(desk):
    deploy = desk.folder / "deploy.py"
    deploy.write_text("one = 1\n")
    desk.declared = two_rings(approve=True)
    assert desk.code("lab.py", "--once", "--deploy", "deploy.py") == 3
    deploy.write_text("one = 2\n")
    assert desk.code("lab.py", "--once", "--deploy", "deploy.py") == 1
    assert desk.code("lab.py", "--once") == 1


def test_a_damaged_state_is_told_and_anew_keeps_it_aside(desk):
    assert desk.code("lab.py") == 0
    desk.state.write_bytes(b"x" * 5000)
    for words in (("lab.py",), ("status",), ("pause",)):
        done = desk.call(*words)
        assert done.exit_code == 1
        assert "rollout.db is no SQLite file. Next: " in done.output
    assert desk.code("lab.py", "--anew") == 0
    (old,) = desk.state.parent.glob("rollout-until-*.db")
    assert old.read_bytes() == b"x" * 5000


# from a second terminal


def test_who_asks_is_told_who_takes_it_up(desk):
    desk.declared = two_rings(approve=True)
    assert desk.code("status") == 1
    desk.code("lab.py", "--once")
    done = desk.call("pause", "--reason", "lunch")
    assert "pause: noted; nobody runs it now. Next: pyinfra-wsl rollout lab.py" in done.output
    with hold.held(desk.state, "anna@desk"):
        assert "takes it up" in desk.call("resume").output
    assert desk.code("status") == 0
    assert json.loads(desk.call("status", "--json").output)["laptops"]["converged"] == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("approve", "pilo"), 2, "no ring of this rollout is called pilo; did you mean pilot?"),
        (("approve", "rest"), 1, "the gate of rest asks for nobody's word"),
        (("retry", "LT-9"), 2, "no laptop of this rollout is called LT-9; did you mean LT-"),
        (("pause", "now"), 2, "unexpected extra argument"),
        (("statsu",), 2, "statsu"),
    ],
)
def test_what_cannot_be_asked_is_told(desk, words, code, said):
    desk.declared = two_rings(approve=True)
    desk.code("lab.py", "--once")
    if words == ("statsu",):
        desk.error = FileNotFoundError("statsu: no such inventory")
    done = desk.call(*words)
    assert done.exit_code == code
    assert said in done.output


def test_nobody_gives_their_word_before_there_is_anything_to_look_at(desk):
    desk.declared, desk.script["LT-1"] = two_rings(approve=True), ["offline", "converged"]
    desk.code("lab.py", "--once")
    done = desk.call("approve", "pilot")
    assert done.exit_code == 1
    assert "pilot is not ready for anybody's word yet" in done.output
    desk.code("retry", "LT-1")
    assert desk.code("lab.py", "--once") == 3
    assert desk.code("approve", "pilot") == 0


def test_a_word_for_what_is_not_there_is_usage(desk):
    assert (desk.code("lab.py"), desk.code("retry", "nobody")) == (0, 2)


def test_who_has_nothing_to_try_again_is_told_so(desk):
    desk.code("lab.py")
    for names, why in ((["LT-1"], "LT-1 is converged"), ([], "no laptop has failed or was given up")):
        done = desk.call("retry", *names)
        assert (done.exit_code, f"{why}: there is nothing to try again" in done.output) == (1, True)


def test_what_has_ended_is_not_paused_or_aborted(desk):
    desk.code("lab.py")
    for word in ("pause", "abort"):
        done = desk.call(word)
        assert (done.exit_code, "has ended" in done.output) == (1, True)


def interrupt_when_ready(state):
    """Send what Ctrl-C sends as soon as the first ring waits for a person's word."""
    while True:
        with suppress(StoreError), Store(state) as found:
            if found.snapshot().rings[0].ready:
                return os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.02)


def test_ctrl_c_ends_it_and_it_goes_on(desk):
    desk.declared = two_rings(approve=True)
    watcher = threading.Thread(target=interrupt_when_ready, args=(desk.state,), daemon=True)
    watcher.start()
    assert desk.code("lab.py") == 130
    watcher.join()
    assert desk.code("approve", "pilot") == 0
    assert desk.code("lab.py") == 0


def test_abort_ends_it(desk):
    desk.declared = two_rings(approve=True)
    desk.code("lab.py", "--once")
    assert desk.code("abort", "--reason", "it burns") == 0
    done = desk.call("lab.py")
    assert done.exit_code == 1
    assert "it burns" in done.output


def test_its_help_names_every_option_once(desk):
    done = desk.call("--help")
    assert done.exit_code == 0
    assert "INVENTORY [OPTIONS]" in done.output
    for option in ("--plan", "--workers", "--anew", "--until-ring", "--once", "--state"):
        assert done.output.count(f"\n  {option} ") == 1
    assert click.Context(face.main).command.get_command(click.Context(face.main), "rollout") is not None


def test_where_nobody_can_work_it_is_said_and_the_laptops_are_as_before(desk):
    class Broken(Engine):
        async def __aenter__(self):
            raise EngineError("the scheduler tls://x:1 does not answer. Next: look at it")

    desk.engine = Broken()
    done = desk.call("lab.py")
    assert done.exit_code == 1
    assert "the scheduler tls://x:1 does not answer. Next: look at it" in done.output
    desk.engine = None
    assert desk.code("lab.py") == 0


def test_on_windows_it_says_where_it_works(desk, monkeypatch):
    for name in [one for one in sys.modules if one.startswith(("pyinfra_wsl.rollout.hold", "pyinfra_wsl.cli.rollout"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("pyinfra_wsl.rollout.hold")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    done = desk.call("lab.py", "--plan")
    assert done.exit_code == 1
    assert "works on Linux and macOS" in done.output


def test_ctrl_c_while_an_inventory_is_read_shows_no_traceback(tmp_path):
    (tmp_path / "lab.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    words = [sys.executable, "-m", "pyinfra_wsl.rollout.runner.read", "lab.py", "1"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")
