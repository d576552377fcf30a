"""What is published: signed, one slice for each, nothing of the way to anybody, and never an older serial."""

from datetime import timedelta

import pytest
from published import NOW

from pyinfra_wsl.pull.form import fields, manifest, sshsig
from pyinfra_wsl.pull.form import slice as slices
from pyinfra_wsl.pull.form.manifest import Known, Manifest
from pyinfra_wsl.pull.form.refused import FORM, NEEDS, NOT_MEANT, OLDER, OTHER, RefusedError
from pyinfra_wsl.pull.form.signed import Signed
from pyinfra_wsl.pull.publish import bundle, place
from pyinfra_wsl.pull.publish import keys as signing


def latest(public):
    signed = Signed.read((public / "latest").read_bytes())
    return Manifest.parse(signed.body), signed


def test_a_laptop_finds_its_slice_and_nothing_of_the_way_to_it(site, keys, call):
    assert "serial 1: 3 laptops" in call("bundle", site / "fleet.yml", "--key", keys / "a", "--out", site / "public")
    found, _ = latest(site / "public")
    mine = slices.read((site / "public" / found.slice_path("lt-2")).read_bytes(), found, "lt-2")
    assert mine.host == "LT-2"
    assert mine.data == {"os": "windows", "user": "console", "wslconfig": {"wsl2": {"memory": "4GB"}}}
    third = slices.read((site / "public" / found.slice_path("LT-3")).read_bytes(), found, "LT-3")
    assert (third.groups, third.data["user"]) == (("big",), "CORP\\bo")
    everything = b"".join(path.read_bytes() for path in (site / "public").rglob("*") if path.is_file())
    assert b"somebody" not in everything
    assert b"10.0.0.2" not in everything
    assert b"Antwerp" not in everything
    assert b"HV-1" not in everything
    assert not any("LT-" in str(path.relative_to(site)) for path in (site / "public").rglob("*"))


def test_a_slice_of_another_laptop_or_of_another_state_is_refused(site, keys, call):
    call("bundle", site / "fleet.yml", "--key", keys / "a", "--out", site / "public")
    found, _ = latest(site / "public")
    theirs = (site / "public" / found.slice_path("LT-1")).read_bytes()
    for data in (theirs, b"", b"[]\n{}", b"<html>", b'["l00"]\n{}', theirs[:-3], b"x" * 100):
        with pytest.raises(RefusedError):
            slices.read(data, found, "LT-2")


def test_a_serial_is_always_higher(site, keys, call):
    public = site / "public"
    order = ["bundle", site / "fleet.yml", "--key", keys / "a", "--out", public]
    call(*order)
    before = (public / "latest").read_bytes()
    assert "not higher than 1" in call(*order, "--serial", 1, code=1)
    assert (public / "latest").read_bytes() == before
    assert "serial 2" in call(*order)
    assert "serial 40" in call(*order, "--serial", 40)
    assert "serial 41" in call(*order)


def test_after_a_new_epoch_serials_begin_anew(site, keys, call):
    order = ["bundle", site / "fleet.yml", "--out", site / "public", "--key"]
    call(*order, keys / "a", "--serial", 2**40)
    mark = sshsig.fingerprint(signing.public(keys / "a"))
    call("trust", "revoke", site / "public", mark, "--root", keys / "root", "--signing", keys / "b", "--new-epoch")
    assert "revoked" in call(*order, keys / "a", code=1)
    assert "serial 1:" in call(*order, keys / "b")
    assert latest(site / "public")[0].rank == (1, 1)


def test_what_laptops_would_not_take_is_not_published(site, keys, call, tmp_path):
    order = ["bundle", site / "fleet.yml", "--out"]
    assert "not trusted here" in call(*order, site / "public", "--key", keys / "b", code=1)
    assert "has no trust" in call(*order, tmp_path / "new", "--key", keys / "a", code=1)
    assert not (site / "public" / "latest").exists()
    (site / "fleet.yml").write_text("hosts: {LT-1: {wslconfig: {wsl2: {memory: 8gb}}}}")
    assert "is not a size" in call(*order, site / "public", "--key", keys / "a", code=1)
    (site / "fleet.yml").write_text("hosts: {HV-1: {os: linux, docker_engine: {}}}")
    assert "no Windows machine" in call(*order, site / "public", "--key", keys / "a", code=1)
    assert "--check" in call("bundle", "--out", site / "public", code=2)


def test_files_are_published_by_their_hash_and_named_by_it(site, keys, call):
    (site / "image.tar").write_bytes(b"image")
    digest = "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d"
    (site / "fleet.yml").write_text(
        f"hosts: {{LT-1: {{wsl_distros: {{A: {{source: image.tar, sha256: {digest}}}, B: {{source: 'https://x.example/b.tar', "
        f"sha256: {digest}}}}}}}}}"
    )
    call("bundle", site / "fleet.yml", "--key", keys / "a", "--out", site / "public")
    found, _ = latest(site / "public")
    mine = slices.read((site / "public" / found.slice_path("LT-1")).read_bytes(), found, "LT-1").data["wsl_distros"]
    assert mine["A"] == {"source": f"bundle:images/{digest}/image.tar", "sha256": digest}
    assert mine["B"]["source"] == "https://x.example/b.tar"
    assert (site / "public" / "images" / digest / "image.tar").read_bytes() == b"image"
    (site / "image.tar").write_bytes(b"other")  # in its place: what is published stays what was signed
    assert (site / "public" / "images" / digest / "image.tar").read_bytes() == b"image"


def test_only_what_laptops_may_still_ask_for_is_kept(site, keys, call):
    for number in range(6):
        (site / "fleet.yml").write_text(f"hosts: {{LT-1: {{wslconfig: {{wsl2: {{processors: {number + 1}}}}}}}}}")
        call("bundle", site / "fleet.yml", "--key", keys / "a", "--out", site / "public")
    left = [one.name for one in (site / "public" / "slices").iterdir()]
    assert len(left) == 3
    found, _ = latest(site / "public")
    assert found.folder.removeprefix("slices/") in left


def test_it_is_said_before_anything_runs_out(site, keys, call):
    order = ["bundle", site / "fleet.yml", "--key", keys / "a", "--out", site / "public"]
    assert "note" not in call(*order, "--days", 30)
    assert call("bundle", "--out", site / "public", "--check") == ""
    assert "signing key" in call(*order, "--days", 400)
    call("trust", "init", site / "short", "--fleet", "corp", "--root", keys / "root", "--signing", keys / "a", "--days", 10)
    assert "is over in" in call("bundle", "--out", site / "short", "--check", code=1)
    trusted = place.newest_trust(site / "public")
    made, _ = latest(site / "public")
    assert bundle.warnings(site / "public", made.made) == []
    soon = bundle.warnings(site / "public", min(trusted.signing.values()) - timedelta(days=3))
    assert "is over in 3 days" in " ".join(soon)
    assert "less than a third" in " ".join(bundle.warnings(site / "public", made.expires - timedelta(days=100)))
    assert "only repair" in " ".join(bundle.warnings(site / "public", made.expires + timedelta(days=2)))


def test_what_somebody_else_wrote_into_the_folder_is_not_built_upon(site, keys, call):
    call("bundle", site / "fleet.yml", "--key", keys / "a", "--out", site / "public")
    data = (site / "public" / "latest").read_bytes()
    (site / "public" / "latest").write_bytes(data.replace(b'"serial":1', b'"serial":9'))
    assert "find out who" in call("bundle", site / "fleet.yml", "--key", keys / "a", "--out", site / "public", code=1)


@pytest.fixture
def made():
    return Manifest("corp", 5, 0, NOW, NOW + timedelta(days=30), 14, "0.1", 1, "0" * 64, 3, 10)


def test_older_and_other_and_newer_are_told_apart(made):
    manifest.need_newer(made, "d", Known(0, 4, "x"))
    manifest.need_newer(made, "d", Known(0, 5, "d"))
    for known, code in ((Known(0, 6, "x"), OLDER), (Known(0, 5, "x"), OTHER), (Known(1, 1, "x"), OLDER)):
        with pytest.raises(RefusedError) as refused:
            manifest.need_newer(made, "d", known)
        assert refused.value.code == code


def test_a_manifest_says_whom_and_which_program_it_means(made):
    manifest.need_program(made, "0.1.0")
    manifest.need_program(made, "1.2.dev3")
    with pytest.raises(RefusedError) as refused:
        manifest.need_program(made, "0.0.9")
    assert refused.value.code == NEEDS
    meant = [name for name in (f"LT-{number}" for number in range(1000)) if made.means(name)]
    assert 60 < len(meant) < 140
    with pytest.raises(RefusedError) as refused:
        manifest.need_meant(made, next(f"LT-{number}" for number in range(1000) if f"LT-{number}" not in meant))
    assert refused.value.code == NOT_MEANT


@pytest.mark.parametrize(
    ("name", "value"),
    [("serial", 0), ("serial", "1"), ("slices", {"root": "x", "count": 1}), ("needs", "new"), ("percent", 101),
     ("expires", "2020-01-01T00:00:00Z"), ("fleet", "../x"), ("grace_days", -1)],
)  # fmt: skip
def test_a_manifest_of_another_form_is_refused(made, name, value):
    assert Manifest.parse(made.body) == made
    with pytest.raises(RefusedError) as refused:
        Manifest.parse(fields.body({**made.values, name: value}))
    assert refused.value.code == FORM


def test_the_manifest_is_as_small_for_2000_laptops_as_for_one(site, keys, call):
    """And each of them gets a few kilobytes; what 20,000 cost is measured by bench/pull.py."""
    hosts = "".join(f"  LT-{number:05}: {{}}\n" for number in range(2_000))
    (site / "fleet.yml").write_text(f"defaults: {{wslconfig: {{wsl2: {{memory: 8GB}}}}}}\nhosts:\n{hosts}")
    call("bundle", site / "fleet.yml", "--key", keys / "a", "--out", site / "public")
    found, signed = latest(site / "public")
    assert (found.count, len(signed.data) < 1024) == (2_000, True)
    mine = (site / "public" / found.slice_path("LT-01234")).read_bytes()
    assert len(mine) < 4096
    assert slices.read(mine, found, "LT-01234").host == "LT-01234"
