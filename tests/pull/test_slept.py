"""A laptop that was away for long catches up in one pull; one whose clock is wrong by years says what time it takes it for."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cut import KilledError, killing

from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.accept import FRESH, LOOKS, OK, REFUSED
from pyinfra_wsl.pull.form import sshsig
from pyinfra_wsl.pull.form.refused import EXPIRED, OLDER
from pyinfra_wsl.pull.publish import keys as signing

MORE = "hosts: {LT-1: {wslconfig: {wsl2: {memory: 16GB}}}, LT-2: {}}"


def memory(got):
    return got.held.slice.data["wslconfig"]["wsl2"]["memory"]


@pytest.fixture
def rotated(at):
    """Return a `laptop.Site` that slept while root keys and signing keys changed three times, and the first were revoked."""
    at.publish()
    at.fetch()
    keys = {name: at.keys / name for name in ("root", "other", "p256", "a", "b")}
    mark = sshsig.fingerprint(signing.public(keys["a"]))
    at.trust(
        "rotate", at.public, "--root", keys["root"], "--root", keys["other"], "--new-root", keys["other"], "--signing", keys["b"]
    )
    at.trust("rotate", at.public, "--root", keys["other"], "--root", keys["p256"], "--new-root", keys["p256"])
    at.trust("revoke", at.public, mark, "--root", keys["p256"], "--new-epoch")
    at.publish(MORE, key="b")
    return at


def test_three_rotations_are_followed_in_one_pull_though_every_key_is_another(rotated):
    got = rotated.fetch()
    assert (got.source, memory(got), rotated.store.trust().version) == (OK, "16GB", 4)
    assert got.held.manifest.rank == (1, 1)


@pytest.mark.parametrize("missing", [2, 3, 4])
def test_none_of_them_can_be_left_out(rotated, missing):
    (rotated.public / "trust" / str(missing)).unlink()
    got = rotated.fetch()
    assert (got.source, memory(got)) == (REFUSED, "8GB")
    assert rotated.store.trust().version == missing - 1


@pytest.mark.parametrize("when", ["before", "middle", "after"])
def test_who_is_killed_while_following_them_follows_in_the_next_pull(rotated, monkeypatch, when):
    for which in range(1, 9):
        write, _seen = killing(which, when)
        with monkeypatch.context() as patch, suppress(KilledError):
            patch.setattr(files, "write", write)
            rotated.fetch()
        assert rotated.store.current() is not None
        assert rotated.store.trust().version in (1, 4)
    assert memory(rotated.fetch()) == "16GB"


def test_a_bundle_that_is_not_yet_is_taken_by_a_clock_that_is_years_behind(at):
    """A laptop whose battery ran out: it cannot know, and what it takes counts as the earliest time from then on."""
    at.publish()
    made, at.time = at.time, datetime(2002, 1, 1, tzinfo=UTC)
    got = at.fetch()
    assert (got.source, at.accepting().allowance(got.held)[0]) == (OK, FRESH)
    assert at.accepting().now() == made
    assert at.fetch().source == OK


def test_a_clock_that_is_years_ahead_is_named_where_nothing_can_be_taken(at):
    at.publish()
    at.wait(days=3 * 365)
    got = at.fetch()
    assert (got.held, got.why.code) == (None, EXPIRED)
    assert f"or the laptop's clock is ahead: it says {at.time:%Y-%m-%d %H:%M} UTC" in got.why.cause
    assert got.why.remedy.startswith("look at the clock")
    at.wait(days=-3 * 365)
    assert at.fetch().source == OK


def test_a_bundle_that_is_over_is_kept_and_looked_at_only(at):
    at.publish(days=1, grace=0)
    at.wait(days=60)
    got = at.fetch()
    assert (got.source, at.accepting().allowance(got.held)[0]) == (OK, LOOKS)


def test_a_clock_that_jumps_brings_no_old_serial_back(at):
    at.publish()
    old = (at.public / "latest").read_bytes()
    at.publish(MORE)
    at.fetch()
    (at.public / "latest").write_bytes(old)
    for days in (-3000, 3020, -10):
        at.wait(days=days)
        assert at.fetch().why.code == OLDER
