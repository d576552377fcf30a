"""A server that withholds one laptop's slice leaves it with what it has, and both sides tell; who was left out is told apart."""

import json
import shutil
from datetime import timedelta

import jsonschema
import pytest
from published import NOW
from server import answering, of_folder, serving
from test_collecting import document

from pyinfra_wsl.data import schema
from pyinfra_wsl.pull import fresh, outcome, work
from pyinfra_wsl.pull.accept import OK, REFUSED, UNREACHABLE
from pyinfra_wsl.pull.detect import detect
from pyinfra_wsl.pull.form import manifest, tree
from pyinfra_wsl.pull.form.signed import Signed
from pyinfra_wsl.pull.fresh import Behind, Fresh
from pyinfra_wsl.report import heard

MORE = "hosts: {LT-1: {wslconfig: {wsl2: {memory: 16GB}}}, LT-2: {}}"


def memory(got):
    return got.held.slice.data["wslconfig"]["wsl2"]["memory"]


@pytest.fixture
def withheld(at):
    """Return a `laptop.Site` that has serial 1, whose server hands serial 2 out without its slice; and that slice."""
    at.publish()
    at.fetch()
    made = at.publish(MORE)
    own = at.public / made.slice_path("LT-1")
    own.rename(at.folder / "kept back")
    return at, own


def test_it_goes_on_with_what_it_has_and_knows_since_when(withheld):
    at, own = withheld
    got = at.fetch()
    assert (got.source, got.why.code, memory(got)) == (REFUSED, "withheld", "8GB")
    first = got.fresh
    assert (first.good, first.behind) == (NOW, Behind(0, 2, NOW, "withheld"))
    at.wait(days=3)
    assert at.fetch().fresh == first
    (at.folder / "kept back").rename(own)
    got = at.fetch()
    assert (got.source, memory(got), got.fresh) == (OK, "16GB", Fresh(NOW + timedelta(days=3)))


def test_who_offers_the_bundle_of_before_again_does_not_make_it_the_newest(at):
    """A server that lags, or hides the newest by turns: that there is one was verified, and stays told."""
    at.publish()
    at.fetch()
    before = (at.public / "latest").read_bytes()
    made = at.publish(MORE)
    (at.public / made.slice_path("LT-1")).unlink()
    first = at.fetch().fresh
    at.wait(days=3)
    newest = (at.public / "latest").read_bytes()
    (at.public / "latest").write_bytes(before)
    got = at.fetch()
    assert (got.source, memory(got)) == (OK, "8GB")
    assert (got.fresh.good, got.fresh.behind) == (NOW + timedelta(days=3), first.behind)
    (at.public / "latest").write_bytes(newest)
    assert at.fetch().fresh.behind == first.behind


def test_who_was_left_out_is_not_brought_back_by_the_bundle_of_before(at):
    at.publish()
    at.fetch()
    before = (at.public / "latest").read_bytes()
    at.publish("hosts: {LT-2: {}}")
    assert work.pull(at.home, at.clock).outcome == "no_bundle"
    (at.public / "latest").write_bytes(before)
    assert work.pull(at.home, at.clock).outcome == "no_bundle"
    assert detect(at.home) == (0, "drift=unknown: the newest bundle has nothing for this laptop")


@pytest.mark.parametrize("what", ["gone", "cut", "of before", "in which it is not", "too long"])
def test_no_list_that_was_not_signed_proves_that_it_was_left_out(withheld, what):
    at, own = withheld
    names = own.with_name(manifest.NAMES)
    others = tree.listed([tree.name_of("corp", "LT-2")])
    found = {
        "gone": None,
        "cut": names.read_bytes()[:-1],
        "of before": b"",
        "in which it is not": others,
        "too long": bytes(10**6),
    }
    data = found[what]
    names.unlink()
    if data is not None:
        names.write_bytes(data)
    got = at.fetch()
    assert (memory(got), got.fresh.left_out) == ("8GB", False)
    assert got.source in (REFUSED, UNREACHABLE)
    assert got.fresh.behind.serial == 2


@pytest.mark.parametrize("code", [403, 404, 500])
def test_it_is_the_same_however_the_server_withholds_it(at, code):
    at.publish()
    at.fetch()
    made = at.publish(MORE)
    whole = of_folder(at.public)

    class Handler(whole):
        def do_GET(self):  # noqa: N802 - as http.server calls it
            if self.path.endswith(made.slice_path("LT-1")):
                self.send_error(code)
            else:
                super().do_GET()

    with serving(Handler) as server:
        at.set(source=f"http://127.0.0.1:{server.server_port}")
        got = at.fetch()
    assert (got.source != OK, memory(got), got.fresh.behind.rank) == (True, "8GB", (0, 2))


def test_a_bundle_of_before_that_had_no_list_is_read_and_nobody_is_left_out_by_it(at):
    at.publish()
    held = at.fetch().held
    values = held.manifest.values
    del values["slices"]["names"]
    old = manifest.Manifest.parse(json.dumps(values).encode())
    assert (old.names, old.values, old.leaves_out("LT-9", b"")) == ("", values, False)


def test_who_was_left_out_is_so_by_the_signed_list_and_stays_so_without_a_server(at):
    at.publish()
    at.fetch()
    at.publish("hosts: {LT-2: {}}")
    ended = work.pull(at.home, at.clock)
    assert (ended.outcome, ended.code) == ("no_bundle", 4)
    assert "has nothing for LT-1" in ended.document["failures"][0]["cause"]
    assert detect(at.home) == (0, "drift=unknown: the newest bundle has nothing for this laptop")
    shutil.move(at.public, at.folder / "away")
    ended = work.pull(at.home, at.clock)
    assert (ended.outcome, ended.document["failures"][0]["code"]) == ("no_bundle", "not_in_bundle")
    assert "there is no such folder" in ended.document["failures"][0]["cause"]
    shutil.move(at.folder / "away", at.public)
    made = at.publish(MORE)
    own = at.public / made.slice_path("LT-1")
    own.rename(at.folder / "kept back")
    assert work.pull(at.home, at.clock).outcome == "no_bundle", "nothing older is revived by who withholds the newest"
    (at.folder / "kept back").rename(own)
    assert (memory(at.fetch()), fresh.read(at.home).behind) == ("16GB", None)


def test_a_rollout_to_others_is_not_being_behind(at):
    at.publish()
    at.fetch()
    at.publish(MORE, percent=0)
    got = at.fetch()
    assert (got.source, got.fresh) == (OK, Fresh(NOW))


def test_status_and_document_tell_it(withheld, call, monkeypatch):
    at, _own = withheld
    monkeypatch.setattr("pyinfra_wsl.pull.converge.Inventory", None)  # what comes after is another matter
    ended = work.pull(at.home, at.clock)
    told = ended.document["pull"]
    assert (told["source"], told["serial"], told["good"]) == ("refused", 1, "2026-11-27T12:00:00Z")
    assert told["behind"] == {"epoch": 0, "serial": 2, "since": "2026-11-27T12:00:00Z", "code": "withheld"}
    jsonschema.validate(ended.document, schema("result"))
    assert "source=refused" in outcome.line(ended.document)
    said = call("pull", "--home", at.home, "status")
    assert "what is published was good at 2026-11-27 12:00 UTC" in said
    assert "behind since 2026-11-27 12:00 UTC: the serial 2 is published, and not taken (withheld)" in said


@pytest.mark.parametrize("data", [b"", b"[]", b'{"good":"yesterday"}', b'{"behind":{"serial":-1}}', b"x" * 9000])
def test_what_is_noted_is_no_obstacle_where_it_is_damaged(at, data):
    at.publish()
    (at.home / "source.json").write_bytes(data)
    assert fresh.read(at.home) == Fresh()
    assert at.fetch().fresh == Fresh(NOW)


def test_the_report_tells_who_does_not_take_what_is_published_though_all_have_the_same(capsys):
    lacks = {"epoch": 0, "serial": 9, "since": "2026-11-25T08:00:00Z", "code": "withheld"}
    found = heard.last_words(
        ["LT-1", "LT-2", "LT-3"],
        [document("LT-1", pull={"behind": lacks}), document("LT-2"), document("LT-3", pull={"behind": {"serial": "x"}})],
        NOW,
    )
    assert {one.host: one.behind for one in found} == {"LT-1": 2, "LT-2": 0, "LT-3": 0}
    one = next(one for one in found if one.host == "LT-1")
    assert (one.values["behind_since"], one.values["why"]) == ("2026-11-25T08:00:00Z", "withheld")
    heard.print_heard(found, heard.summary.console())
    assert "serial 7, 2 behind, serial 9 is not taken since 2026-11-25: withheld" in capsys.readouterr().out


def test_the_report_tells_since_when_a_source_is_away(capsys):
    away = {"source": "unreachable", "good": "2026-11-20T08:00:00Z"}
    found = heard.last_words(["LT-1", "LT-2"], [document("LT-1", pull=away), document("LT-2", pull={"good": 7})], NOW)
    assert {one.host: (one.values["source"], one.values["good"]) for one in found} == {
        "LT-1": ("unreachable", "2026-11-20T08:00:00Z"),
        "LT-2": ("ok", None),
    }
    heard.print_heard(found, heard.summary.console())
    assert "serial 7, its source is unreachable since 2026-11-20" in capsys.readouterr().out


def test_a_slice_that_a_server_never_sends_is_told_as_behind(at):
    at.publish()
    at.fetch()
    made = at.publish(MORE)
    whole = {f"/{name}": (at.public / name).read_bytes() for name in ("latest", made.names_path)}

    def answer(one):
        data = whole.get(one.path, b"")
        one.send_response(200 if data or one.path.startswith("/slices") else 404)
        one.send_header("Content-Length", str(len(data) or 10))
        one.end_headers()
        one.wfile.write(data)

    with serving(answering(answer)) as server:
        at.set(source=f"http://127.0.0.1:{server.server_port}")
        got = at.fetch()
    assert (got.source, memory(got), got.fresh.behind.serial) == (UNREACHABLE, "8GB", 2)
    assert Signed.read(whole["/latest"])
