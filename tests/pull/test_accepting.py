"""What a laptop takes of what is offered, and that the last good bundle stays whatever else is."""

import errno
import json
import os
import random
import shutil
from contextlib import suppress

import pytest

from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.accept import FRESH, LOOKS, OK, REFUSED, REPAIRS, UNREACHABLE
from pyinfra_wsl.pull.floor import second
from pyinfra_wsl.pull.form import manifest, sshsig
from pyinfra_wsl.pull.form.refused import CUT, EXPIRED, FLEET, FORGED, FORM, NAMESPACE, NEEDS, OLDER, OTHER, REVOKED, UNKNOWN
from pyinfra_wsl.pull.form.signed import Signed, join
from pyinfra_wsl.pull.publish import keys as signing

MORE = "hosts: {LT-1: {wslconfig: {wsl2: {memory: 16GB}}}, LT-2: {}}"


def memory(got):
    return got.held.slice.data["wslconfig"]["wsl2"]["memory"]


def refused(at, **more):
    """Fetch something bad: the code of why, and that nothing else has changed."""
    before = at.kept()
    got = at.fetch(**more)
    assert (got.source, at.kept()) == (REFUSED, before)
    assert (got.held is None) == (not before)
    return got.why.code


def signed_by(at, *names, namespace=manifest.NAMESPACE, **change):
    """Publish the last manifest with other words, signed by somebody."""
    body = json.loads(Signed.read((at.public / "latest").read_bytes()).body)
    changed = json.dumps({**body, **change}).encode()
    data = join([signing.sign(at.keys / name, namespace, changed) for name in names], changed)
    (at.public / "latest").write_bytes(data)


def test_the_first_one_is_taken_and_the_next(at):
    assert at.fetch().held is None
    at.publish()
    assert (memory(at.fetch()), at.fetch().source) == ("8GB", OK)
    at.publish(MORE)
    assert (memory(at.fetch()), at.fetch().held.manifest.serial) == ("16GB", 2)


def test_without_a_server_the_last_good_one_is_gone_on_with(at):
    at.publish()
    at.fetch()
    shutil.move(at.public, at.folder / "away")
    got = at.fetch()
    assert (got.source, memory(got), got.why.code) == (UNREACHABLE, "8GB", "unreachable")
    at.set(fallbacks=[str(at.folder / "away")])
    assert at.fetch().source == OK


def test_an_unknown_laptop_finds_nothing_and_nothing_is_removed(at):
    at.publish()
    at.fetch()
    at.publish("hosts: {LT-2: {}}")
    assert refused(at) == "not_in_bundle"


@pytest.mark.parametrize("part", ["body", "signature", "slice", "proof"])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("first", [True, False])
def test_one_changed_byte_is_refused_and_what_was_there_stays(at, part, place, first):
    if not first:
        at.publish()
        at.fetch()
    made = at.publish(MORE)
    path = at.public / ("latest" if part in ("body", "signature") else made.slice_path("LT-1"))
    data = path.read_bytes()
    edge = data.index(b"{") if part in ("body", "signature") else data.index(b"\n") + 1
    begin, end = (edge, len(data)) if part in ("body", "slice") else (len(sshsig.BEGIN) if part == "signature" else 0, edge)
    if part == "signature":
        end -= len(sshsig.END) + 1
    where = begin + int((end - begin - 1) * place)
    path.write_bytes(data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :])
    assert refused(at) in (FORGED, FORM, CUT, UNKNOWN, NAMESPACE)


def test_who_signs_what_for_whom_each_has_a_code(at):
    at.publish()
    at.fetch()
    at.publish(MORE)
    good = (at.public / "latest").read_bytes()
    signed_by(at, "b")
    assert refused(at) == UNKNOWN
    (at.public / "latest").write_bytes(good)
    signed_by(at, "a", namespace="file")
    assert refused(at) == NAMESPACE
    (at.public / "latest").write_bytes(good)
    signed_by(at, "a", fleet="test")
    assert refused(at) == FLEET
    (at.public / "latest").write_bytes(good)
    at.wait(days=400)
    assert refused(at) == EXPIRED
    at.wait(days=-400)
    mark = sshsig.fingerprint(signing.public(at.keys / "a"))
    at.trust("revoke", at.public, mark, "--root", at.keys / "root", "--signing", at.keys / "b")
    assert refused(at) == REVOKED


def test_an_older_one_is_refused_and_another_of_the_same_serial(at):
    at.publish()
    old = (at.public / "latest").read_bytes()
    at.publish(MORE)
    at.fetch()
    new = (at.public / "latest").read_bytes()
    (at.public / "latest").write_bytes(old)
    assert refused(at) == OLDER
    (at.public / "latest").write_bytes(new)
    signed_by(at, "a", percent=99)
    assert refused(at) == OTHER


def test_who_deletes_one_of_two_places_brings_nothing_old_back(at):
    at.publish()
    old = (at.public / "latest").read_bytes()
    at.publish(MORE)
    at.fetch()
    (at.public / "latest").write_bytes(old)
    for gone in ([at.home / "state.json"], [second(at.home)]):
        kept = [(path, path.read_bytes()) for path in gone]
        for path in gone:
            path.unlink()
        assert refused(at) == OLDER
        for path, data in kept:
            path.write_bytes(data)
    for path in (at.home / "state.json", second(at.home)):
        path.unlink()
    at.set(floor={"epoch": 0, "serial": 2})  # what the installation brought along
    assert refused(at) == OLDER


def test_a_rotation_is_followed_in_one_pull(at):
    at.publish()
    at.fetch()
    at.trust("rotate", at.public, "--root", at.keys / "root", "--signing", at.keys / "b")
    drop = sshsig.fingerprint(signing.public(at.keys / "a"))
    at.trust("rotate", at.public, "--root", at.keys / "root", "--drop", drop)
    at.publish(MORE, key="b")
    assert memory(at.fetch()) == "16GB"
    assert at.store.trust().version == 3


def test_a_newer_trust_that_is_withheld_is_missed(at):
    at.publish()
    at.fetch()
    at.trust("rotate", at.public, "--root", at.keys / "root", "--signing", at.keys / "b")
    at.publish(MORE)
    (at.public / "trust" / "2").rename(at.folder / "hidden")
    assert refused(at) == "trust"


def test_a_trust_that_was_put_there_by_others_is_refused(at):
    at.publish()
    at.fetch()
    (at.public / "trust" / "2").write_bytes((at.public / "trust" / "1").read_bytes())
    signed_by(at, "b")
    assert refused(at) == "trust"
    assert at.store.trust().version == 1


def test_after_a_new_epoch_a_lower_serial_is_taken(at):
    at.publish(serial=2**50)
    at.fetch()
    mark = sshsig.fingerprint(signing.public(at.keys / "a"))
    at.trust("revoke", at.public, mark, "--root", at.keys / "root", "--signing", at.keys / "b", "--new-epoch")
    at.publish(MORE, key="b")
    got = at.fetch()
    assert (memory(got), got.held.manifest.rank) == ("16GB", (1, 1))


def test_what_a_revoked_key_has_signed_is_looked_at_only(at):
    at.publish()
    at.fetch()
    mark = sshsig.fingerprint(signing.public(at.keys / "a"))
    at.trust("revoke", at.public, mark, "--root", at.keys / "root", "--signing", at.keys / "b")
    at.publish(MORE, key="b")
    (at.public / "slices").rename(at.folder / "lost")  # so that only the trust arrives
    got = at.fetch()
    mode, why = at.accepting().allowance(got.held)
    assert (mode, why.code) == (LOOKS, REVOKED)


@pytest.mark.parametrize(("days", "mode"), [(0, FRESH), (29, FRESH), (31, REPAIRS), (43, REPAIRS), (45, LOOKS), (3000, LOOKS)])
def test_what_is_over_narrows_what_is_done(at, days, mode):
    at.publish()
    at.fetch()
    at.wait(days=days)
    got = at.fetch()
    found, why = at.accepting().allowance(got.held)
    assert found == mode
    assert why is None or ("clock" in why.cause and why.code == "stale")


def test_a_clock_that_is_behind_does_no_harm_and_one_that_is_ahead_is_named(at):
    at.publish()
    at.fetch()
    at.wait(days=-730)
    at.time, made_at = at.time, at.time
    assert at.accepting().allowance(at.fetch().held)[0] == FRESH
    at.wait(days=1460)
    mode, why = at.accepting().allowance(at.fetch().held)
    assert (mode, "the laptop's clock is ahead" in why.cause) == (LOOKS, True)
    at.time = made_at
    at.wait(days=730)
    assert at.accepting().allowance(at.fetch().held)[0] == FRESH


def test_a_newer_program_is_waited_for(at):
    at.publish()
    at.fetch()
    at.publish(MORE)
    assert refused(at, version="0.0.1") == NEEDS


def test_who_is_not_meant_yet_keeps_what_they_have(at):
    at.publish()
    at.fetch()
    at.publish(MORE, percent=0)
    got = at.fetch()
    assert (got.source, memory(got)) == (OK, "8GB")
    assert "0 %" in got.notes[0]
    at.publish(percent=100)
    assert memory(at.fetch()) == "16GB"


def test_a_download_that_is_cut_anywhere_changes_nothing(at):
    at.publish()
    at.fetch()
    made = at.publish(MORE)
    draw = random.Random(7)  # noqa: S311 - where it is cut
    for path in (at.public / "latest", at.public / made.slice_path("LT-1")):
        data = path.read_bytes()
        for _ in range(10):
            path.write_bytes(data[: draw.randrange(len(data))])
            assert refused(at) in (FORGED, FORM, CUT)
        path.write_bytes(data)
    assert memory(at.fetch()) == "16GB"


def writes(at, monkeypatch, which, ending):
    """Fetch while the write of a number goes wrong; return whether there was one."""
    real, seen = files.write, []

    def write(path, data):
        seen.append(path)
        if len(seen) == which:
            ending(path, data)
        real(path, data)

    with monkeypatch.context() as patch:
        for module in ("store", "floor"):
            patch.setattr(f"pyinfra_wsl.pull.{module}.files.write", write)
        with suppress(KilledError):
            at.fetch()
    return len(seen) >= which


class KilledError(BaseException):
    """As SIGKILL: nothing is caught, nothing is tidied up."""


def kill(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(f".{path.name}.left").write_bytes(data[: len(data) // 2])
    raise KilledError


def fill(_path, _data):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("ending", [kill, fill])
def test_whatever_write_goes_wrong_there_is_one_bundle_and_the_next_pull_completes_it(at, monkeypatch, ending):
    which = 0
    at.publish()
    at.fetch()
    while True:
        which += 1
        at.publish(MORE if which % 2 else "hosts: {LT-1: {wslconfig: {wsl2: {memory: 8GB}}}}")
        want = "16GB" if which % 2 else "8GB"
        there = writes(at, monkeypatch, which, ending)
        assert at.store.current() is not None
        assert memory(at.fetch()) == want
        if not there:
            break
    assert which > 4


def test_a_damaged_bundle_is_none_and_comes_anew(at):
    at.publish()
    at.fetch()
    for path in (at.home / "bundles").rglob("slice"):
        path.write_bytes(path.read_bytes().replace(b"8GB", b"9GB"))
    assert at.store.current() is None
    assert memory(at.fetch()) == "8GB"


@pytest.mark.parametrize(
    "slice_body",
    [b'{"host":"LT-1","groups":[],"data":' + b"[" * 100_000, b"\x00" * 3_000_000, b'{"host":"../x","groups":[],"data":{}}',
     b'{"host":"LT-1","groups":[1],"data":{}}', b'{"host":"LT-1","groups":[],"data":[]}'],
)  # fmt: skip
def test_a_slice_that_is_proved_and_no_slice_is_refused_before_anything_is_written(at, slice_body):
    """There is no archive to unpack: a slice is one text, read within bounds, and nothing in it names a file to write."""
    from pyinfra_wsl.pull.form import tree  # noqa: PLC0415

    at.publish()
    name = tree.name_of("corp", "LT-1")
    root, proofs = tree.grow({name: tree.leaf(name, slice_body)})
    signed_by(at, "a", slices={"root": root, "count": 1}, serial=9)
    place = at.public / "slices" / root[:32] / name
    place.parent.mkdir()
    place.write_bytes(json.dumps(proofs[name]).encode() + b"\n" + slice_body)
    got = at.fetch()
    assert got.held is None
    assert got.source in (REFUSED, UNREACHABLE)
    assert not (at.home / "bundles").exists()
