"""Links: one that a person made stays one; in a folder of somebody else's none is followed. And waiting for a line in a file."""

import hashlib
import threading

import pytest
from side import b64, fails, unbase64


def sha(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def secret(place):
    place.make(place.path("secret"))
    place.write(place.path("secret", "file"), b"secret")
    place.make(place.path("theirs"))
    return place.path("secret", "file")


def read(place, *names):
    return {"verb": "file.read", "path": place.path("theirs", *names), "within": place.path("theirs")}


def write(place, *names):
    return {"verb": "file.write", "path": place.path("theirs", *names), "data": b64(b"new"), "within": place.path("theirs")}


@pytest.mark.usefixtures("secret")
def test_what_is_plain_is_read_and_written_within_a_folder(agent, place):
    place.write(place.path("theirs", "file"), b"old")
    before, done, made, after = agent.ask(
        read(place, "file"), write(place, "file"), write(place, "sub", "file"), read(place, "sub", "file")
    )
    assert unbase64(before["value"]["data"]) == b"old"
    assert done["ok"]
    assert made["ok"]
    assert unbase64(after["value"]["data"]) == b"new"


@pytest.mark.parametrize("way", ["file", "folder", "second name", "the folder itself"])
def test_within_a_folder_no_link_is_followed(agent, place, secret, way):
    names = ("sub", "file") if way == "folder" else ("file",)
    if way == "file":
        place.file_link(place.path("theirs", "file"), secret)
    elif way == "folder":
        place.link(place.path("theirs", "sub"), place.path("secret"))
    elif way == "second name":
        place.second_name(place.path("theirs", "file"), secret)
    else:
        agent.ask({"verb": "file.remove", "path": place.path("theirs")})
        place.link(place.path("theirs"), place.path("secret"))
    for result in agent.ask(read(place, *names), write(place, *names), keep_going=True):
        fails(result, "link")
        assert "theirs" in result["error"]["message"]
    assert place.read(secret) == b"secret"


@pytest.mark.usefixtures("secret")
def test_nothing_is_made_behind_a_link_within_a_folder(agent, place):
    place.link(place.path("theirs", "sub"), place.path("secret"))
    fails(agent.ask(write(place, "sub", "deep", "file"))[0], "link")
    assert not place.exists(place.path("secret", "deep"))


def test_what_is_not_within_the_folder_is_a_bad_call(agent, place, secret):
    call = {"verb": "file.read", "path": secret, "within": place.path("theirs")}
    beside = {"verb": "file.read", "path": place.path("theirsandmore"), "within": place.path("theirs")}
    for result in agent.ask(call, beside, keep_going=True):
        fails(result, "bad_call")


def test_a_link_that_a_person_made_is_written_through_and_stays(agent, place):
    place.make(place.path("dotfiles"))
    place.write(place.path("dotfiles", "conf"), b"old")
    place.file_link(place.path("one"), place.path("dotfiles", "conf"))
    place.file_link(place.path("two"), place.path("one"))
    (done,) = agent.ask(
        {
            "verb": "file.write",
            "path": place.path("two"),
            "data": b64(b"new"),
            "expected": sha(b"old"),
            "backup": place.path("bak"),
        }
    )
    assert done["ok"], done
    assert (place.is_link(place.path("one")), place.is_link(place.path("two"))) == (True, True)
    assert place.read(place.path("dotfiles", "conf")) == b"new"
    assert place.read(place.path("bak")) == b"old"
    assert sorted(place.names()) == ["bak", "dotfiles", "one", "two"]


def test_a_link_to_nothing_yet_is_written_through_too(agent, place):
    place.file_link(place.path("one"), place.path("conf"))
    (done,) = agent.ask({"verb": "file.write", "path": place.path("one"), "data": b64(b"new")})
    assert done["ok"], done
    assert place.is_link(place.path("one"))
    assert place.read(place.path("conf")) == b"new"


def test_a_file_with_two_names_keeps_both(agent, place):
    place.write(place.path("one"), b"old")
    place.second_name(place.path("two"), place.path("one"))
    (done,) = agent.ask(
        {
            "verb": "file.write",
            "path": place.path("two"),
            "data": b64(b"new"),
            "expected": sha(b"old"),
            "backup": place.path("bak"),
        }
    )
    assert done["ok"], done
    assert [place.read(place.path(name)) for name in ("one", "two", "bak")] == [b"new", b"new", b"old"]


def line(place, **fields):
    return {"verb": "file.wait", "path": place.path("reply"), "timeout": 5, "line": True, **fields}


def test_waiting_for_a_line_ends_when_it_is_whole(agent, place):
    place.write(place.path("reply"), b" ")
    timer = threading.Timer(0.5, place.write, [place.path("reply"), b' {"id": 1}\n'])
    timer.start()
    (waited,) = agent.ask(line(place, begin=0.1))
    timer.join()
    assert 0.2 < waited["value"]["seconds"] < 3


def test_an_empty_file_is_waited_for_as_long_as_a_line_may_take_to_begin(agent, place):
    place.write(place.path("reply"), b"")
    fails(agent.ask(line(place, begin=0.2))[0], "not_begun")
    place.write(place.path("reply"), b" half")
    fails(agent.ask(line(place, begin=0.2, timeout=0.4))[0], "timeout")


def test_a_file_that_is_gone_is_not_waited_for(agent, place):
    fails(agent.ask(line(place))[0], "not_found")


def test_a_link_is_not_waited_at(agent, place):
    place.write(place.path("other"), b"x\n")
    place.file_link(place.path("reply"), place.path("other"))
    fails(agent.ask(line(place))[0], "link")
