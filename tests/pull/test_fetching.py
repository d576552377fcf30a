"""Fetching is bounded in time and size, and whatever stands in the way is called by its name; nothing of it changes anything."""

import select
import socket
import time

import pytest
from server import answering, certificate, of_folder, serving

from pyinfra_wsl.pull.accept import OK, REFUSED, UNREACHABLE
from pyinfra_wsl.pull.fetch import FetchError, NotThereError, Place
from pyinfra_wsl.pull.settings import SettingsError


@pytest.fixture
def place(at):
    def made(address, **more):
        at.set(**more)
        return Place(address, at.settings, 1.0)

    return made


def said(handler, code=200, body=b"", **headers):
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


ANSWERS = {
    "the server is not ready (again after 120)": lambda one: said(one, 503, Retry_After="120"),
    "the proxy wants a login": lambda one: said(one, 407),
    "the server wants a login": lambda one: said(one, 401),
    "the server forbids it": lambda one: said(one, 403),
    "sends on to portal.example": lambda one: said(one, 302, Location="https://portal.example/login"),
    "answers with 500": lambda one: said(one, 500),
    "more than 64 KiB": lambda one: said(one, body=b"x" * 70_000),
    "broke off after 3 of 100 bytes": lambda one: said(one, body=b"abc", Content_Length="100"),
}


@pytest.mark.parametrize("cause", ANSWERS)
def test_each_answer_has_its_cause(at, cause):
    at.publish()
    at.fetch()
    with serving(answering(ANSWERS[cause])) as server:
        at.set(source=f"http://127.0.0.1:{server.server_port}")
        before = at.kept()
        got = at.fetch()
    assert got.source == UNREACHABLE
    assert cause in got.why.cause
    assert (at.kept(), got.held.manifest.serial) == (before, 1)


def test_the_page_of_a_captive_portal_is_not_taken_for_a_bundle(at):
    at.publish()
    at.fetch()
    with serving(answering(lambda one: said(one, body=b"<html>Please sign in</html>"))) as server:
        at.set(source=f"http://127.0.0.1:{server.server_port}")
        got = at.fetch()
    assert (got.source, got.why.cause) == (REFUSED, "it is not signed")
    assert "proxy" in got.why.remedy


def test_an_endless_body_ends_in_time(at):
    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    with serving(answering(drip)) as server:
        at.set()
        begun = time.monotonic()
        with pytest.raises(FetchError, match="no answer within"):
            Place(f"http://127.0.0.1:{server.server_port}", at.settings, 0.3).get("latest", 1000)
    assert time.monotonic() - begun < 5


def test_who_does_not_answer_is_given_up(place):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(FetchError, match="no answer within"):
            Place(f"http://127.0.0.1:{silent.getsockname()[1]}", place("x").settings, 0.2).get("latest", 10)
        port = silent.getsockname()[1]
    with pytest.raises(FetchError, match="refused"):
        Place(f"http://127.0.0.1:{port}", place("x").settings, 0.2).get("latest", 10)


def test_a_share_that_does_not_answer_is_given_up(place, monkeypatch):
    one = place("/srv/share")
    one.seconds = 0.1
    monkeypatch.setattr(Place, "_read", lambda *_arguments: time.sleep(3))
    begun = time.monotonic()
    with pytest.raises(FetchError, match="no answer within"):
        one.get("latest", 10)
    assert time.monotonic() - begun < 2


def test_a_folder_that_is_not_there_is_no_bundle_that_is_not_there(place, tmp_path):
    with pytest.raises(FetchError) as failed:
        place(str(tmp_path / "away")).get("latest", 10)
    assert not isinstance(failed.value, NotThereError)
    with pytest.raises(NotThereError):
        place(str(tmp_path)).get("latest", 10)
    (tmp_path / "latest").write_bytes(b"x" * 11)
    with pytest.raises(FetchError, match="more than"):
        place(str(tmp_path)).get("latest", 10)


def test_an_encrypted_server_proves_itself(at):
    at.publish()
    made = certificate(at.folder)
    with serving(of_folder(at.public), made) as server:
        address = f"https://127.0.0.1:{server.server_port}"
        at.set(source=address)
        got = at.fetch()
        assert (got.source, "no encrypted connection" in got.why.cause) == (UNREACHABLE, True)
        at.set(source=address, ca=str(made))
        assert at.fetch().source == OK
        assert [one for one in server.asked if "slices" not in one] == ["GET /latest", "GET /trust/2"]


@pytest.mark.parametrize("ca", ["there.pem", "none.pem"])
def test_authorities_that_cannot_be_used_are_named(at, ca):
    (at.folder / "there.pem").write_text("no certificate")
    at.publish()
    at.set(source="https://127.0.0.1:9", ca=str(at.folder / ca))
    got = at.fetch()
    assert (got.source, got.why.code) == (UNREACHABLE, "ca")
    assert f"{ca} cannot be used" in got.why.cause


def test_the_second_fetch_of_the_same_is_one_small_get(at):
    at.publish()
    with serving(of_folder(at.public)) as server:
        at.set(source=f"http://127.0.0.1:{server.server_port}/")
        at.fetch()
        server.asked.clear()
        assert at.fetch().source == OK
        assert server.asked == ["GET /latest"]


def tunnel(handler):
    """Be a proxy: connect, and carry bytes both ways."""
    host, _, port = handler.path.partition(":")
    with socket.create_connection((host, int(port))) as there:
        handler.send_response(200)
        handler.end_headers()
        sides = {handler.connection: there, there: handler.connection}
        while True:
            for one in select.select(list(sides), [], [], 5)[0]:
                data = one.recv(65536)
                if not data:
                    return
                sides[one].sendall(data)


def test_a_proxy_is_asked_where_it_is_named_and_not_where_it_is_not(at, monkeypatch):
    at.publish()
    made = certificate(at.folder)
    with serving(of_folder(at.public), made) as server, serving(answering(tunnel)) as proxy:
        source, through = f"https://127.0.0.1:{server.server_port}", f"http://127.0.0.1:{proxy.server_port}"
        at.set(source=source, ca=str(made), proxy=through)
        assert at.fetch().source == OK
        assert proxy.asked[0] == f"CONNECT 127.0.0.1:{server.server_port}"
        proxy.asked.clear()
        for setting, variables in (("none", {}), ("system", {"NO_PROXY": "127.0.0.1"})):
            for name, value in {"HTTPS_PROXY": through, "https_proxy": through, **variables}.items():
                monkeypatch.setenv(name, value)
            at.set(source=source, ca=str(made), proxy=setting)
            assert at.fetch().source == OK
            assert proxy.asked == []
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        assert at.fetch().source == OK
        assert proxy.asked


def test_a_proxy_that_wants_a_login_says_so(at):
    with serving(answering(lambda one: said(one, 407))) as proxy:
        at.set(source="https://fleet.example/x", proxy=f"http://127.0.0.1:{proxy.server_port}")
        got = at.fetch()
    assert (got.source, "407" in got.why.cause) == (UNREACHABLE, True)


@pytest.mark.parametrize(
    ("more", "what"),
    [({"source": "http://fleet.example"}, "not encrypted"), ({"source": "public"}, "no whole path"),
     ({"proxy": "http://wpad.example/proxy.pac"}, "PAC"), ({"proxy": "socks5://x"}, "proxy is"),
     ({"souce": "x"}, "is no setting"), ({"splay": "soon"}, "splay has no usable value"), ({"name": "a b"}, "letters, digits"),
     ({"results": {"detail": "much"}}, "results.detail"), ({"results": {"to": "back"}}, "no whole path"),
     ({"source": "https://a.example/Übung"}, "percent-encoded"), ({"source": "https://a.example/a b"}, "percent-encoded"),
     ({"splay": -1}, "not negative"), ({"fleet": "../x"}, "letters, digits"), ({"source": "https://"}, "no address")],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_said_with_a_next_step(at, more, what):
    with pytest.raises(SettingsError, match=what) as wrong:
        at.set(**more)
    assert wrong.value.remedy


def test_a_folder_into_which_others_write_is_not_believed(at):
    at.home.chmod(0o777)
    with pytest.raises(SettingsError, match="others may write"):
        at.set()
    at.home.chmod(0o755)
    (at.folder / "link").symlink_to(at.home)
    from pyinfra_wsl.pull import settings  # noqa: PLC0415

    with pytest.raises(SettingsError, match="is a link"):
        settings.load(at.folder / "link")


@pytest.mark.parametrize(
    ("address", "full"),
    [("https://a.example/x/", "https://a.example/x/images/1/f"), ("https://a.example/x?sig=1", "https://a.example/x/images/1/f?sig=1"),
     ("\\\\srv\\fleet\\corp", "\\\\srv\\fleet\\corp\\images\\1\\f"), ("D:\\fleet", "D:\\fleet\\images\\1\\f"),
     ("/srv/fleet", "/srv/fleet/images/1/f")],
)  # fmt: skip
def test_a_file_is_named_as_its_place_names_it(place, address, full):
    assert place(address).full("images/1/f") == full
