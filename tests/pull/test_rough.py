"""What a laptop is given by mistake or by malice ends in time, in one line and with a code: no traceback, and no false calm."""

import errno
import os
import time
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace

import pytest
from server import answering, serving

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.pull import converge, lock, settings, told, work
from pyinfra_wsl.pull.detect import detect
from pyinfra_wsl.pull.fetch import FetchError, Place
from pyinfra_wsl.pull.outcome import LINE, short
from pyinfra_wsl.pull.settings import SettingsError
from pyinfra_wsl.pull.spool import Spool
from pyinfra_wsl.report.run import HOLDER


def slow_head(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(60):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def endless_promise(handler):
    for _ in range(60):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [slow_head, endless_promise])
def test_a_server_that_never_begins_is_given_up_in_time(at, answer):
    with serving(answering(answer)) as server:
        begun = time.monotonic()
        with pytest.raises(FetchError, match="no answer within"):
            Place(f"http://127.0.0.1:{server.server_port}", at.settings, 0.3).get("latest", 1000)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('fleet: corp\nsource: "https://[bad"', "is no address"),
        ('fleet: corp\nsource: "https://a:b/"', "is no address"),
        ("fleet: corp\nsource: https://who:s3cret@a.example/", "names an account"),
        ('fleet: corp\nsource: "/srv/\\0x"', "not printed"),
        ('fleet: corp\nsource: "https://a.example/\\r\\nX: y"', "not printed"),
        ('fleet: corp\nsource: /srv\nproxy: "http://[x"', "proxy is"),
        ("fleet: corp\nsource: /srv\nsplay: 2026-99-99", "is no YAML"),
        (f"fleet: corp\nsource: /srv\nsplay: {'9' * 5000}", "is no YAML"),
        ("fleet: corp\nsource: /srv\nsplay: 86401", "not without end"),
        (f"fleet: corp\nsource: /srv\nfloor: {{serial: {2**53}}}", "not without end"),
    ],
)
def test_settings_that_cannot_be_are_said_in_a_line(at, call, text, what):
    (at.home / "pull.yml").write_text(text)
    said = call("pull", "--home", at.home, "--now", code=2)
    assert what in said
    assert "s3cret" not in said


def test_nothing_is_said_of_a_folder_in_which_no_laptop_pulls(tmp_path, call):
    words = ("disable", "--until", "2026-12-24", "--reason", "x")
    assert "is not there" in call("pull", "--home", tmp_path / "typo", *words, code=2)
    assert "is not there" in call("pull", "--home", tmp_path / "typo", "enable", code=2)
    assert not (tmp_path / "typo").exists()


def test_a_state_that_cannot_be_written_is_said(at, call):
    (at.home / "disabled.json").mkdir()
    assert "cannot be written" in call("pull", "--home", at.home, "enable", code=2)
    at.publish()
    at.fetch()
    (at.home / "lock").mkdir()
    assert "drift=unknown" in call("pull", "--home", at.home, "--detect", code=1)
    said = call("pull", "--home", at.home, "--now", code=1)
    assert "outcome=failed note=" in said
    assert "cannot be written" in said


def looked(monkeypatch, *, failures=(), offline=None):
    def run(*_arguments, **_more):
        notes = SimpleNamespace(foretold=[], all_failures=[("wsl", one) for one in failures], offline=offline)
        return SimpleNamespace(journal=notes, session=SimpleNamespace(seen=None))

    monkeypatch.setattr(converge, "run", run)


@pytest.mark.parametrize("kind", ["failures", "offline"])
def test_what_could_not_be_looked_at_is_not_told_as_no_drift(at, monkeypatch, kind):
    at.publish()
    at.fetch()
    broken = Failure("the agent did not start", "look", "agent")
    looked(monkeypatch, **{kind: (broken,) if kind == "failures" else broken})
    assert detect(at.home) == (1, "drift=unknown serial=1 the agent did not start")
    looked(monkeypatch)
    assert detect(at.home) == (0, "drift=0 serial=1")


def test_while_a_push_works_a_detection_does_not_know_and_waits(at, monkeypatch):
    at.publish()
    at.fetch()
    looked(monkeypatch, failures=(Failure("a push works here", "wait", "locked"),))
    assert detect(at.home) == (0, "drift=unknown serial=1 a push works here")


def test_a_look_that_ends_unforeseen_is_told_in_a_line(at, monkeypatch):
    at.publish()
    at.fetch()
    monkeypatch.setattr(converge, "run", lambda *_arguments, **_more: {}["x"])
    assert detect(at.home) == (1, "drift=unknown: the look ended with KeyError")


def test_whatever_keeps_a_detection_from_looking_is_one_line_of_ascii(at, monkeypatch):
    def held(_path, _holder):
        raise lock.HeldError("another pull is under way: Jürgens → 2026\nx", "wait")

    at.publish()
    at.fetch()
    monkeypatch.setattr(lock, "held", held)
    assert detect(at.home) == (0, "drift=unknown: another pull is under way: J?rgens -> 2026 x")


def test_what_leaves_no_document_is_told_in_one_line_too():
    assert short("locked", []) == "outcome=locked"
    said = short("failed", ["no\nroom → é" * 900])
    assert (len(said), said.isascii(), said[:26]) == (LINE, True, "outcome=failed note=no roo")


def test_a_document_that_was_damaged_is_no_traceback(at, call):
    for name in ("results/sent/last.json", "results/2026-11-27T00-00-00-000000-0.json"):
        (at.home / name).parent.mkdir(parents=True, exist_ok=True)
        (at.home / name).write_bytes(b"[" * 100_000)
    assert "no pull yet" in call("pull", "--home", at.home, "status")
    assert "outcome=no_bundle" in call("pull", "--home", at.home, "--now", code=4)


@pytest.mark.parametrize("name", ["pull.yml", "trust", "state.json", "bundles"])
def test_what_a_person_owns_writes_or_leads_elsewhere_is_not_believed(at, name, monkeypatch):
    at.publish()
    at.fetch()
    at.set()
    place, mode = at.home / name, (at.home / name).stat().st_mode
    place.chmod(mode | 0o002)
    with pytest.raises(SettingsError, match="somebody else's"):
        settings.load(at.home)
    place.chmod(mode)
    settings.load(at.home)
    place.rename(at.folder / "theirs")
    place.symlink_to(at.folder / "theirs")
    with pytest.raises(SettingsError, match="is a link"):
        settings.load(at.home)
    place.unlink()
    (at.folder / "theirs").rename(place)
    owner = place.stat().st_uid
    monkeypatch.setattr(settings.os, "geteuid", lambda: owner + 1, raising=False)
    if owner:
        with pytest.raises(SettingsError, match="somebody else's"):
            settings.load(at.home)
        return
    os.chown(place, 12345, -1)
    with pytest.raises(SettingsError, match="somebody else's"):
        settings.load(at.home)


def test_nothing_is_changed_where_no_document_can_tell_of_it(at, monkeypatch, call):
    at.publish()
    at.fetch()
    done = []

    def run(_name, _data, begun, **_more):
        begun(SimpleNamespace(journal=SimpleNamespace(warned=lambda *_words: None, keep=None)))
        done.append("a change")

    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(converge, "run", run)
    monkeypatch.setattr(told, "document", lambda *_arguments: {})
    monkeypatch.setattr(Spool, "write", full)
    said = call("pull", "--home", at.home, "--now", code=1)
    assert "outcome=failed note=the document could not be written: No space left on device" in said
    assert done == []


@pytest.mark.parametrize(
    ("status", "kind", "left"), [(200, "text/html; charset=utf-8", 1), (200, "application/json", 0), (201, "text/html", 0)]
)
def test_a_page_is_not_taken_for_somebody_who_has_taken_a_document(at, status, kind, left):
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_words):
            pass

    spool = Spool(at.home / "results")
    spool.write("2026-11-27T00-00-00-000000-0.json", {"host": "LT-1"})
    with serving(Handler) as server:
        why = spool.hand_back(Place(f"http://127.0.0.1:{server.server_port}", at.settings, 5), "LT-1")
    assert (len(spool.waiting()), "with a page" in why) == (left, bool(left))


def test_no_document_goes_through_a_link(at, tmp_path):
    (tmp_path / "back").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "back" / "LT-1").symlink_to(tmp_path / "elsewhere")
    spool = Spool(at.home / "results")
    spool.write("2026-11-27T00-00-00-000000-0.json", {"host": "LT-1"})
    assert "through a link" in spool.hand_back(Place(str(tmp_path / "back"), at.settings, 5), "LT-1")
    assert (len(spool.waiting()), list((tmp_path / "elsewhere").iterdir())) == (1, [])


@pytest.mark.parametrize("source", ["http://fleet.example", "https://[x", "public", "https://who:s3cret@a.example/x"])
def test_a_package_that_no_laptop_would_take_is_not_written(at, call, source):
    out = at.folder / "package"
    assert "s3cret" not in call("enroll", at.public, "--source", source, "--out", out, code=1)
    assert not out.exists()


def test_a_run_has_one_name_in_its_document_and_for_whomever_it_keeps_out(at, monkeypatch):
    holders, held = [], lock.held
    monkeypatch.setattr(lock, "held", lambda path, holder: holders.append(holder) or held(path, holder))
    of_document = work.pull(at.home, at.clock).document["run"]["id"]
    assert all(f"run {of_document}," in one for one in (*holders, HOLDER))  # the last is what a push meets
