"""What laptops hand back is read as anything from outside, once, and told with what runs have left."""

import json
from datetime import timedelta

import jsonschema
import pytest
from published import NOW
from server import of_folder, serving

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.data import schema
from pyinfra_wsl.pull.collect import LARGEST, collect
from pyinfra_wsl.report import heard, history, reading, select


def document(host="LT-1", number=0, **more):
    told = {"outcome": "converged", "chain": "c", "part": 1, "mode": "fresh", "source": "ok", "fleet": "corp", "epoch": 0,
            "serial": 7, "expires": None, "version": "0.1.0"}  # fmt: skip
    return {
        "run": {"id": f"{number:08x}", "ended": (NOW + timedelta(hours=number)).isoformat(), "holder": "pull"}, "host": host,
        "groups": [], "outcome": "converged", "seconds": 1.0, "processes": 1, "requests": 2, "restarts": 0, "resources": {},
        "changes": [], "deferred": [], "failures": [], "not_proved": [], "not_reached": [], "warnings": [], "left_out": [],
        "before": None, "pull": {**told, **more.pop("pull", {})}, **more,
    }  # fmt: skip


@pytest.fixture
def back(tmp_path):
    def put(value, host="LT-1", name=""):
        folder = tmp_path / "back" / host
        folder.mkdir(parents=True, exist_ok=True)
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        (folder / (name or f"2026-11-27T{len(list(folder.iterdir())):02}-00-00-000000-0.json")).write_bytes(data)
        return tmp_path / "back"

    return put


def taken(back, tmp_path, hosts=None, now=NOW + timedelta(days=2), run="0a0b0c0d"):
    return collect([str(back)], tmp_path / "results", hosts, now, run)


def test_thirty_of_one_laptop_and_one_of_another_are_taken_once_each_as_runs(back, tmp_path):
    for number in range(30):
        place = back(document(number=number))
    back(document("LT-2", 3), "LT-2")
    found = taken(place, tmp_path)
    assert (len(found.documents), found.problems) == (31, [])
    read = history.read(tmp_path / "results")
    assert [len(documents) for _, documents in read.runs] == [1] * 29 + [2]
    assert read.problems == []
    ended = [max(map(reading.ended, documents)) for _, documents in read.runs]
    assert ended == sorted(ended)
    newest = {one["host"]: one["run"]["id"] for one in select.newest_of_each(documents for _, documents in read.runs)}
    assert newest == {"LT-1": f"{29:08x}", "LT-2": f"{3:08x}"}
    again = taken(place, tmp_path, run="0a0b0c0e")
    assert (len(again.documents), again.known) == (0, 31)
    other = collect([str(back(document("LT-3"), "LT-3").parent / "back")], tmp_path / "results", None, NOW, "0a0b0c0f")
    assert len(other.documents) == 1


BAD = {
    "no JSON": b"{",
    "deep": b"[" * 5000,
    "a list": [],
    "another host": document("LT-2"),
    "no pull": {key: value for key, value in document().items() if key != "pull"},
    "a serial that is none": document(pull={"serial": "9"}),
    "an outcome that is none": document(outcome="great"),
    "no end": document(run={"id": "1", "ended": "yesterday", "holder": ""}),
    "changes that are none": document(changes=[{"sentence": 1}]),
    "a number without an end": json.dumps(document()).replace('"seconds": 1.0', '"seconds": 1e999').encode(),
    "too large": b" " * (LARGEST + 1),
    "not UTF-8": b"\xff\xfe{}",
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_document_of_its_laptop_is_named_and_hides_no_other(back, tmp_path, what):
    back(BAD[what])
    place = back(document("LT-2"), "LT-2")
    found = taken(place, tmp_path)
    assert [one["host"] for one in found.documents] == ["LT-2"]
    assert len(found.problems) == 1
    assert "LT-1/" in found.problems[0]


def test_links_and_strangers_are_not_followed(back, tmp_path):
    (tmp_path / "secret").write_bytes(json.dumps(document()).encode())
    place = back(document("LT-9"), "LT-9")
    (place / "LT-1").mkdir()
    (place / "LT-1" / "a.json").symlink_to(tmp_path / "secret")
    (place / "LT-2").symlink_to(place / "LT-1")
    found = taken(place, tmp_path, hosts=["LT-1", "lt-2"])
    assert found.documents == []
    assert ["no file" in found.problems[0], "no such host" in found.problems[1], len(found.problems)] == [True, True, 2]


def test_a_name_is_the_fleets_own_and_a_time_in_the_future_is_marked(back, tmp_path):
    place = back(document("lt-1", number=24 * 900), "lt-1")
    (one,) = taken(place, tmp_path, hosts=["LT-1"]).documents
    assert one["host"] == "LT-1"
    assert reading.ended(one) == NOW + timedelta(days=2)
    assert "clock is ahead" in one["warnings"][0]["text"]


def test_what_a_laptop_wrote_obeys_no_terminal(back, tmp_path, call, monkeypatch):
    monkeypatch.setenv("PYINFRA_WSL_RESULTS", str(tmp_path / "results"))
    evil = "\x1b[2J\x1b]0;owned\x07"
    failures = [{"resource": "wsl", "cause": evil, "remedy": evil, "code": evil}]
    place = back(document(outcome="failed", failures=failures, pull={"outcome": evil}))
    back(evil.encode(), name=f"{'x' * 20}.json")
    assert "\x1b" not in call("collect", place, code=1)
    assert "\x1b" not in call("report")
    (tmp_path / "fleet.yml").write_text("hosts: {LT-1: {}}")
    assert "\x1b" not in call("report", "--heard", tmp_path / "fleet.yml")


def test_an_address_is_read_by_its_index(back, tmp_path):
    place = back(document(), name="a.json")
    (place / "index.json").write_text(json.dumps(["LT-1/a.json", "../x/a.json", 7, "LT-1/b.txt"]))
    with serving(of_folder(place)) as server:
        found = collect([f"http://127.0.0.1:{server.server_port}"], tmp_path / "results", None, NOW, "0a")
        assert [one["host"] for one in found.documents] == ["LT-1"]
        (place / "index.json").write_text("{}")
        with pytest.raises(StepError, match="no list of names"):
            collect([f"http://127.0.0.1:{server.server_port}"], tmp_path / "results", None, NOW, "0a")
    with pytest.raises(StepError, match="is no folder"):
        collect([str(tmp_path / "away")], tmp_path / "results", None, NOW, "0a")


def test_pushed_and_pulled_are_told_together_with_age_and_serial_and_who_is_silent(tmp_path, back, call, monkeypatch):
    pushed = {key: value for key, value in document("LT-4", 20).items() if key != "pull"}
    found = heard.last_words(
        ["LT-1", "LT-2", "LT-3", "LT-4", "LT-5"],
        [document("lt-1", 24), document("LT-2", 23, pull={"serial": 4}), document("LT-3", -24 * 9), pushed],
        NOW + timedelta(days=1),
    )
    told = {one.host: (one.how, one.serial, one.behind, one.silent) for one in found}
    assert told == {
        "LT-5": ("", None, None, True), "LT-3": ("pull", 7, 0, True), "LT-1": ("pull", 7, 0, False),
        "LT-2": ("pull", 4, 3, False), "LT-4": ("push", None, None, False),
    }  # fmt: skip
    assert [one.host for one in found][:2] == ["LT-5", "LT-3"]
    monkeypatch.setenv("PYINFRA_WSL_RESULTS", str(tmp_path / "results"))
    place = back(document())
    back(document("LT-2", pull={"serial": 3}), "LT-2")
    assert "2 new documents of 2 laptops" in call("collect", place)
    (tmp_path / "fleet.yml").write_text("hosts: {LT-1: {}, LT-2: {}, LT-9: {}}")
    said = call("report", "--heard", tmp_path / "fleet.yml")
    assert "LT-9  never heard" in said
    assert "serial 3, 4 behind" in said
    as_json = json.loads(call("report", "--heard", tmp_path / "fleet.yml", "--json"))
    assert {one["host"]: one["how"] for one in as_json} == {"LT-1": "pull", "LT-2": "pull", "LT-9": None}


def test_a_serial_of_an_earlier_epoch_is_behind_by_all_of_the_new_ones():
    old, new = document("LT-1", pull={"serial": 900}), document("LT-2", pull={"serial": 2, "epoch": 1})
    found = {one.host: one.behind for one in heard.last_words(["LT-1", "LT-2"], [old, new], NOW)}
    assert found == {"LT-1": 2, "LT-2": 0}


def test_a_document_has_the_form_that_is_written_down():
    jsonschema.validate(document(), schema("result"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document(pull={"outcome": "great"}), schema("result"))


@pytest.mark.parametrize("kept", [b"[" * 100_000, b"{\xff", b"[1, 2]", b'{"place": 3}'])
def test_what_somebody_made_of_the_list_of_what_was_collected_is_none(back, tmp_path, kept):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / ".collected").write_bytes(kept)
    place = back(document())
    assert (len(taken(place, tmp_path).documents), taken(place, tmp_path, run="0a0b0c0e").known) == (1, 1)
