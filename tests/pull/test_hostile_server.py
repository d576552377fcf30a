"""A server in the hands of a stranger: whatever it answers, the laptop goes on with what it has, in time, and says why."""

import base64
import gzip
import os
import random
import time
from types import SimpleNamespace

import pytest
from server import answering, serving

from pyinfra_wsl.pull.accept import OK, REFUSED, UNREACHABLE
from pyinfra_wsl.pull.fetch import FetchError, Place
from pyinfra_wsl.pull.form import manifest, sshsig
from pyinfra_wsl.pull.form.refused import RefusedError
from pyinfra_wsl.pull.form.signed import Signed, Signers

BOMB = gzip.compress(bytes(50 * 2**20))


def raw(data):
    """Return an answer that is these very bytes."""
    return lambda one: one.wfile.write(data)


def head(*lines, code=200, body=b"x"):
    return raw(b"\r\n".join([b"HTTP/1.1 %d OK" % code, *lines]) + b"\r\n\r\n" + body)


ANSWERS = {
    **{
        f"sent on to {to!r}": head(b"Location: " + to, code=302)
        for to in (
            b"file:///etc/passwd",
            b"ftp://x.example/latest",
            b"http://[",
            b"//evil.example/latest",
            b"\\\\evil\\share",
            b"",
        )
    },
    "sent on for ever": head(b"Location: latest", code=301),
    "a header without end": head(b"X: " + b"y" * 70_000),
    "ten thousand headers": head(*[b"X-%d: y" % number for number in range(10_000)]),
    "a header that is none": head(b"\x00\xff\x1b[2J"),
    "a bomb": head(b"Content-Encoding: gzip", b"Content-Length: %d" % len(BOMB), body=BOMB),
    "a small bomb": head(b"Content-Encoding: gzip", body=BOMB[:60_000]),
    "a part that nobody asked for": head(b"Content-Range: bytes 0-0/1", code=206),
    "not modified": head(code=304),
    "nothing": head(code=204, body=b""),
    "a length below zero": head(b"Content-Length: -1"),
    "a length that is none": head("Content-Length: ²".encode("latin-1")),
    "a length of 5000 digits": head(b"Content-Length: " + b"9" * 5000),
    "two lengths": head(b"Content-Length: 1", b"Content-Length: 100"),
    "a chunk below zero": head(b"Transfer-Encoding: chunked", body=b"-5\r\nabc\r\n0\r\n\r\n"),
    "a chunk without end": head(b"Transfer-Encoding: chunked", body=b"FFFFFFFFFFFFFFFF\r\n" + b"x" * 70_000),
    "a chunk that is none": head(b"Transfer-Encoding: chunked", body=b"zz\r\n"),
    "a chunk's words without end": head(b"Transfer-Encoding: chunked", body=b"1;" + b"x" * 70_000),
    "a time that is none": head(b"Date: Mon, 01 Jan 0001 00:00:00 +2359"),
    "a time of 5000 digits": head(b"Date: Mon, 01 Jan " + b"9" * 5000 + b" 00:00:00 GMT"),
    "a status that is none": raw(b"HTTP/1.1 999999 X\r\n\r\n"),
    "no status": raw(b"\x16\x03\x01\x02\x00"),
    "another protocol": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "words of another": raw(b"HTTP/1.1 500 \x1b[2J\x1b]0;owned\x07\r\n\r\n"),
    "hung up": lambda one: one.connection.close(),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_whatever_it_answers_the_last_good_bundle_stays_and_the_cause_is_a_line(at, what):
    at.publish()
    at.fetch()
    before = at.kept()
    with serving(answering(ANSWERS[what])) as server:
        at.set(source=f"http://127.0.0.1:{server.server_port}")
        got = at.fetch()
        assert server.asked == ["/latest"]
    assert got.source in (UNREACHABLE, REFUSED)
    assert (got.held.manifest.serial, at.kept()) == (1, before)
    assert got.why.said.isprintable()
    assert len(got.why.said) < 500


def test_a_bomb_is_neither_unpacked_nor_believed(at):
    """Nothing packed is asked for, and what comes is taken as it is: it is no signature."""
    with serving(answering(ANSWERS["a small bomb"])) as server:
        data = Place(f"http://127.0.0.1:{server.server_port}", at.settings, 5).get("latest", 64 * 1024)
    assert data == BOMB[:60_000]
    with pytest.raises(RefusedError, match="not signed"):
        Signed.read(data)


def test_trailers_without_end_are_given_up_in_time(at):
    def answer(one):
        one.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
        for _ in range(600):
            one.wfile.write(b"X: y\r\n")
            time.sleep(0.05)

    begun = time.monotonic()
    with serving(answering(answer)) as server, pytest.raises(FetchError):
        Place(f"http://127.0.0.1:{server.server_port}", at.settings, 0.3).get("latest", 1000)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a link to itself", "a link to a device", "a link to a secret"])
def test_what_lies_in_a_share_instead_of_a_file_is_none(at, kind):
    at.publish()
    at.fetch()
    place = at.public / "latest"
    place.unlink()
    (at.folder / "secret").write_text("password")
    make = {
        "a folder": place.mkdir,
        "a pipe": lambda: os.mkfifo(place),
        "a link to itself": lambda: place.symlink_to(place),
        "a link to a device": lambda: place.symlink_to("/dev/zero"),
        "a link to a secret": lambda: place.symlink_to(at.folder / "secret"),
    }
    make[kind]()
    begun = time.monotonic()
    got = at.accepting().from_any([Place(str(at.public), at.settings, 0.3)])
    assert (got.source != OK, got.held.manifest.serial) == (True, 1)
    assert "password" not in got.why.said
    assert time.monotonic() - begun < 20


def text(data):
    return len(data).to_bytes(4, "big") + data


KINDS = [b"", b" ", b"\n", b"\x1c", b"a b", b"\xff", b"ssh-ed25519", b"ssh-ed25519 ", b"ecdsa-sha2-nistp256",
         b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com"]  # fmt: skip
PARTS = [b"", b"\0" * 32, b"\xff" * 32, b"nistp256", b"\x04" + b"\1" * 64, b"\2" + b"\1" * 32, b"x" * 31]


def test_no_signature_that_anybody_can_write_does_more_than_not_count():
    """Before it is verified nobody stands behind it: each of its fields is anything."""
    draw = random.Random(17)  # noqa: S311 - what the fields are
    for _ in range(3000):
        key = text(draw.choice(KINDS)) + b"".join(text(draw.choice(PARTS)) for _ in range(draw.randrange(4)))
        mark = text(draw.choice(KINDS)) + b"".join(
            draw.choice([text(draw.choice(PARTS)), text(text(draw.choice(PARTS)) * 2), b"\1" + b"\0" * 4])
            for _ in range(draw.randrange(4))
        )
        fields = [key, draw.choice([manifest.NAMESPACE.encode(), b"\xff"]), b"", draw.choice([b"sha512", b"md5"]), mark]
        data = b"SSHSIG" + (1).to_bytes(4, "big") + b"".join(map(text, fields))
        block = sshsig.BEGIN + base64.b64encode(data) + b"\n" + sshsig.END
        with pytest.raises(RefusedError):
            Signers.of(Signed.read(block + b"{}"), manifest.NAMESPACE).need({"ssh-ed25519 AAAA"}, 1)


def test_an_error_that_nobody_thought_of_is_a_refusal_too(at, monkeypatch):
    at.publish()
    at.fetch()
    at.publish("hosts: {LT-1: {}}")
    monkeypatch.setattr(manifest, "enter", lambda *_words: SimpleNamespace().nothing)
    got = at.fetch()
    assert (got.source, got.held.manifest.serial) == (REFUSED, 1)
    assert "cannot be read (AttributeError)" in got.why.cause
