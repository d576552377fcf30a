"""The state file of a rollout: nothing is lost or half done, however its writer ends; what is wrong with it is one sentence."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from pyinfra_wsl.rollout import hold, kept, store
from pyinfra_wsl.rollout.database import FORMAT, DamagedError, Database, NoRolloutError, StoreError
from pyinfra_wsl.rollout.model import Gate, Laptop, Retry, Ring, Rollout, Window

NOW = datetime(2026, 11, 27, 16, tzinfo=UTC)
DECLARED = Rollout(
    rings=(
        Ring("pilot", groups=("it",), gate=Gate(share=1.0, approve=True, wait=timedelta(hours=2))),
        Ring("ten", percent=10.0),
        Ring("rest"),
    ),
    windows=(Window(frozenset({0, 4}), time(18, 30), time(22)),),
    retry=Retry(first=timedelta(minutes=1)),
    per_site=20,
    notify=("/usr/bin/tell", "--now"),
    seed="x",
)


def beginning(count=4, name="c0ffee01"):
    laptops = [(Laptop(f"@winssh/LT-{n}", ("it",), "Wien" if n else None, "Europe/Vienna"), f"sum{n}") for n in range(count)]
    return store.Beginning(
        name, "inventory/lab.py", "anna@here", DECLARED, laptops, {one.name: n % 3 for n, (one, _) in enumerate(laptops)}, "sum"
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rollout.db"


@pytest.fixture
def begun(path):
    with store.Store.begin(path, beginning(), NOW) as made:
        yield made


def test_what_is_declared_comes_back_as_it_was():
    assert kept.rollout(kept.text(DECLARED)) == DECLARED
    assert kept.rollout(kept.text(Rollout((Ring("rest"),)))) == Rollout((Ring("rest"),))


@pytest.mark.parametrize(("many", "words"), [(1, "1 laptop"), (2, "2 laptops")])
def test_the_first_row_says_over_how_many_it_begins(path, many, words):
    with store.Store.begin(path, beginning(many), NOW) as made:
        assert [one.text for one in made.events()] == [f'begun over {words} of "inventory/lab.py" by anna@here']


def test_a_rollout_is_read_as_it_was_written(begun, path):
    one = begun.snapshot().laptops["@winssh/LT-1"]
    later = NOW + timedelta(minutes=5)
    changed = replace(
        one, state="offline", again=later, outcome="offline", verified=False, kinds=("a", "b"), why="x", changed=NOW, losses=2
    )
    begun.stands(changed)
    begun.ring(0, replace(begun.snapshot().rings[0], opened=NOW, passed=later, ready=NOW, approved="anna"))
    begun.stage("stuck", "it is")
    begun.event("opened", "pilot opens", later, 0)
    with store.Store(path) as other:
        found = other.snapshot()
        assert found == replace(begun.snapshot(mine=True), held=False)
        assert found.laptops["@winssh/LT-1"] == changed
        assert (found.stage, found.why, found.declared, found.rings[0].approved) == ("stuck", "it is", DECLARED, "anna")
        assert list(found.laptops) == [f"@winssh/LT-{n}" for n in range(4)]
        assert [(kind, ring) for _, kind, ring, _ in other.events()] == [("begun", None), ("opened", 0)]
        assert [one.text for one in other.events(1)] == ["pilot opens"]
        assert other.digests()["@winssh/LT-2"] == "sum2"


def test_laptops_that_are_given_away_are_so_together_under_a_name_that_none_had(begun, path):
    first = begun.dealt(["@winssh/LT-0", "@winssh/LT-1"], NOW)
    second = begun.dealt(["@winssh/LT-2"], NOW)
    with store.Store(path) as other:
        assert other.dealt([], NOW) not in {first, second}
        found = other.snapshot().laptops
    assert first != second
    assert [one.shard for one in found.values()] == [first, first, second, ""]
    assert [one.state for one in found.values()] == ["at work", "at work", "at work", "waiting"]
    assert [one.tries for one in found.values()] == [1, 1, 1, 0]


def test_a_change_that_does_not_come_to_its_end_has_not_happened_and_is_not_believed(begun):
    one = begun.snapshot().laptops["@winssh/LT-1"]

    def cut():
        with begun.change():
            begun.stands(replace(one, state="failed"))
            begun.event("note", "x", NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cut()
    assert begun.snapshot(mine=True).laptops["@winssh/LT-1"] == one
    assert len(begun.events()) == 1


def test_wishes_are_seen_by_whoever_runs_it_and_taken_once(begun, path):
    with store.Store(path) as other:
        other.wish("approve", "bert@there", "pilot", NOW)
        other.wish("pause", "bert@there", "lunch", NOW)
    first, second = begun.wishes()
    assert (first.kind, first.who, first.value, second.kind) == ("approve", "bert@there", "pilot", "pause")
    begun.taken(first, NOW)
    assert begun.wishes() == [second]


def test_where_the_clock_was_set_what_is_waited_for_stays_as_far_away(begun):
    one = begun.snapshot().laptops["@winssh/LT-1"]
    begun.stands(replace(one, again=NOW + timedelta(minutes=5), changed=NOW))
    begun.ring(0, replace(begun.snapshot().rings[0], opened=NOW, ready=NOW))
    begun.shifted(timedelta(hours=-3))
    found = begun.snapshot()
    assert found.laptops["@winssh/LT-1"].again == NOW + timedelta(minutes=5, hours=-3)
    assert (found.rings[0].opened, found.rings[0].ready, found.rings[0].passed) == (NOW - timedelta(hours=3),) * 2 + (None,)


# two at once


def test_the_second_is_told_who_holds_it_and_a_killed_one_frees_it(begun, path):
    program = (
        "import sys, time; from pathlib import Path; from pyinfra_wsl.rollout import hold\n"
        "with hold.held(Path(sys.argv[1]), 'anna@here, \\x1b[31mpid 1'): print('held', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE)
    try:
        assert other.stdout.readline() == b"held\n"
        with store.Store(path) as reader:
            assert reader.snapshot().held
        with pytest.raises(hold.HeldError, match=r"under way: anna@here, \\x1b\[31mpid 1\. Next: wait"), begun.hold("bert"):
            pass
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    with begun.hold("bert@there"):
        assert hold.is_held(path)
    assert not hold.is_held(path)


# what is wrong with the file


def test_where_nothing_has_begun_that_is_said_and_nothing_is_made(path):
    with pytest.raises(NoRolloutError, match=r"no rollout has begun\. Next: begin one"):
        store.Store(path)
    assert not path.exists()


def noise(path):
    path.write_bytes(os.urandom(8192))


def empty(path):
    path.write_bytes(b"")


def anothers(path):
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE about (x)")
    connection.close()


def cut(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def overwritten(path):
    whole = bytearray(path.read_bytes())
    whole[4096:] = b"\xff" * (len(whole) - 4096)
    path.write_bytes(whole)


def without(sql):
    def act(path):
        connection = sqlite3.connect(path)
        connection.execute(sql)
        connection.commit()
        connection.close()

    return act


@pytest.mark.parametrize(
    "act",
    [
        noise,
        empty,
        anothers,
        cut,
        overwritten,
        without("DELETE FROM about WHERE name = 'begun'"),
        without("UPDATE about SET value = '{' WHERE name = 'declared'"),
        without("UPDATE laptop SET changed = 'yesterday'"),
        without("UPDATE about SET value = 'soon' WHERE name = 'begun'"),
        without("INSERT INTO ring (number, name) VALUES (17, 'x')"),
        without("DROP TABLE laptop"),
        without("UPDATE laptop SET state = 'gone'"),
        without("UPDATE laptop SET ring = 9"),
        without("UPDATE about SET value = 'gone' WHERE name = 'stage'"),
        without("UPDATE laptop SET groups = '{}x'"),
        without("UPDATE laptop SET tries = 'many'"),
    ],
)
def test_a_damaged_file_is_one_sentence_and_stays_as_it_is(path, act):
    store.Store.begin(path, beginning(400), NOW).close()
    act(path)
    before = path.read_bytes()
    with pytest.raises(DamagedError, match=r"rollout\.db .*Next: "), store.Store(path) as opened:
        opened.snapshot()
    assert path.read_bytes() == before


def test_a_newer_releases_file_is_left_alone(begun, path):
    begun.close()
    without(f"PRAGMA user_version = {FORMAT + 1}")(path)
    with pytest.raises(StoreError, match=r"written by a newer release .*Next: install that release"):
        store.Store(path)


def test_a_locked_file_is_waited_for_and_then_told(begun, path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun._file._connection.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(StoreError, match=r"is locked by another program\. Next: look who has it open"):
        begun.wish("pause", "me", "", NOW)
    assert begun.snapshot().stage == "running"  # to read needs nobody's leave
    other.close()
    begun.wish("pause", "me", "", NOW)
    assert len(begun.wishes()) == 1


def test_a_full_disk_loses_nothing_that_was_written_and_is_told(path):
    """The limit of a file's size is what a full disk is: a write that fails in the middle."""
    made = store.Store.begin(path, beginning(200), NOW)
    made.event("note", "before", NOW)
    before = made.snapshot()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name("rollout.db-wal").stat().st_size, hard))
    try:
        with pytest.raises(StoreError, match=r"rollout\.db .*disk.* Next: free space"), made.change():
            made.stands(*(replace(one, why="x" * 1000) for one in before.laptops.values()))
        assert made.snapshot(mine=True).laptops == before.laptops
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    made.stands(replace(before.laptops["@winssh/LT-0"], why="after"))
    made.close()
    with store.Store(path) as again:
        assert again.snapshot().laptops["@winssh/LT-0"].why == "after"
        assert [one.text for one in again.events()][-1] == "before"


def test_where_there_is_no_room_to_begin_nothing_has_begun(path):
    _soft, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    tried = {}
    try:
        for kibibytes in range(0, 200, 4):
            resource.setrlimit(resource.RLIMIT_FSIZE, (kibibytes << 10, hard))
            with suppress(StoreError):
                store.Store.begin(path, beginning(200), NOW).close()
            tried[kibibytes] = path.exists()
            if path.exists():
                break
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert len(tried) > 3
    with store.Store(path) as found:
        assert len(found.snapshot().laptops) == 200


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises((StoreError, OSError)) as told:
        store.Store.begin(tmp_path / "none" / "rollout.db", beginning(), NOW)
    assert "cannot be opened" in str(told.value)


# anew


def test_the_old_state_is_put_aside_whole_and_the_new_one_has_nothing_of_it(path):
    old = store.Store.begin(path, beginning(), NOW)
    old.event("note", "of the old one", NOW)  # only beside the file as yet
    places = {store.aside(path, NOW)}
    old.close()
    for name in ("c0ffee02", "c0ffee03"):
        with store.Store.begin(path, beginning(2, name), NOW) as new:
            assert (new.snapshot().name, len(new.snapshot().laptops), len(new.events())) == (name, 2, 1)
        places.add(store.aside(path, NOW))
    assert len(places) == 3
    found = sorted(store.Store(one).snapshot().name for one in places)
    assert found == ["c0ffee01", "c0ffee02", "c0ffee03"]
    assert "of the old one" in [one.text for place in places for one in store.Store(place).events()]


def test_who_is_killed_while_it_begins_has_begun_nothing(path):
    """At every statement of it, as the operating system does it."""

    def begin_until(step):
        if (child := os.fork()) == 0:
            left = step

            def run(file, sql, *values, original=Database.run):
                nonlocal left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return original(file, sql, *values)

            Database.run = run
            store.Store.begin(path, beginning(), NOW)
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    steps = 0
    while begin_until(steps) == -signal.SIGKILL:
        assert not path.exists()
        steps += 1
    assert steps == 17
    with store.Store(path) as begun:
        assert len(begun.snapshot().laptops) == 4


def as_another(path, act):
    """Do something as somebody who may only read the state and its folder; return what they were told."""
    theirs, ours = os.pipe()
    path.parent.chmod(0o555)
    if (child := os.fork()) == 0:
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        try:
            os.write(ours, act().encode())
        except BaseException as error:  # noqa: BLE001 - it is told
            os.write(ours, repr(error).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(ours)
    path.parent.chmod(0o755)
    with open(theirs, "rb") as told:  # noqa: PTH123 - it has no path
        return told.read().decode()


@pytest.fixture
def public():
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder / "rollout.db"
    shutil.rmtree(folder)


@pytest.mark.parametrize("killed", [False, True])
def test_anybody_who_may_read_the_state_sees_it_also_where_nobody_runs_it(public, killed):
    """SQLite would put a file beside it to read it, in a folder of somebody else."""
    if killed and os.fork() == 0:
        store.Store.begin(public, beginning(), NOW).event("note", "before the end", NOW)
        os.kill(os.getpid(), signal.SIGKILL)
    if killed:
        os.wait()
    else:
        store.Store.begin(public, beginning(), NOW).close()

    def look():
        with store.Store(public) as found:
            assert found.events()[-1].text == ("before the end" if killed else found.events()[0].text)
            return found.snapshot().stage

    def ask():
        with store.Store(public) as found:
            found.wish("pause", "eve", "", NOW)
        return "written"

    assert as_another(public, look) == "running"
    assert "may not be written" in as_another(public, ask)
