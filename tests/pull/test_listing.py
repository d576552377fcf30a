"""Documents at an address: a list that somebody keeps there, or as nginx and Caddy list folders, over TLS; all from outside."""

import json
from email.utils import formatdate
from types import SimpleNamespace

import pytest
from published import NOW
from server import answering, certificate, of_folder, serving
from test_collecting import document

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import handed, listing
from pyinfra_wsl.pull.collect import collect


def nginx(path):
    """As ``autoindex_format json`` of nginx 1.22 answered."""
    lines = [
        f'{{ "name":"{one.name}", "type":"{"directory" if one.is_dir() else "file"}", "mtime":"{formatdate(0, usegmt=True)}"'
        + ("" if one.is_dir() else f', "size":{one.stat().st_size}')
        + " }"
        for one in sorted(path.iterdir())
    ]
    return "[\n" + ",\n".join(lines) + "\n]"


def caddy(path):
    """As ``file_server browse`` of Caddy 2.6 answered who accepts JSON."""
    return json.dumps(
        [
            {"name": one.name + "/" * one.is_dir(), "size": 4096, "url": f"./{one.name}", "mod_time": "2026-11-27T16:51:43.2Z",
             "mode": 2147484141, "is_dir": one.is_dir(), "is_symlink": False}
            for one in sorted(path.iterdir())
        ]
    )  # fmt: skip


def lists(folder, made, refuses=""):
    """Return a handler of a server that lists its folders by itself, and refuses one."""

    class Handler(of_folder(folder)):
        def list_directory(self, _path):
            if refuses and self.path.endswith(refuses):
                self.send_error(403)
                return
            assert "application/json" in self.headers["Accept"]
            data = made(folder / self.path.strip("/")).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler


def whole_top(folder):
    """Return how a server lists its top, and no folder in it."""

    def list_directory(self, _path):
        if self.path != "/":
            self.send_error(403)
            return
        data = nginx(folder).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(data)

    return list_directory


@pytest.fixture
def back(tmp_path):
    """Return a folder into which LT-1 and LT-2 have handed two documents each."""
    folder = tmp_path / "back"
    for host in ("LT-1", "LT-2"):
        (folder / host).mkdir(parents=True)
        for number in range(2):
            (folder / host / f"2026-{number}.json").write_text(json.dumps(document(host, number)))
    (folder / "LT-1" / "notes.txt").write_text("x")
    (folder / "lost+found").mkdir()
    (folder / "stray.json").write_text("{}")
    return folder


@pytest.fixture
def take(tmp_path):
    number = iter(range(100))

    def taken(*places, **more):
        return collect(places, tmp_path / "results", None, NOW, f"{next(number):08x}", **more)

    return taken


def told(found):
    return sorted((one["host"], one["run"]["id"]) for one in found.documents)


ALL = sorted((host, f"{number:08x}") for host in ("LT-1", "LT-2") for number in range(2))


@pytest.mark.parametrize("made", [nginx, caddy])
def test_a_server_that_lists_its_folders_needs_no_index(back, tmp_path, take, call, made):
    pem = certificate(tmp_path)
    with serving(lists(back, made), pem) as server:
        address = f"https://127.0.0.1:{server.server_port}"
        with pytest.raises(StepError, match="no encrypted connection"):
            take(address)
        found = take(address, ca=str(pem))
        assert (told(found), found.problems) == (ALL, [])
        again = take(f"{address}/", ca=str(pem))
        assert (again.documents, again.known) == ([], 4)
        said = call("collect", address, "--ca", pem, "--results", tmp_path / "others")
    assert "4 new documents of 2 laptops" in said


def test_a_list_that_somebody_keeps_there_is_asked_for_alone(back, take):
    (back / "index.json").write_text(json.dumps(["LT-1/2026-0.json", "LT-1/notes.txt", "../x/a.json", 7, "LT-2/2026-1.json"]))
    with serving(of_folder(back)) as server:
        found = take(f"http://127.0.0.1:{server.server_port}")
        assert server.asked[0] == "GET /index.json"
        assert sorted(server.asked[1:]) == ["GET /LT-1/2026-0.json", "GET /LT-2/2026-1.json"]
    assert told(found) == [("LT-1", "00000000"), ("LT-2", "00000001")]


@pytest.mark.parametrize(
    ("body", "what"),
    [(b"<html>Index of /</html>", "no JSON that lists files"), (b"{}", "no list of files"), (b'[{"name":1}]', "no list of files"),
     (b"[" * 9999, "no JSON that lists files")],
)  # fmt: skip
def test_what_is_no_list_says_what_would_be(take, body, what):
    def answer(one):
        one.send_response(404 if one.path == "/index.json" else 200)
        one.end_headers()
        one.wfile.write(b"" if one.path == "/index.json" else body)

    with serving(answering(answer)) as server, pytest.raises(StepError, match=what) as caught:
        take(f"http://127.0.0.1:{server.server_port}")
    assert "docs/pull.md" in caught.value.remedy


def test_a_laptops_folder_that_cannot_be_listed_hides_no_other_and_is_not_taken_twice_later(back, take):
    with serving(lists(back, nginx)) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        take(address)
        server.RequestHandlerClass = lists(back, nginx, refuses="LT-1/")
        (back / "LT-2" / "2026-2.json").write_text(json.dumps(document("LT-2", 2)))
        found = take(address)
        assert told(found) == [("LT-2", "00000002")]
        assert ["LT-1/" in one and "forbids it" in one for one in found.problems] == [True]
        server.RequestHandlerClass = lists(back, nginx)
        again = take(address)
    assert (again.documents, again.known, again.problems) == ([], 5, [])


def test_a_list_that_is_empty_of_a_sudden_makes_nobody_forget_what_was_taken(back, take):
    names = json.dumps([str(path.relative_to(back)) for path in back.glob("LT-*/*.json")])
    with serving(of_folder(back)) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        for text, new in ((names, 4), ("[]", 0), ("[]", 0), (names, 0)):
            (back / "index.json").write_text(text)
            assert len(take(address).documents) == new


def test_a_server_that_lists_nothing_more_is_given_up_and_nothing_is_forgotten(back, take):
    for number in range(10, 60):
        (back / f"LT-{number}").mkdir()
    with serving(lists(back, nginx)) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        assert len(take(address).documents) == 4
        server.asked.clear()
        server.RequestHandlerClass = lists(back, nginx)
        server.RequestHandlerClass.list_directory = whole_top(back)
        with pytest.raises(StepError, match="forbids it"):
            take(address)
        assert len(server.asked) < 15
        server.RequestHandlerClass = lists(back, nginx)
        assert take(address).known == 4


def test_a_place_that_is_away_hides_no_other_and_is_not_taken_twice_later(back, tmp_path, take):
    other = tmp_path / "other"
    (other / "LT-3").mkdir(parents=True)
    (other / "LT-3" / "2026-0.json").write_text(json.dumps(document("LT-3")))
    take(str(back))
    back.rename(tmp_path / "away")
    found = take(str(back), str(other))
    assert told(found) == [("LT-3", "00000000")]
    assert ["is no folder" in one for one in found.problems] == [True]
    (tmp_path / "away").rename(back)
    assert take(str(back), str(other)).documents == []
    with pytest.raises(StepError, match="is no folder"):
        take(str(tmp_path / "nowhere"))


def test_what_lies_at_two_places_is_taken_once(back, tmp_path, take):
    for path in back.glob("LT-*/2026-*.json"):
        path.rename(path.with_name(f"2026-11-27T10-00-00-000000-0000000{path.stem[-1]}.json"))
    (back / "index.json").write_text(json.dumps([f"LT-1/{path.name}" for path in (back / "LT-1").glob("*.json")]))
    with serving(of_folder(back)) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        assert told(take(address, str(back))) == ALL
    back.rename(tmp_path / "elsewhere")
    found = take(str(tmp_path / "elsewhere"))
    assert (found.documents, found.known) == ([], 4)


def test_a_server_that_goes_away_meanwhile_is_given_up_and_the_rest_is_taken_the_next_time(tmp_path, take):
    folder = tmp_path / "many"
    (folder / "LT-1").mkdir(parents=True)
    names = [f"2026-{number:03}.json" for number in range(100)]
    for number, name in enumerate(names):
        (folder / "LT-1" / name).write_text(json.dumps(document(number=number)))
    (folder / "index.json").write_text(json.dumps([f"LT-1/{name}" for name in names]))

    class Going(of_folder(folder)):
        def do_GET(self):  # noqa: N802 - as http.server calls it
            self.server.asked.append(self.path)
            if len(self.server.asked) > 20:
                self.send_error(503)
            else:
                super().do_GET()

    with serving(Going) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        found = take(address)
        assert len(found.documents) < 20
        assert len(server.asked) < 70
        assert "does not answer: the rest is left for the next time" in found.problems[-1]
        server.RequestHandlerClass = of_folder(folder)
        rest = take(address)
    assert len(found.documents) + len(rest.documents) == 100


def test_no_laptop_with_documents_that_do_not_come_hides_the_others(back, take):
    """Twenty that are too large, and twenty that are listed and gone: the server answers, and is not given up for them."""
    for number in range(20):
        (back / "LT-1" / f"2026-1{number:02}.json").write_bytes(b" " * (handed.LARGEST + 1))
    names = [str(path.relative_to(back)) for path in back.glob("LT-*/*.json")]
    (back / "index.json").write_text(json.dumps([*names, *(f"LT-1/2026-2{number:02}.json" for number in range(20))]))
    with serving(of_folder(back)) as server:
        assert told(take(f"http://127.0.0.1:{server.server_port}")) == ALL


def test_folders_one_after_the_other_that_are_closed_hide_no_others(back, take):
    """Those of a site, say, into which the server may not look: it lists the others before and after."""
    for number in range(20):
        (back / f"LT-1{number:02}").mkdir()

    class Handler(lists(back, nginx)):
        def list_directory(self, path):
            if self.path.startswith("/LT-1") and self.path != "/LT-1/":
                self.send_error(403)
            else:
                super().list_directory(path)

    with serving(Handler) as server:
        found = take(f"http://127.0.0.1:{server.server_port}")
    assert told(found) == ALL
    assert sum("forbids it" in one for one in found.problems) == 20


def test_what_is_listed_many_times_is_asked_for_once(back, take):
    def often(path):
        return json.dumps(json.loads(nginx(path)) * 50)

    with serving(lists(back, often)) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        assert told(take(address)) == ALL
        assert len(server.asked) < 10
    (back / "index.json").write_text(json.dumps([str(path.relative_to(back)) for path in back.glob("LT-*/*.json")] * 50))
    with serving(of_folder(back)) as server:
        assert told(take(f"http://127.0.0.1:{server.server_port}")) == ALL


def test_as_many_as_a_fleet_hands_back_can_be_listed():
    """More names than any machine has values to say."""
    names = [f"LT-{number:05}/2026-11-27T10-00-00-000000-{number:08x}.json" for number in range(140_000)]
    place = SimpleNamespace(shown="here", get=lambda _path, _largest: json.dumps(names).encode())
    assert sum(1 for _ in listing.documents(place)) == 140_000


def test_what_opens_an_address_is_not_written_down(back, tmp_path, take):
    (back / "index.json").write_text('["LT-1/2026-0.json"]')
    with serving(of_folder(back)) as server:
        server.RequestHandlerClass.translate_path = lambda _self, path: str(back / path.partition("?")[0].strip("/"))
        address = f"http://127.0.0.1:{server.server_port}?sig=s3cr3t"
        assert len(take(address).documents) == 1
        assert take(address.replace("s3cr3t", "0th3r")).documents == []
        assert "sig=s3cr3t" in server.asked[0]
    assert b"s3cr3t" not in b"".join(path.read_bytes() for path in (tmp_path / "results").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("place", "what"),
    [("http://fleet.example/back", "not encrypted"), ("https://ada:s3cret@fleet.example/back", "names an account"),
     ("https://[x", "is no address")],
)  # fmt: skip
def test_an_address_that_is_none_is_said_without_what_may_be_secret(take, call, place, what):
    with pytest.raises(StepError, match=what):
        take(place)
    said = call("collect", place, code=1)
    assert what in said
    assert "s3cret" not in said
