"""Publishing one laptop anew leaves the others as they are published; whoever is left out by it is named."""

import hashlib
import shutil

import pytest

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull.form import slice as slices
from pyinfra_wsl.pull.form import sshsig
from pyinfra_wsl.pull.form.manifest import Manifest
from pyinfra_wsl.pull.form.signed import Signed
from pyinfra_wsl.pull.publish import keys as signing

BEFORE = "hosts: {LT-1: {wslconfig: {wsl2: {memory: 8GB}}}, LT-2: {wslconfig: {wsl2: {memory: 4GB}}}}"
AFTER = "hosts: {LT-1: {wslconfig: {wsl2: {memory: 16GB}}}, LT-2: {wslconfig: {wsl2: {memory: 6GB}}}, LT-3: {}}"


def found(at, host):
    """Return what is published for a laptop now; None where nothing is."""
    made = Manifest.parse(Signed.read((at.public / "latest").read_bytes()).body)
    path = at.public / made.slice_path(host)
    return slices.read(path.read_bytes(), made, host).data["wslconfig"]["wsl2"]["memory"] if path.exists() else None


@pytest.fixture
def order(at, call):
    """Return a function that publishes with further options."""

    def ordered(text, *more, key="a", code=0):
        (at.folder / "fleet.yml").write_text(text)
        return call("bundle", at.folder / "fleet.yml", "--key", at.keys / key, "--out", at.public, *more, code=code)

    return ordered


def test_of_all_others_the_last_slice_is_carried_over(at, order):
    order(BEFORE)
    said = order(AFTER, "--host", "LT-1")
    assert (found(at, "LT-1"), found(at, "LT-2"), found(at, "LT-3")) == ("16GB", "4GB", None)
    assert "serial 2: 2 laptops" in said
    assert "left out: LT-3. Where they pull, they stay as they are, and say no_bundle" in said
    at.set(name="LT-2")
    assert at.fetch().held.slice.data["wslconfig"]["wsl2"]["memory"] == "4GB"


def test_without_the_option_nobody_is_left_out_and_nothing_is_said(at, order):
    assert "left out" not in order(BEFORE)
    assert "note" not in order(AFTER)
    assert (found(at, "LT-1"), found(at, "LT-2")) == ("16GB", "6GB")


def test_only_leaves_the_others_out_and_says_so(at, order):
    order(BEFORE)
    assert "left out: LT-2, LT-3." in order(AFTER, "--host", "LT-1", "--only")
    assert (found(at, "LT-1"), found(at, "LT-2")) == ("16GB", None)
    assert "--only goes with --host" in order(AFTER, "--only", code=2)


def test_who_is_not_in_the_fleet_file_any_more_is_counted(order):
    order(AFTER)
    said = order("hosts: {LT-1: {}}")
    assert "2 laptops that were published are not in the fleet file any more" in said
    assert "1 laptop that was published is not" in (order(BEFORE), order("hosts: {LT-1: {}}"))[1]


def test_a_first_bundle_of_one_laptop_carries_nothing(at, order):
    assert "left out: LT-2." in order(BEFORE, "--host", "LT-1")
    assert (found(at, "LT-1"), found(at, "LT-2")) == ("8GB", None)


def test_a_slice_that_somebody_changed_is_not_signed_again(at, order):
    order(BEFORE)
    made = Manifest.parse(Signed.read((at.public / "latest").read_bytes()).body)
    path, before = at.public / made.slice_path("LT-2"), (at.public / "latest").read_bytes()
    path.write_bytes(path.read_bytes().replace(b"4GB", b"9GB"))
    said = order(AFTER, "--host", "LT-1", code=1)
    assert "the published slice of LT-2 cannot be carried over" in said
    assert "without --host" in said
    assert (at.public / "latest").read_bytes() == before
    assert "serial 2" in order(AFTER)


def test_what_a_revoked_key_has_signed_is_not_signed_again_by_another(at, order):
    order(BEFORE)
    mark = sshsig.fingerprint(signing.public(at.keys / "a"))
    at.trust("revoke", at.public, mark, "--root", at.keys / "root", "--signing", at.keys / "b")
    assert "cannot be carried over: it is signed by a key that was revoked" in order(AFTER, "--host", "LT-1", key="b", code=1)
    assert "serial 2" in order(AFTER, key="b")


def test_no_laptop_that_is_none_is_published_anew(at, order):
    order(BEFORE)
    text = f"{BEFORE[:-1]}, HV-1: {{os: linux, docker_engine: {{}}}}}}"
    assert "no Windows machine is meant" in order(text, "--host", "HV-1", code=1)
    with pytest.raises(StepError, match="no Windows machine"):
        at.publish(text, names=["HV-1"])


@pytest.mark.parametrize("what", ["the slice", "the list", "the list is of another state"])
def test_whose_slice_is_lost_is_not_left_out_by_a_signature(at, order, what):
    """A folder that was copied by half: that LT-2 is not published any more would be signed, and LT-2 stay as it is for ever."""
    order(BEFORE)
    made = Manifest.parse(Signed.read((at.public / "latest").read_bytes()).body)
    latest = (at.public / "latest").read_bytes()
    (at.public / made.slice_path("LT-2")).unlink()
    if what == "the list":
        (at.public / made.names_path).unlink()
    elif what != "the slice":
        (at.public / made.names_path).write_bytes(b"")
    said = order(AFTER, "--host", "LT-1", code=1)
    assert "the published slice of LT-2 cannot be carried over: it is not there" in said
    assert "without --host" in said
    assert (at.public / "latest").read_bytes() == latest


def test_a_slice_whose_file_is_not_published_any_more_is_not_carried_over(at, order):
    """Somebody made room in images/; published anew, the file is there again."""
    (at.folder / "a.tar").write_bytes(b"image")
    digest = hashlib.sha256(b"image").hexdigest()
    text = f"hosts: {{LT-1: {{}}, LT-2: {{wsl_distros: {{A: {{source: a.tar, sha256: {digest}}}}}}}}}"
    order(text)
    order(text, "--host", "LT-1")
    shutil.rmtree(at.public / "images")
    said = order(text, "--host", "LT-1", code=1)
    assert "the published slice of LT-2 cannot be carried over: its file images/" in said
    order(text, "--host", "LT-2")
    order(text, "--host", "LT-1")
