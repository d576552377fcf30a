"""What must outlive its process is kept before a change is made, and after it."""

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.report.journal import Journal


def test_a_change_is_kept_before_it_is_made_and_once_it_was():
    kept = []
    notes = Journal()
    notes.keep = lambda: kept.append((notes.doing.sentence if notes.doing else None, len(notes.changes), len(notes.failures)))
    notes.begins("wsl", "WSL", "install it")
    notes.changed("wsl", "WSL", "install it", 1.0)
    notes.begins("wsl", "WSL", "set it")
    notes.failed("wsl", Failure("it cannot be set"))
    assert kept == [("install it", 0, 0), (None, 1, 0), ("set it", 1, 0), (None, 1, 1)]


def test_who_keeps_nothing_needs_nothing():
    notes = Journal()
    notes.begins("wsl", "WSL", "install it")
    assert notes.doing is not None
    notes.changed("wsl", "WSL", "install it")
    assert notes.doing is None
