"""What a person sees of a rollout: bars and what waits for what on a terminal, a line for each event in a pipe."""

import io
import re
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len
from rich.console import Console
from support.rollout_standings import DECLARED, EVENING, HERE, NOW, events, laptop, many, rings, snapshot, usual

from pyinfra_wsl.rollout.gate import Verdict
from pyinfra_wsl.rollout.model import Ring
from pyinfra_wsl.rollout.watch import bar, screen, waits
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.watch.lines import Lines
from pyinfra_wsl.rollout.watch.sums import SHOWN, summed

HOSTILE = "\x1b[2J\u202eLT\n[red]"


class Terminal(io.StringIO):
    """Where somebody looks on."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    """Let gates say what is known here, whatever their words are."""
    monkeypatch.setattr(waits.gate, "judge", lambda *_: Verdict(False, False, ("6 of 11 are not converged",), ""))


def seen(one, width=80, happened=(), encoding="utf-8"):
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")  # as `summary.console`
    console = Console(file=file, width=width, color_system=None, highlight=False, markup=False, emoji=False)
    console.print(screen.View(one, happened, NOW, HERE))
    file.flush()
    return file.buffer.getvalue().decode(encoding)


def test_all_that_a_person_asks_is_on_the_screen():
    assert seen(usual(), 120, events()).splitlines() == [
        "inventory/laptops.py: 9 of 35 converged, running, begun 13:30, run by ada@desk, run 7f3a",
        "pilot  ███████████████████████████████████   4  4 converged",
        "early  ████████████████▓▓▓▓▒▒▒▒▒▒▒▒▒××××××  11  5 converged, 1 at work, 1 due, 1 deferred, 1 offline, 1 failed,",
        "                                                1 given up",
        "rest   ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  20  20 not begun",
        "early",
        "  its gate: 6 of 11 are not converged",
        "  1 laptop is offline: next try 18:15, given up 2026-12-04 15:30",
        "  1 laptop waits (1 × user logon: nobody is at the screen): next try 17:45, given up 2026-12-04 15:30",
        "  2 laptops failed or given up: 1 × drive C: is full; 1 × it never answered",
        "15:30:00 pilot is approved by bo@desk",
        "15:30:00 pilot: passed",
        "15:30:00 early begins: 11 laptops",
    ]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("one", [usual(), many(3000), snapshot(), snapshot(of=())], ids=["usual", "many", "none", "no rings"])
def test_no_line_is_wider_than_the_terminal(one, width):
    assert max(map(cell_len, seen(one, width, events() if one.rings else ()).splitlines())) <= width


def test_numbers_that_do_not_fit_go_on_below_in_their_column():
    lines = seen(usual(), 80).splitlines()
    first = next(line for line in lines if line.startswith("early"))
    after = lines[lines.index(first) + 1]
    assert first.index("5 converged") == len(after) - len(after.lstrip())
    assert not after.endswith(" ")


def test_a_long_or_wide_name_moves_no_bar():
    of = rings((1, None), of=(Ring("a" * 60), Ring("東京のノートパソコン全部です"), Ring("b")))
    lines = seen(snapshot(laptop("1", 0, "due"), laptop("2", 1), laptop("3", 2), of=of), 80).splitlines()
    assert len({cell_len(line[: found.start()]) for line in lines if (found := re.search("[█▓▒░]", line))}) == 1
    assert all(cell_len(line) <= 80 for line in lines)


def test_states_are_told_apart_without_a_colour_and_without_unicode():
    assert re.search(r"early +#+=+-+x+ ", seen(usual(), 80, encoding="ascii"))


def test_with_no_color_nothing_is_coloured(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    file = Terminal()
    Console(file=file, width=80, force_terminal=True, highlight=False).print(screen.View(usual(), events(), NOW, HERE))
    assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|4[0-7]|9[0-7])[;m]", file.getvalue())
    monkeypatch.delenv("NO_COLOR")
    file = Terminal()
    Console(file=file, width=80, force_terminal=True, highlight=False).print(screen.View(usual(), events(), NOW, HERE))
    assert re.search(r"\x1b\[[0-9;]*3[0-7]m", file.getvalue())


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (
            {"stage": "paused", "why": "paused by bo@desk: a customer's day"},
            "paused by bo@desk: a customer's day. Next: pyinfra-wsl rollout resume",
        ),
        (
            {"stage": "paused", "why": "bo@desk", "held": False},
            "paused: bo@desk. Next: pyinfra-wsl rollout resume, then pyinfra-wsl rollout inventory/laptops.py",
        ),
        (
            {"held": False},
            "nobody runs it; ada@desk, run 7f3a did last. Next: pyinfra-wsl rollout inventory/laptops.py",
        ),
        ({"stage": "stuck", "why": "6 of 11 failed"}, "stuck: 6 of 11 failed"),
        (
            {"stage": "aborted", "why": "aborted by bo@desk: wrong version"},
            "aborted by bo@desk: wrong version. Next: pyinfra-wsl rollout resume takes it up again, pyinfra-wsl rollout "
            "inventory/laptops.py --anew begins a new one",
        ),
    ],
)  # fmt: skip
def test_who_stopped_it_and_why_is_said(told, says):
    assert says in seen(replace(usual(), **told), 200).splitlines()


def test_laptops_wait_for_their_window_by_their_own_clock(monkeypatch):
    monkeypatch.setattr(waits.windows, "open_at", lambda _, one, *__: one.zone == "Asia/Tokyo")
    opens = {"Europe/Berlin": NOW + timedelta(minutes=90), None: NOW + timedelta(hours=20), "Mars": None}
    monkeypatch.setattr(waits.windows, "next_open", lambda _, one, *__: opens[one.zone])
    zones = ("Europe/Berlin", "Europe/Berlin", "Asia/Tokyo", None, "Mars")
    text = seen(snapshot(*(laptop(str(n), 1, "due", zone=zone) for n, zone in enumerate(zones))))
    assert "  2 laptops wait for their window, which opens 18:00\n" in text
    assert "  1 laptop waits for their window, which opens Sat 12:30\n" in text
    assert "  1 laptop waits for a window that never opens\n" in text


def test_who_is_tried_again_waits_for_its_window_too():
    declared = replace(DECLARED, windows=(EVENING,))
    again = NOW - timedelta(minutes=1)
    text = seen(snapshot(laptop("1", 1, "offline", again=again), laptop("2", 1, "due"), declared=declared))
    assert "  1 laptop is offline: next try 18:00, given up 2026-12-04 15:30\n" in text
    tokyo = snapshot(laptop("1", 1, "deferred", again=again, zone="Asia/Tokyo"), declared=declared)
    assert "  1 laptop waits: next try Mon 10:00," in seen(tokyo), "18:00 of Monday in Tokyo"


def test_laptops_wait_for_their_turn_at_their_site():
    due = [laptop(f"D-{n}", 1, "due", site="Bonn") for n in range(7)]
    busy = [laptop(f"B-{n}", 1, "at work", site="Bonn") for n in range(2)]
    declared = replace(DECLARED, per_site=2)
    assert "  7 laptops wait for their turn at Bonn, 2 at once\n" in seen(snapshot(*due, *busy, declared=declared))
    assert "their turn" not in seen(snapshot(*due, *busy[1:], declared=declared))
    others = [laptop(f"O-{n}", 1, state, site="Ulm") for n, state in enumerate(("at work", "at work", "due"))]
    text = seen(snapshot(*due, *busy, *others, declared=declared))
    assert "  8 laptops wait for their turn at 2 sites, 2 at once at each\n" in text


def test_a_reason_is_told_where_it_is_that_of_many():
    some = [laptop(f"A-{n}", 1, "failed", why="drive C: is full") for n in range(9)]
    others = [laptop(f"B-{n}", 1, "failed", why=f"{n} is its own") for n in range(30)]
    assert "  39 laptops failed: 9 × drive C: is full\n" in seen(snapshot(*others, *some))
    assert "  30 laptops failed\n" in seen(snapshot(*others))


def test_what_a_laptop_says_gives_no_orders():
    of = rings((1, None), of=(Ring(HOSTILE), Ring("rest")))
    failed = laptop(HOSTILE, 0, "failed", why=HOSTILE, changed=NOW)
    one = snapshot(failed, laptop("2", 0, "deferred", why=HOSTILE), of=of, why=HOSTILE, stage="paused", holder=HOSTILE)
    happened = [Happened(NOW, "paused", 0, HOSTILE)]
    lines = Lines(HERE)
    lines.new(snapshot(laptop(HOSTILE, 0, "at work"), of=of), [], NOW)
    for text in (seen(one, 80, happened), *lines.new(one, happened, NOW), *lines.end(one, NOW)):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "\\x1b[2J\\u202eLT\\n[red]" in seen(one, 200)


def test_a_hundred_thousand_laptops_are_summed_up_quickly():
    one = many(100_000)
    begun = time.process_time()
    sums = summed(one)
    took = time.process_time() - begun
    assert took < 0.3, "seconds; on a machine at rest it takes 0.04"
    assert sums.counts.total() == 100_000
    begun = time.process_time()
    text = seen(one)
    assert time.process_time() - begun < 0.3, "seconds; on a machine at rest it takes 0.05"
    assert len(text.splitlines()) < 30


def test_each_state_has_its_place_and_all_have_the_width():
    for counts in ({"converged": 1}, {"converged": 999, "failed": 1}, dict.fromkeys(SHOWN, 3), {"due": 7, "waiting": 10**6}):
        for width in (1, 3, 8, 10, 40):
            found = dict(bar.parts({state: counts.get(state, 0) for state in SHOWN}, width))
            assert sum(found.values()) == width
            assert all(found.values())
            if width >= len(counts):
                assert set(found) == set(counts)


# line by line


def piped(*steps):
    """Return what is printed in a pipe while a rollout goes on, by each step a rollout and what has happened."""
    lines = Lines(HERE)
    return [lines.new(one, happened, NOW) for one, happened in steps]


def test_piped_there_is_a_line_for_each_event_and_none_twice():
    first, second, third = piped((snapshot(), events()[:2]), (usual(), events()), (replace(usual()), events()))
    assert first == ["13:30:00 inventory/laptops.py: 0 of 0 converged, running", "13:30:00 begun by ada@desk",
                     "13:30:00 pilot begins: 4 laptops", "16:30:00 early: its gate: 6 of 11 are not converged"]  # fmt: skip
    assert [line for line in second if "pilot: passed" in line] == ["15:30:00 pilot: passed"]
    assert third == []


def test_piped_a_laptop_has_one_line_however_often_it_is_tried():
    states = [
        "at work",
        "offline",
        "at work",
        "deferred",
        "at work",
        "failed",
        "due",
        "at work",
        "failed",
        "at work",
        "converged",
    ]
    steps = [(snapshot(laptop("LT-1", 1, one, tries=n, why="drive C: is full", changed=NOW)), []) for n, one in enumerate(states)]
    told = [line for some in piped(*steps) for line in some]
    assert [line for line in told if "LT-1" in line] == ["16:30:00 early: LT-1 failed at try 5: drive C: is full"]


def test_piped_a_rollout_that_is_taken_up_again_tells_nothing_of_what_was_done():
    (first,) = piped(
        (usual(), [*events(), Happened(NOW, "holder", None, "goes on by bo@desk"), Happened(NOW, "retry", 1, "again")])
    )
    assert first == ["16:30:00 inventory/laptops.py: 9 of 35 converged, running", "16:30:00 goes on by bo@desk", "16:30:00 again"]


def test_piped_what_an_event_has_told_is_not_told_again():
    (first, *others) = rings((1, None))
    ready = (replace(first, ready=NOW), *others)
    (told,) = piped((snapshot(laptop("LT-1", 0, "converged"), of=ready), [Happened(NOW, "ready", 0, "pilot is ready")]))
    assert [line for line in told if "gate" in line] == []
    stuck = replace(usual(), stage="stuck", why="the gate of early cannot open")
    (told,) = piped((stuck, [Happened(NOW, "stuck", 1, "the gate of early cannot open")]))
    told += Lines(HERE).end(stuck, NOW)
    assert len([line for line in told if "gate" in line]) == 1
    text = seen(stuck, 80, [Happened(NOW, "stuck", 1, "the gate of early cannot open")])
    assert len([line for line in text.splitlines() if "gate" in line]) == 1


def test_piped_what_is_waited_for_is_told_once_nobody_is_at_work():
    waiting = snapshot(laptop("LT-1", 1, "offline", again=NOW + timedelta(minutes=10)))
    busy, rest, same, later = piped(
        (snapshot(laptop("LT-1", 1, "at work")), []),
        (waiting, []),
        (replace(waiting), []),
        (snapshot(laptop("LT-1", 1, "offline", again=NOW + timedelta(minutes=20))), []),
    )
    assert [line for line in busy if "offline" in line] == []
    assert [line for line in rest if "offline" in line] == [
        "16:30:00 early: 1 laptop is offline: next try 16:40, given up 2026-12-04 15:30"
    ]
    assert same == []
    assert len(later) == 1


def test_piped_what_happens_on_another_day_has_its_date():
    lines, later = Lines(HERE), NOW + timedelta(days=1)
    lines.new(snapshot(), [], NOW)
    one = snapshot(laptop("LT-1", 1, "failed", why="disk", changed=later))
    told = lines.new(one, [Happened(later, "note", None, "a note")], later) + lines.end(one, later)
    assert [line[:19] for line in told] == ["2026-11-28 16:30:00"] * len(told)
    assert len(told) == 3


def test_piped_the_end_says_how_it_stands():
    assert Lines(HERE).end(replace(usual(), stage="paused", why="bo@desk"), NOW) == [
        "16:30:00 inventory/laptops.py: 9 of 35 converged, 1 at work, 1 due, 1 deferred, 1 offline, 1 failed, 1 given up, "
        "20 not begun; paused. Next: pyinfra-wsl rollout resume, then pyinfra-wsl rollout inventory/laptops.py",
    ]


# the screen itself


def shown_by(console, one=None):
    one = one or usual()
    with screen.Screen(HERE, console) as found:
        found.look(one, events(), NOW)
        found._rests = 0
        found.look(one, events(), NOW)


@pytest.mark.parametrize("terminal", [False, True], ids=["a pipe", "colours forced into a pipe"])
def test_in_a_pipe_nothing_moves(terminal):
    file = io.StringIO()
    shown_by(Console(file=file, force_terminal=terminal, width=80, highlight=False, markup=False))
    assert not re.search(r"\x1b\[[0-9]*[A-HJK]|\x1b\[\?25|\r", file.getvalue())
    assert file.getvalue().count("pilot: passed") == 1


def test_a_terminal_that_cannot_be_written_over_gets_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    file = Terminal()
    shown_by(Console(file=file, width=80, highlight=False, markup=False))
    assert "\x1b" not in file.getvalue()
    assert file.getvalue().count("pilot: passed") == 1


def test_at_a_terminal_it_is_written_over_and_stays_at_the_end(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    file = Terminal()
    shown_by(Console(file=file, force_terminal=True, width=120, height=40, highlight=False, markup=False))
    text = file.getvalue()
    assert "\x1b[1A" in text
    assert text.index("\x1b[?25l") < text.rindex("\x1b[?25h")
    first, last = text[: text.index("\x1b[1A")], text[text.rindex("\x1b[1A") :]
    assert ("run by ada@desk" in first, "nobody runs it" in first) == (True, False)
    assert ("run by ada@desk" in last, "nobody runs it" in last) == (False, True)


def test_looking_takes_a_tenth_of_the_time_at_most(monkeypatch):
    clock, shown = iter(range(0, 10_000, 2)), []
    monkeypatch.setattr(screen.time, "monotonic", lambda: next(clock))
    with screen.Screen(HERE, Console(file=io.StringIO())) as found:
        monkeypatch.setattr(found, "_show", lambda *_: shown.append(1))
        for _ in range(9):  # each look at the clock is two seconds later
            found.look(usual(), events(), NOW)
    assert len(shown) == 1 + 1, "the first, and the last when it is left"
