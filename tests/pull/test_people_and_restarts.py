"""Who is served where several use a laptop that pulls, and when it restarts while somebody sits there."""

from datetime import UTC, datetime

import pytest
from simulated import Range

from pyinfra_wsl.lab.exe import shutdown
from pyinfra_wsl.lab.machine import windows

ZOE = "CORP\\Zoë"
PROFILE = r"C:\Users\Zoë Müller Ω"
HALF_PAST_TWO, NOON = 150, 720
"""Minutes of a day: within the window of this page, and outside it."""


@pytest.fixture(scope="module")
def lab(make_stage, keys):
    def change(values):
        hosts = values["hosts"]
        hosts["LT-THREE"].update(user=ZOE)
        hosts["LT-NEVER"].update(reboot={"policy": "never"})
        hosts["LT-NIGHT"].update(reboot={"policy": "window", "window": "02:00-03:00"})

    made = Range(make_stage(change, LT_THREE="two-users", LT_NEVER="fresh-en", LT_NIGHT="fresh-en"), keys)
    machine = made.stage.machine("LT-THREE")
    made.stage.do(lambda: machine.log_on(windows.add_person(machine, "Zoë", profile=PROFILE)))
    return made


def set_clock(lab, name, minutes):
    """Take a laptop to where it is that time of the day: its restart is judged by its own clock."""
    now = datetime.now(UTC)
    zone = (minutes - 60 * now.hour - now.minute) % 1440
    lab.stage.machine(name).time_zone = zone - 1440 if zone > NOON else zone


def below(lab, machine, folder):
    """Return all that lies in a folder, with its content, but what Windows holds open there itself."""

    def walk(path):
        for node in machine.files.list(path):
            place = rf"{path}\{node.name}"
            if machine.files.is_dir(place):
                yield place, None
                yield from walk(place)
            elif not node.name.upper().startswith(("NTUSER.DAT", "USRCLASS.DAT")):
                yield place, machine.files.digest(place)

    return lab.stage.do(lambda: dict(walk(folder)))


def to_the_end(lab, name):
    ended = lab.pull(name)
    while ended.outcome == "restart_pending":
        ended = lab.pull(name)
    return ended


def test_of_three_people_the_declared_one_is_served_whoever_is_at_the_screen(lab):
    """A profile that is not ASCII, all three logged on, and users switched between two pulls: the others' files stay."""
    machine = lab.stage.machine("LT-THREE")
    others = [machine.account(f"CORP\\{name}") for name in ("alice", "bo")]
    before = [below(lab, machine, one.profile) for one in others]
    sessions = [one.session for one in machine.accounts.values() if one.logged_on]
    assert len(set(sessions)) == 3
    assert to_the_end(lab, "LT-THREE").outcome == "converged"
    assert "memory=8GB" in machine.files.text(rf"{PROFILE}\.wslconfig")

    def switch():
        alice = others[0]
        machine.accounts.pop(alice.sid)
        machine.accounts[alice.sid] = alice  # whom Windows names at the screen is another from now on
        machine.files.replace(rf"{PROFILE}\.wslconfig", b"[wsl2]\r\nmemory=1GB\r\n")

    lab.stage.do(switch)
    ended = to_the_end(lab, "LT-THREE")
    assert (ended.outcome, {one["resource"] for one in ended.document["changes"]}) == ("converged", {"wslconfig"})
    assert "memory=8GB" in machine.files.text(rf"{PROFILE}\.wslconfig")
    assert [below(lab, machine, one.profile) for one in others] == before
    assert machine.complaints == []
    for one in lab.documents("LT-THREE"):
        assert not [name for name in ("Zoë", "Müller", "alice") if name in str(one)]


def test_where_a_restart_is_never_made_it_waits_and_says_for_whom(lab):
    boots = lab.stage.machine("LT-NEVER").boot_count
    for _ in range(2):
        ended = lab.pull("LT-NEVER")
        assert (ended.outcome, ended.code) == ("deferred", 5)
        assert any("the policy is never" in one["reason"] for one in ended.document["deferred"])
    assert lab.stage.machine("LT-NEVER").boot_count == boots


def test_a_restart_waits_for_its_window_and_then_the_person_is_told_a_minute_before(lab, monkeypatch):
    machine, ordered = lab.stage.machine("LT-NIGHT"), []
    real = shutdown._options
    monkeypatch.setattr(shutdown, "_options", lambda words: ordered.append(real(words)) or real(words))
    boots, started = machine.boot_count, []
    set_clock(lab, "LT-NIGHT", NOON)
    for _ in range(3):
        ended = lab.pull("LT-NIGHT")
        started.append(ended.document["changes"] != [])
        assert (ended.outcome, ended.code) == ("deferred", 5)
        assert any(one["waits_for"] == "maintenance window" for one in ended.document["deferred"])
    assert (machine.boot_count, ordered, started) == (boots, [], [True, False, False])
    set_clock(lab, "LT-NIGHT", HALF_PAST_TWO)
    ended = lab.pull("LT-NIGHT")
    assert (ended.outcome, ended.code) == ("restart_pending", 6)
    assert [(one["/t"], "pyinfra-wsl restarts this laptop" in one["/c"]) for one in ordered] == [("60", True)]
    assert to_the_end(lab, "LT-NIGHT").outcome == "converged"
    assert machine.boot_count == boots + 1
