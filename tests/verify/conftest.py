"""Verification of a fleet: ``pytest tests/verify --inventory inventory/lab.py``.

Every declared setting of every host is one test, which looks with the machine's own programs and never through our facts.
"""

import pytest


@pytest.fixture
def as_user(laptop):
    """Return a function that runs a command as the laptop's user and returns its output; skips while that user is away."""

    def run(command, *args):
        if laptop.backend.user is None:
            pytest.skip("nobody is at the screen: what belongs to the user was not looked at; log on, then verify again")
        if not laptop.backend.user.within_reach:
            pytest.skip(
                f"{laptop.backend.user.account} is logged off: what belongs to them was not looked at; log on, then verify again"
            )
        return laptop.backend.run_as_user(command, *args)

    return run


@pytest.fixture
def user(laptop):
    """Return the laptop's user; skips where there is none now."""
    if laptop.backend.user is None:
        pytest.skip("nobody is at the screen: what belongs to the user was not looked at; log on, then verify again")
    return laptop.backend.user
