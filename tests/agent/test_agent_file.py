"""The verbs file.…: whole files, pieces, expectations, locks, and errors by their kind."""

import hashlib
import os
import threading
import time

import pytest
from side import b64, fails, unbase64


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_a_file_that_was_written_is_read_back(agent, place):
    data, path = os.urandom(200_000), place.path("a folder", "ü.bin")
    write, read, state, listing = agent.ask(
        {"verb": "file.write", "path": path, "data": b64(data), "expected": ""},
        {"verb": "file.read", "path": path},
        {"verb": "file.state", "path": path, "hash": True},
        {"verb": "file.list", "path": place.path("a folder")},
    )
    assert write == {"ok": True, "value": {}}
    assert unbase64(read["value"]["data"]) == data
    assert read["value"]["sha256"] == sha256(data) == state["value"]["sha256"]
    (entry,) = listing["value"]["entries"]
    assert entry | {"modified": ""} == {"name": "ü.bin", "folder": False, "link": False, "size": 200_000, "modified": ""}
    assert state["value"]["path"] == path
    assert state["value"]["modified"].endswith("Z")


def test_a_list_can_be_narrowed(agent, place):
    for name in ("one.log", "two.LOG", "three.txt"):
        place.write(place.path(name), b"")
    (listing,) = agent.ask({"verb": "file.list", "path": place.folder, "pattern": "*.log"})
    assert sorted(entry["name"] for entry in listing["value"]["entries"]) == ["one.log", "two.LOG"]


def test_a_folder_has_no_size_and_a_link_says_so(agent, place):
    place.make(place.path("target"))
    place.link(place.path("link"), place.path("target"))
    folder, link = agent.ask(
        {"verb": "file.state", "path": place.path("target")}, {"verb": "file.state", "path": place.path("link")}
    )
    assert (folder["value"]["folder"], folder["value"]["link"], folder["value"]["size"]) == (True, False, None)
    assert (link["value"]["folder"], link["value"]["link"]) == (True, True)


def test_a_file_is_read_in_pieces(agent, place):
    place.write(place.path("f"), b"0123456789")
    pieces = agent.ask(*({"verb": "file.read", "path": place.path("f"), "offset": at, "limit": 6} for at in (0, 6, 99)))
    assert [unbase64(piece["value"]["data"]) for piece in pieces] == [b"012345", b"6789", b""]
    assert {piece["value"]["sha256"] for piece in pieces} == {None}, "a piece costs no hash of the whole"
    assert len({piece["value"]["modified"] for piece in pieces}) == 1


@pytest.mark.parametrize(("fields", "whole"), [({}, True), ({"limit": 10}, True), ({"limit": 9}, False), ({"offset": 1}, False)])
def test_the_hash_comes_with_the_whole_file_only(agent, place, fields, whole):
    place.write(place.path("f"), b"0123456789")
    (read,) = agent.ask({"verb": "file.read", "path": place.path("f"), **fields})
    assert read["value"]["sha256"] == (sha256(b"0123456789") if whole else None)


def test_an_empty_file_is_a_file(agent, place):
    write, read = agent.ask(
        {"verb": "file.write", "path": place.path("e"), "data": ""}, {"verb": "file.read", "path": place.path("e")}
    )
    assert write["ok"]
    assert (read["value"]["exists"], read["value"]["size"], read["value"]["data"]) == (True, 0, "")


def test_a_file_that_somebody_changed_is_not_overwritten(agent, place):
    path = place.path("settings.json")
    place.write(path, b"theirs")
    write = {"verb": "file.write", "path": path, "data": b64(b"ours"), "expected": sha256(b"what we saw")}
    fails(agent.ask(write)[0], "changed")
    assert place.read(path) == b"theirs"
    assert place.names() == ["settings.json"]


def test_a_file_that_is_there_is_not_taken_for_absent(agent, place):
    place.write(place.path("f"), b"theirs")
    fails(agent.ask({"verb": "file.write", "path": place.path("f"), "data": "", "expected": ""})[0], "changed")


def test_the_old_file_is_kept_as_a_backup(agent, place):
    path = place.path("settings.json")
    place.write(path, b"theirs")
    backup = {"expected": sha256(b"theirs").upper(), "backup": place.path("before")}
    assert agent.ask({"verb": "file.write", "path": path, "data": b64(b"ours"), **backup})[0]["ok"]
    assert place.read(path) == b"ours"
    assert place.read(place.path("before")) == b"theirs"
    assert len(place.names()) == 2


def test_a_lost_or_repeated_piece_is_seen(agent, place):
    path = place.path("up")
    one, again, two = agent.ask(
        {"verb": "file.append", "path": path, "offset": 0, "data": b64(b"abc")},
        {"verb": "file.append", "path": path, "offset": 0, "data": b64(b"abc")},
        {"verb": "file.append", "path": path, "offset": 3, "data": b64(b"def")},
        keep_going=True,
    )
    fails(again, "changed")
    assert (one["value"]["size"], two["value"]["size"]) == (3, 6)
    assert place.read(path) == b"abcdef"


def test_moving_and_removing_leaves_a_links_target_alone(agent, place):
    place.make(place.path("target"))
    place.write(place.path("target", "keep"), b"x")
    place.make(place.path("tree"))
    place.link(place.path("tree", "link"), place.path("target"))
    place.write(place.path("f"), b"x")
    results = agent.ask(
        {"verb": "file.move", "path": place.path("f"), "to": place.path("g")},
        {"verb": "file.remove", "path": place.path("g")},
        {"verb": "file.remove", "path": place.path("tree"), "tree": True},
        {"verb": "file.remove", "path": place.path("nothing")},
    )
    assert [result["value"] for result in results] == [{}, {"existed": True}, {"existed": True}, {"existed": False}]
    assert place.exists(place.path("target", "keep"))
    assert not place.exists(place.path("tree"))


def test_a_move_onto_something_fails_and_leaves_both(agent, place):
    place.write(place.path("a"), b"a")
    place.write(place.path("b"), b"b")
    (move,) = agent.ask({"verb": "file.move", "path": place.path("a"), "to": place.path("b")})
    fails(move, "exists" if agent.windows else move["error"]["kind"])
    assert (place.read(place.path("a")), place.read(place.path("b"))) == (b"a", b"b")


def test_waiting_ends_when_the_file_is_there(agent, place):
    timer = threading.Timer(0.5, place.write, [place.path("late"), b""])
    timer.start()
    (late,) = agent.ask({"verb": "file.wait", "path": place.path("late"), "timeout": 5})
    timer.join()
    assert 0.2 < late["value"]["seconds"] < 3


def test_waiting_ends_at_its_time(agent, place):
    fails(agent.ask({"verb": "file.wait", "path": place.path("never"), "timeout": 0.3})[0], "timeout")


def test_waiting_for_what_is_gone_already_ends_at_once(agent, place):
    assert agent.ask({"verb": "file.wait", "path": place.path("never"), "timeout": 1, "gone": True})[0]["ok"]


def test_a_lock_names_its_holder_and_ends_with_its_agent(agent, place):
    path = place.path("state", "lock")
    other = agent.another()
    lock = {"verb": "file.lock", "path": path, "holder": "run 7 by ada@control"}
    assert agent.ask(lock)[0]["ok"]
    assert agent.ask(lock)[0]["ok"]
    (refused,) = other.ask({"verb": "file.lock", "path": path, "holder": "run 8", "timeout": 0.5})
    fails(refused, "in_use")
    assert "ada@control" in refused["error"]["message"]
    agent.kill()
    assert other.ask({"verb": "file.lock", "path": path, "holder": "run 8", "timeout": 5})[0]["ok"]
    other.close()


def test_a_second_agent_waits_for_the_lock(agent, place):
    path, other = place.path("lock"), agent.another()
    assert other.ask({"verb": "file.lock", "path": path, "holder": "run 8"})[0]["ok"]
    threading.Timer(0.5, other.kill).start()
    begin = time.monotonic()
    assert agent.ask({"verb": "file.lock", "path": path, "holder": "run 9", "timeout": 10})[0]["ok"]
    assert 0.2 < time.monotonic() - begin < 5


def test_what_is_not_there_is_no_error(agent, place):
    path = place.path("no", "no")
    results = agent.ask(*({"verb": verb, "path": path} for verb in ("file.read", "file.state", "file.list")))
    assert [result["value"]["exists"] for result in results] == [False] * 3


def test_errors_have_kinds(agent, place):
    no_folder, no_source = agent.ask(
        {"verb": "file.append", "path": place.path("no", "x"), "offset": 0, "data": ""},
        {"verb": "file.move", "path": place.path("nothing"), "to": place.path("x")},
        keep_going=True,
    )
    fails(no_folder, "not_found")
    fails(no_source, "not_found")
    assert {"kind", "message", "type", "hresult", "line"} <= set(no_source["error"])


def test_a_folder_is_neither_overwritten_nor_removed_with_what_it_holds(agent, place):
    place.make(place.path("folder", "x"))
    onto, remove = agent.ask(
        {"verb": "file.write", "path": place.path("folder"), "data": ""},
        {"verb": "file.remove", "path": place.path("folder")},
        keep_going=True,
    )
    fails(onto, "exists")
    fails(remove, "not_empty" if agent.windows else remove["error"]["kind"])
    assert place.exists(place.path("folder", "x"))


def test_variables_in_paths_are_expanded(windows_agent):
    (state,) = windows_agent.ask({"verb": "file.state", "path": r"%SystemRoot%\System32\cmd.exe"})
    assert state["value"]["exists"]
    assert "%" not in state["value"]["path"]
