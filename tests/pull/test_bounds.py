"""What a signed manifest may say at most, and that a publisher's wrong clock is mended by the next bundle."""

from dataclasses import replace
from datetime import timedelta

import pytest
from published import NOW
from server import of_folder, serving

from pyinfra_wsl.pull.accept import FRESH, OK, REFUSED
from pyinfra_wsl.pull.floor import Floor, Newest
from pyinfra_wsl.pull.form import manifest
from pyinfra_wsl.pull.form.manifest import HIGHEST, LONGEST_GRACE, Known, Manifest
from pyinfra_wsl.pull.form.refused import EXPIRED, FORM, RefusedError
from pyinfra_wsl.pull.form.signed import join
from pyinfra_wsl.pull.publish import bundle
from pyinfra_wsl.pull.publish import keys as signing


def made(**more):
    words = {"fleet": "corp", "serial": 1, "epoch": 0, "made": NOW, "expires": NOW + timedelta(days=30), "grace": 14,
             "needs": "0.1", "trust": 1, "root": "0" * 64, "count": 1}  # fmt: skip
    return Manifest(**{**words, **more})


def test_the_highest_that_may_be_said_can_be_counted_with():
    found = Manifest.parse(made(serial=HIGHEST, epoch=HIGHEST, grace=LONGEST_GRACE, expires=NOW.replace(year=9000)).body)
    assert found.until > found.expires


@pytest.mark.parametrize(
    "more",
    [
        {"serial": HIGHEST + 1},
        {"epoch": HIGHEST + 1},
        {"grace": LONGEST_GRACE + 1},
        {"grace": 10**9},
        {"expires": NOW.replace(year=9999)},
        {"percent": 101},
    ],
)
def test_more_is_refused_before_anything_is_kept(more):
    with pytest.raises(RefusedError) as caught:
        Manifest.parse(made(**more).body)
    assert caught.value.code == FORM


def test_what_a_clock_far_ahead_has_dated_is_mended_by_the_next_bundle(at):
    at.wait(days=200)
    at.publish()
    at.wait(days=-200)
    assert at.fetch().source == OK
    assert any("is not yet" in one for one in bundle.warnings(at.public, at.time))
    at.publish(percent=99)
    got = at.fetch()
    assert (got.source, got.held.manifest.serial) == (OK, 2)
    assert at.accepting().allowance(got.held) == (FRESH, None)
    assert not any("is not yet" in one for one in bundle.warnings(at.public, at.time))


def test_nothing_is_dated_later_than_its_key_counts(at):
    at.publish()
    at.fetch()
    late = replace(at.store.current().manifest, serial=2, made=NOW + timedelta(days=4000), expires=NOW + timedelta(days=4001))
    (at.public / "latest").write_bytes(join([signing.sign(at.keys / "a", manifest.NAMESPACE, late.body)], late.body))
    got = at.fetch()
    assert (got.source, got.why.code, got.held.manifest.serial) == (REFUSED, EXPIRED, 1)


def test_the_time_goes_with_the_newest_of_both_places(tmp_path):
    floor = Floor(tmp_path / "home")
    floor.note(Newest(Known(0, 2, "b"), NOW))
    (tmp_path / "home" / "state.json").write_bytes(Newest(Known(0, 1, "a"), NOW + timedelta(days=300)).data)
    assert floor.newest() == Newest(Known(0, 2, "b"), NOW)
    later = Floor(tmp_path / "home", (1, 5)).newest()
    assert (later.known.rank, later.made) == ((1, 5), NOW)


def test_who_is_not_trusted_keeps_nobody_busy_with_versions_of_a_trust(at):
    at.publish()
    at.fetch()
    at.publish(percent=99)
    for version in range(2, 30):
        (at.public / "trust" / str(version)).write_bytes((at.public / "trust" / "1").read_bytes())
    with serving(of_folder(at.public)) as server:
        at.set(source=f"http://127.0.0.1:{server.server_port}")
        got = at.fetch()
    assert (got.source, got.held.manifest.serial) == (REFUSED, 1)
    assert server.asked == ["GET /latest", "GET /trust/2"]
